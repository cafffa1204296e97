// Public keys in every form of a key block. They are kept as SubjectPublicKeyInfo, from which any other form is written; what cannot be
// understood is kept, and given back, as it came.

import type { Bytes } from '../../../../base/bytes.ts';
import { type DerField, der } from '../../../../wire/der/index.ts';
import { make, type TtlvField } from '../../../../wire/ttlv/index.ts';
import type { KeyFormat } from '../object.ts';
import {
  EC_IDENTIFIER,
  type IdentifiedKey,
  plainIdentifier,
  plainKey,
  RSA_IDENTIFIER,
} from './algorithms.ts';
import type { NamedCurve } from './curves.ts';
import { curveParameters, namedCurve, readTransparentEcPublicKey, transparentEcPublicKey } from './ec.ts';
import { type Envelope, publicEnvelope, readPublicEnvelope } from './envelopes.ts';
import {
  type FormReader,
  type FormRules,
  identified,
  isNamedCurve,
  requireBytes,
  requireStructure,
} from './held-form.ts';
import {
  readRsaPublicKey,
  readTransparentRsaPublicKey,
  rsaPublicKeyField,
  transparentRsaPublicKey,
} from './rsa.ts';

const transparentEc: FormReader = material => {
  const { curve, point } = readTransparentEcPublicKey(requireStructure(material));
  if (isNamedCurve(curve)) return ecEnvelope(curve, point);
  const identifier = plainIdentifier(undefined, curve);
  return identifier === undefined ? undefined : publicEnvelope(identifier, undefined, point);
};

/** Of an algorithm that nobody here computes with. */
const asItCame: FormReader = material => {
  requireStructure(material);
  return undefined;
};

export const PUBLIC_KEY_FORMS: FormRules = {
  envelope: 'X_509',
  identify: identifyPublicKey,
  readers: {
    Raw: (material, { algorithm, curve }) => {
      const bytes = requireBytes(material);
      if (isNamedCurve(curve)) return ecEnvelope(curve, bytes);
      const identifier = plainIdentifier(algorithm, curve);
      return identifier === undefined ? undefined : publicEnvelope(identifier, undefined, bytes);
    },
    Opaque: material => {
      requireBytes(material);
      return undefined;
    },
    PKCS_1: material => {
      const bytes = requireBytes(material);
      readRsaPublicKey(bytes);
      return rsaEnvelope({ parts: [bytes] });
    },
    X_509: material => {
      const bytes = requireBytes(material);
      const { identifier, key } = readPublicEnvelope(bytes);
      // Some writers leave out the parameters of RSA.
      return identifier === RSA_IDENTIFIER ? rsaEnvelope({ parts: [key] }) : { parts: [bytes] };
    },
    TransparentRSAPublicKey: material =>
      rsaEnvelope(rsaPublicKeyField(readTransparentRsaPublicKey(requireStructure(material)))),
    TransparentECPublicKey: transparentEc,
    TransparentECDSAPublicKey: transparentEc,
    TransparentECDHPublicKey: transparentEc,
    TransparentECMQVPublicKey: transparentEc,
    TransparentDSAPublicKey: asItCame,
    TransparentDHPublicKey: asItCame,
  },
};

function rsaEnvelope(key: DerField): DerField {
  return publicEnvelope(RSA_IDENTIFIER, der.nothing(), key);
}

function ecEnvelope(curve: NamedCurve, point: Bytes): DerField {
  return publicEnvelope(EC_IDENTIFIER, curveParameters(curve), point);
}

export function identifyPublicKey(encoded: Bytes): Partial<IdentifiedKey> {
  const envelope = readPublicEnvelope(encoded);
  return identified(envelope, () => readRsaPublicKey(envelope.key));
}

type Writer = (envelope: Envelope) => TtlvField | undefined;

const transparentEcOf: Writer = ({ identifier, parameters, key }) => {
  const curve = identifier === EC_IDENTIFIER ? namedCurve(parameters) : plainKey(identifier)?.curve;
  return curve && transparentEcPublicKey(curve, key);
};

const WRITERS: Readonly<Partial<Record<KeyFormat, Writer>>> = {
  Raw: ({ identifier, key }) =>
    identifier === RSA_IDENTIFIER ? undefined : make.byteString('KeyMaterial', key),
  PKCS_1: ({ identifier, key }) =>
    identifier === RSA_IDENTIFIER ? make.byteString('KeyMaterial', key) : undefined,
  TransparentRSAPublicKey: ({ identifier, key }) =>
    identifier === RSA_IDENTIFIER ? transparentRsaPublicKey(readRsaPublicKey(key)) : undefined,
  TransparentECPublicKey: transparentEcOf,
  TransparentECDSAPublicKey: transparentEcOf,
  TransparentECDHPublicKey: transparentEcOf,
  TransparentECMQVPublicKey: transparentEcOf,
};

/** The Key Material of a public key in another form than SubjectPublicKeyInfo; undefined where it has no such form. */
export function writePublicKey(encoded: Bytes, format: KeyFormat): TtlvField | undefined {
  return WRITERS[format]?.(readPublicEnvelope(encoded));
}
