// What the forms of private and of public keys have in common.

import type { Bytes } from '../../../../base/bytes.ts';
import { isKeyOf } from '../../../../base/table.ts';
import { bigintOf, type DerField, DerRefusal, der, readDer, writeDer } from '../../../../wire/der/index.ts';
import { TtlvItem } from '../../../../wire/ttlv/index.ts';
import { refusal } from '../../faults.ts';
import type { Algorithm } from '../../words.ts';
import type { KeyFormat } from '../object.ts';
import { EC_IDENTIFIER, type IdentifiedKey, plainKey, RSA_IDENTIFIER, rsaAlgorithm } from './algorithms.ts';
import { CURVES, type Curve, curveRow, type NamedCurve } from './curves.ts';
import { namedCurve } from './ec.ts';
import type { Envelope } from './envelopes.ts';
import { modulusBits } from './rsa.ts';
import type { RsaPublicKey } from './rsa-numbers.ts';

/** Key Material as a client brings it: bytes, or the structure of a transparent key. Views on the message. */
export type GivenMaterial = Bytes | TtlvItem;

/** What a client says of a key beside its material, for formats that do not tell. */
export interface KeyHints {
  readonly algorithm?: Algorithm | undefined;
  readonly curve?: Curve | undefined;
}

/** Key material as it is kept here. */
export interface HeldForm extends Partial<IdentifiedKey> {
  readonly format: KeyFormat;
  /** May be the very bytes that were given. */
  readonly bytes: Bytes;
}

/** Takes over bytes that hold a secret: they are wiped when the answer is written. */
export type OwnSecret = (bytes: Bytes) => Bytes;

/** From a format to an envelope; undefined where the material is not understood, though well formed. */
export type FormReader = (material: GivenMaterial, hints: KeyHints) => DerField | undefined;

export interface FormRules {
  /** The envelope that is kept. */
  readonly envelope: KeyFormat;
  readonly readers: Readonly<Partial<Record<KeyFormat, FormReader>>>;
  identify(encoded: Bytes): Partial<IdentifiedKey>;
}

/** What is brought becomes the envelope, or stays as it came. Throws for what is malformed. */
export function holdForm(
  { envelope, readers, identify }: FormRules,
  format: KeyFormat,
  material: GivenMaterial,
  hints: KeyHints,
  own: OwnSecret,
): HeldForm {
  const reader = readers[format];
  if (reader === undefined) throw refusal('keyFormatTypeNotSupported');
  try {
    const field = reader(material, hints);
    if (field === undefined) return { format, bytes: plainBytes(material) };
    const bytes = own(writeDer(field));
    const known = identify(bytes);
    // Where nothing is computed with it, there is no reason to write it anew.
    const isAsItCame = format === envelope && known.core === undefined;
    return { ...known, format: envelope, bytes: isAsItCame ? plainBytes(material) : bytes };
  } catch (thrown) {
    if (thrown instanceof DerRefusal)
      throw refusal('invalidField', `The key is not well formed. ${thrown.message}`);
    throw thrown;
  }
}

/** A structure is kept as it was encoded. */
function plainBytes(material: GivenMaterial): Bytes {
  return material instanceof TtlvItem ? material.encoding : material;
}

export function requireBytes(material: GivenMaterial): Bytes {
  if (!(material instanceof TtlvItem)) return material;
  throw refusal('invalidField', 'Key Material of this format must be bytes.');
}

export function requireStructure(material: GivenMaterial): TtlvItem {
  if (material instanceof TtlvItem && material.type === 'Structure') return material;
  throw refusal('invalidField', 'Key Material of this format must be a structure.');
}

/** By what stands in the envelope, and `rsaKey` where that is an RSA key. */
export function identified(
  { identifier, parameters }: Envelope,
  rsaKey: () => RsaPublicKey | undefined,
): Partial<IdentifiedKey> {
  if (identifier === RSA_IDENTIFIER) {
    const key = rsaKey();
    return key === undefined ? { algorithm: 'RSA' } : identifiedRsaKey(key);
  }
  if (identifier !== EC_IDENTIFIER) return plainKey(identifier) ?? {};
  const curve = namedCurve(parameters);
  return curve === undefined ? { algorithm: 'EC' } : identifiedCurve(curve);
}

function identifiedRsaKey(key: RsaPublicKey): IdentifiedKey {
  const exponent = bigintOf(readDer(writeDer(der.integer(key.publicExponent))));
  const length = modulusBits(key);
  return { algorithm: 'RSA', length, core: rsaAlgorithm(length, exponent) };
}

function identifiedCurve(curve: NamedCurve): IdentifiedKey {
  const { bits, core } = curveRow(curve);
  return { algorithm: 'EC', length: bits, curve, core };
}

export function isNamedCurve(curve: Curve | undefined): curve is NamedCurve {
  return curve !== undefined && isKeyOf(CURVES, curve);
}
