// Private keys in every form of a key block. They are kept as PKCS #8, from which any other form is written; what cannot be understood is
// kept, and given back, as it came.

import type { Bytes } from '../../../../base/bytes.ts';
import { type DerField, DerFields, der, readDer, writeDer } from '../../../../wire/der/index.ts';
import { make, type TtlvField } from '../../../../wire/ttlv/index.ts';
import type { KeyFormat } from '../object.ts';
import {
  EC_IDENTIFIER,
  type IdentifiedKey,
  plainIdentifier,
  plainKey,
  RSA_IDENTIFIER,
} from './algorithms.ts';
import {
  curveParameters,
  type EcPrivateKey,
  ecPrivateKeyField,
  namedCurve,
  readEcPrivateKey,
  readTransparentEcPrivateKey,
  transparentEcPrivateKey,
} from './ec.ts';
import { type Envelope, privateEnvelope, readPrivateEnvelope } from './envelopes.ts';
import {
  type FormReader,
  type FormRules,
  identified,
  isNamedCurve,
  type OwnSecret,
  requireBytes,
  requireStructure,
} from './held-form.ts';
import {
  readRsaPrivateKey,
  readTransparentRsaPrivateKey,
  rsaPrivateKeyField,
  transparentRsaPrivateKey,
} from './rsa.ts';

const transparentEc: FormReader = material => {
  const { curve, scalar } = readTransparentEcPrivateKey(requireStructure(material));
  return isNamedCurve(curve) ? ecEnvelope({ curve, scalar }) : undefined;
};

/** Of an algorithm that nobody here computes with. */
const asItCame: FormReader = material => {
  requireStructure(material);
  return undefined;
};

export const PRIVATE_KEY_FORMS: FormRules = {
  envelope: 'PKCS_8',
  identify: identifyPrivateKey,
  readers: {
    Raw: (material, { algorithm, curve }) => {
      const bytes = requireBytes(material);
      if (isNamedCurve(curve)) return ecEnvelope({ curve, scalar: bytes });
      const identifier = plainIdentifier(algorithm, curve);
      // The private keys of FIPS 203 to 205 come expanded, as a seed, or as both: which one bytes alone do not tell.
      const isString = identifier !== undefined && plainKey(identifier)?.length !== undefined;
      return isString ? privateEnvelope(identifier, undefined, der.octetString(bytes)) : undefined;
    },
    Opaque: material => {
      requireBytes(material);
      return undefined;
    },
    PKCS_1: material => {
      const bytes = requireBytes(material);
      return readRsaPrivateKey(bytes) && rsaEnvelope({ parts: [bytes] });
    },
    PKCS_8: material => {
      const bytes = requireBytes(material);
      return isEncrypted(bytes) ? undefined : (rewritten(readPrivateEnvelope(bytes)) ?? { parts: [bytes] });
    },
    ECPrivateKey: (material, { curve }) => {
      const key = readEcPrivateKey(requireBytes(material), isNamedCurve(curve) ? curve : undefined);
      return key && ecEnvelope(key);
    },
    TransparentRSAPrivateKey: material => {
      const key = readTransparentRsaPrivateKey(requireStructure(material));
      return key && rsaEnvelope(rsaPrivateKeyField(key));
    },
    TransparentECPrivateKey: transparentEc,
    TransparentECDSAPrivateKey: transparentEc,
    TransparentECDHPrivateKey: transparentEc,
    TransparentECMQVPrivateKey: transparentEc,
    TransparentDSAPrivateKey: asItCame,
    TransparentDHPrivateKey: asItCame,
  },
};

/** EncryptedPrivateKeyInfo (RFC 5958 section 3): under a password that its owner has, and nobody here. */
function isEncrypted(encoded: Bytes): boolean {
  const fields = new DerFields(readDer(encoded));
  const isOne = fields.optional('sequence') !== undefined && fields.optional('octetString') !== undefined;
  return isOne && fields.rest().length === 0;
}

/** The envelope in its usual form: some writers leave out the parameters of RSA, or name the curve within the key. */
function rewritten(envelope: Envelope): DerField | undefined {
  const { identifier, key } = envelope;
  if (identifier === RSA_IDENTIFIER) return rsaEnvelope({ parts: [key] });
  const ecKey = ecKeyIn(envelope);
  return ecKey && ecEnvelope(ecKey);
}

function rsaEnvelope(key: DerField): DerField {
  return privateEnvelope(RSA_IDENTIFIER, der.nothing(), key);
}

function ecEnvelope(key: EcPrivateKey): DerField {
  return privateEnvelope(EC_IDENTIFIER, curveParameters(key.curve), ecPrivateKeyField(key, false));
}

function identifyPrivateKey(encoded: Bytes): Partial<IdentifiedKey> {
  const envelope = readPrivateEnvelope(encoded);
  return identified(envelope, () => readRsaPrivateKey(envelope.key));
}

type Writer = (envelope: Envelope, own: OwnSecret) => TtlvField | undefined;

const transparentEcOf: Writer = envelope => {
  const key = ecKeyIn(envelope);
  return key && transparentEcPrivateKey(key.curve, key.scalar);
};

const WRITERS: Readonly<Partial<Record<KeyFormat, Writer>>> = {
  Raw: ({ identifier, key }) => {
    const isString = plainKey(identifier)?.length !== undefined;
    return isString ? make.byteString('KeyMaterial', readDer(key).content) : undefined;
  },
  PKCS_1: ({ identifier, key }) =>
    identifier === RSA_IDENTIFIER ? make.byteString('KeyMaterial', key) : undefined,
  ECPrivateKey: (envelope, own) => {
    const key = ecKeyIn(envelope);
    return key && make.byteString('KeyMaterial', own(writeDer(ecPrivateKeyField(key, true))));
  },
  TransparentRSAPrivateKey: ({ identifier, key }) => {
    const numbers = identifier === RSA_IDENTIFIER ? readRsaPrivateKey(key) : undefined;
    return numbers && transparentRsaPrivateKey(numbers);
  },
  TransparentECPrivateKey: transparentEcOf,
  TransparentECDSAPrivateKey: transparentEcOf,
  TransparentECDHPrivateKey: transparentEcOf,
  TransparentECMQVPrivateKey: transparentEcOf,
};

/** The Key Material of a private key in another form than PKCS #8; undefined where it has no such form. */
export function writePrivateKey(encoded: Bytes, format: KeyFormat, own: OwnSecret): TtlvField | undefined {
  return WRITERS[format]?.(readPrivateEnvelope(encoded), own);
}

function ecKeyIn({ identifier, parameters, key }: Envelope): EcPrivateKey | undefined {
  return identifier === EC_IDENTIFIER ? readEcPrivateKey(key, namedCurve(parameters)) : undefined;
}
