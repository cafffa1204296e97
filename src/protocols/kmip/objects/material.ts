// The material of an object between the form in which a client brings or wants it and the one in which it is kept. Bytes with secrets that are
// made on the way are handed to their owner, who wipes them.

import type { Bytes } from '../../../base/bytes.ts';
import { DerRefusal } from '../../../wire/der/index.ts';
import { make, read, readTtlv, StructureReader, type TtlvField, TtlvItem } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import {
  type FormRules,
  type HeldForm,
  holdForm,
  type KeyHints,
  type OwnSecret,
  requireBytes,
} from './forms/held-form.ts';
import { PRIVATE_KEY_FORMS, writePrivateKey } from './forms/private-key.ts';
import { PUBLIC_KEY_FORMS, writePublicKey } from './forms/public-key.ts';
import type { KeyBlock } from './key-block.ts';
import type { KeyFormat, ObjectFacts, ObjectType } from './object.ts';

interface Half {
  readonly forms: FormRules;
  readonly write: (encoded: Bytes, format: KeyFormat, own: OwnSecret) => TtlvField | undefined;
}

const HALVES: Readonly<Partial<Record<ObjectType, Half>>> = {
  PrivateKey: { forms: PRIVATE_KEY_FORMS, write: writePrivateKey },
  PublicKey: { forms: PUBLIC_KEY_FORMS, write: writePublicKey },
};

/** The formats of objects that are one row of bytes. */
const BYTE_FORMATS: ReadonlySet<KeyFormat> = new Set<KeyFormat>(['Raw', 'Opaque']);

/** What is brought, as it is kept. Throws `keyFormatTypeNotSupported` and `invalidField`. */
export function holdMaterial(
  objectType: ObjectType,
  { format, material }: Pick<KeyBlock, 'format' | 'material'>,
  hints: KeyHints,
  own: OwnSecret,
): HeldForm {
  const half = HALVES[objectType];
  if (half !== undefined) return holdForm(half.forms, format, material, hints, own);
  if (BYTE_FORMATS.has(format)) return { format, bytes: requireBytes(material) };
  if (format !== 'TransparentSymmetricKey' || objectType !== 'SymmetricKey')
    throw refusal('keyFormatTypeNotSupported');
  if (!(material instanceof TtlvItem) || material.type !== 'Structure')
    throw refusal('invalidField', 'Key Material of this format must be a structure.');
  const fields = new StructureReader(material);
  const bytes = fields.one('Key', read.byteString);
  fields.refuseOthers();
  return { format, bytes };
}

/** The field Key Material in a format. Throws `keyFormatTypeNotSupported` where the object has no such form. */
export function showMaterial(facts: ObjectFacts, held: Bytes, format: KeyFormat, own: OwnSecret): TtlvField {
  const half = HALVES[facts.objectType];
  const field =
    half === undefined ? showBytes(facts, held, format) : showHalf(half, facts.heldFormat, held, format, own);
  if (field === undefined) throw refusal('keyFormatTypeNotSupported');
  return field;
}

function showHalf(
  { forms, write }: Half,
  heldFormat: KeyFormat | undefined,
  held: Bytes,
  format: KeyFormat,
  own: OwnSecret,
): TtlvField | undefined {
  if (format === (heldFormat ?? forms.envelope)) {
    // A structure was kept as it had been encoded.
    return format.startsWith('Transparent')
      ? make.copy(readTtlv(held))
      : make.byteString('KeyMaterial', held);
  }
  if (heldFormat !== undefined && heldFormat !== forms.envelope) return undefined;
  try {
    return write(held, format, own);
  } catch (thrown) {
    // What is guarded may be under a password, or of a form that nobody here reads.
    if (thrown instanceof DerRefusal) return undefined;
    throw thrown;
  }
}

function showBytes({ objectType }: ObjectFacts, held: Bytes, format: KeyFormat): TtlvField | undefined {
  if (BYTE_FORMATS.has(format)) return make.byteString('KeyMaterial', held);
  return format === 'TransparentSymmetricKey' && objectType === 'SymmetricKey'
    ? make.structure('KeyMaterial', [make.byteString('Key', held)])
    : undefined;
}
