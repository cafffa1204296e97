// From Cryptographic Parameters (KMIP 1.4 section 3.6, 2.1 section 4.13) to a mechanism of the core. What the request leaves open is taken
// from the first parameters of the object, and then from what its algorithm is commonly used with.

import type { Bytes } from '../../../base/bytes.ts';
import type { EncryptionParameters } from '../../../core/operations/crypto/encrypt-by.ts';
import { type Digest, MECHANISMS, type Mechanism } from '../../../domain/algorithms.ts';
import { OAEP_DIGESTS } from '../../../domain/mechanisms.ts';
import { read, StructureReader, type TtlvItem, type ValueName } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { instancesOf, type ManagedObject, type ObjectType } from '../objects/object.ts';
import { requirePresent } from '../objects/write-object.ts';
import type { Algorithm } from '../words.ts';
import { type IvFields, readIvFields, refuseIvFields } from './iv-fields.ts';

export interface CipherParameters extends IvFields {
  readonly mode?: ValueName<'BlockCipherMode'> | undefined;
  readonly padding?: ValueName<'PaddingMethod'> | undefined;
  readonly hash?: ValueName<'HashingAlgorithm'> | undefined;
  readonly signature?: ValueName<'DigitalSignatureAlgorithm'> | undefined;
  readonly algorithm?: Algorithm | undefined;
  readonly randomIv?: boolean | undefined;
  readonly tagBytes?: number | undefined;
  readonly saltBytes?: number | undefined;
  readonly maskHash?: ValueName<'HashingAlgorithm'> | undefined;
  /** The label of OAEP. */
  readonly pSource?: Bytes | undefined;
}

/** Every field is read, since none may be passed over; those that no mechanism here takes are refused. */
export function readParameters(item: TtlvItem): CipherParameters {
  const fields = new StructureReader(item);
  const parameters: CipherParameters = {
    mode: fields.optional('BlockCipherMode', read.enumeration('BlockCipherMode')),
    padding: fields.optional('PaddingMethod', read.enumeration('PaddingMethod')),
    hash: fields.optional('HashingAlgorithm', read.enumeration('HashingAlgorithm')),
    signature: fields.optional('DigitalSignatureAlgorithm', read.enumeration('DigitalSignatureAlgorithm')),
    algorithm: fields.optional('CryptographicAlgorithm', read.enumeration('CryptographicAlgorithm')),
    randomIv: fields.optional('RandomIV', read.boolean),
    tagBytes: fields.optional('TagLength', read.integer),
    ...readIvFields(fields),
    saltBytes: fields.optional('SaltLength', read.integer),
    maskHash: fields.optional('MaskGeneratorHashingAlgorithm', read.enumeration('HashingAlgorithm')),
    pSource: fields.optional('PSource', read.byteString),
  };
  // How long an IV is, is said by the one that is given, and otherwise by the mechanism.
  fields.optional('IVLength', read.integer);
  fields.optional('KeyRoleType', read.enumerationNumber);
  // There is one generator of masks, MGF1, and one trailer of PSS (RFC 8017 appendix A.2.3).
  fields.optional('MaskGenerator', read.enumeration('MaskGenerator'));
  if ((fields.optional('TrailerField', read.integer) ?? TRAILER) !== TRAILER)
    throw refusal('unsupportedCryptographicParameters');
  fields.refuseOthers();
  return parameters;
}

const TRAILER = 1;

/** What may be a key of a cryptographic operation. */
const KEYS: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'SymmetricKey',
  'PublicKey',
  'PrivateKey',
  'SecretData',
]);

/** Throws `illegalObjectType` for what is no key, and `keyValueNotPresent` for one that is elsewhere. */
export function requireKey(object: ManagedObject): void {
  if (!KEYS.has(object.facts.objectType)) throw refusal('illegalObjectType');
  requirePresent(object);
}

/** Where no IV is taken apart: throws `unsupportedCryptographicParameters` for its fields. */
export function parametersFor(object: ManagedObject, given: CipherParameters | undefined): CipherParameters {
  const parameters = cipherParametersFor(object, given);
  refuseIvFields(parameters);
  return parameters;
}

export function cipherParametersFor(
  object: ManagedObject,
  given: CipherParameters | undefined,
): CipherParameters {
  if (given !== undefined) return given;
  const [first] = instancesOf(object, 'CryptographicParameters');
  return first === undefined ? {} : readParameters(first.item);
}

interface ModeRow {
  readonly plain: Mechanism;
  /** With the padding that KMIP calls PKCS5. */
  readonly padded?: Mechanism;
}

type Modes = Readonly<Partial<Record<ValueName<'BlockCipherMode'>, ModeRow>>>;

const CIPHERS: Readonly<Partial<Record<Algorithm, Modes>>> = {
  AES: {
    CBC: { plain: 'aes-cbc', padded: 'aes-cbc-pkcs7' },
    ECB: { plain: 'aes-ecb', padded: 'aes-ecb-pkcs7' },
    CTR: { plain: 'aes-ctr' },
    CFB: { plain: 'aes-cfb' },
    OFB: { plain: 'aes-ofb' },
    XTS: { plain: 'aes-xts' },
    GCM: { plain: 'aes-gcm' },
  },
  DES3: {
    CBC: { plain: 'des-ede3-cbc', padded: 'des-ede3-cbc-pkcs7' },
    ECB: { plain: 'des-ede3-ecb', padded: 'des-ede3-ecb-pkcs7' },
    CFB: { plain: 'des-ede3-cfb' },
    OFB: { plain: 'des-ede3-ofb' },
  },
  Camellia: {
    CBC: { plain: 'camellia-cbc', padded: 'camellia-cbc-pkcs7' },
    ECB: { plain: 'camellia-ecb', padded: 'camellia-ecb-pkcs7' },
    CTR: { plain: 'camellia-ctr' },
    CFB: { plain: 'camellia-cfb' },
    OFB: { plain: 'camellia-ofb' },
  },
  ChaCha20: { AEAD: { plain: 'chacha20-poly1305' } },
  ChaCha20Poly1305: { AEAD: { plain: 'chacha20-poly1305' } },
};

/** Of algorithms that are used without a mode, or by one most of all. */
const USUAL: Readonly<Partial<Record<Algorithm, ModeRow | undefined>>> = {
  AES: CIPHERS.AES?.CBC,
  DES3: CIPHERS.DES3?.CBC,
  Camellia: CIPHERS.Camellia?.CBC,
  ChaCha20: { plain: 'chacha20' },
  ChaCha20Poly1305: { plain: 'chacha20-poly1305' },
};

/** A mechanism with the parameters that KMIP has a word for. */
export interface CipherUse {
  readonly mechanism: Mechanism;
  readonly parameters: EncryptionParameters;
}

/** Throws `unsupportedCryptographicParameters` for what the object cannot be used with. */
export function cipherUse(object: ManagedObject, parameters: CipherParameters): CipherUse {
  const { tagBytes } = parameters;
  if (object.facts.algorithm === 'RSA') return rsaUse(parameters);
  const mechanism = cipherMechanism(object, parameters);
  // Never the length of a tag that came: whoever cut it would choose how much of it is checked.
  return {
    mechanism,
    parameters: { tagBytes: MECHANISMS[mechanism].kind === 'aead' ? tagBytes : undefined },
  };
}

/** OAEP with the hash that is named, or SHA-1, for the label, and SHA-1 for the mask unless another is named (2.1 section 4.13). */
export function rsaUse({ mode, padding, hash, maskHash, pSource }: CipherParameters): CipherUse {
  if (mode !== undefined) throw refusal('unsupportedCryptographicParameters');
  if (padding === 'PKCS1V1_5') return { mechanism: 'rsa-pkcs1-v15', parameters: {} };
  const digest = OAEP_DIGESTS.find(name => name === digestOf(hash ?? 'SHA_1'));
  if (digest === undefined || (padding !== undefined && padding !== 'OAEP'))
    throw refusal('unsupportedCryptographicParameters');
  const mgf1Digest = digestOf(maskHash ?? 'SHA_1');
  return { mechanism: `rsa-oaep-${digest}`, parameters: { label: pSource, mgf1Digest } };
}

/** Throws `unsupportedCryptographicParameters` where the object has no such cipher. */
export function cipherMechanism(
  object: ManagedObject,
  { mode, padding, algorithm }: CipherParameters,
): Mechanism {
  const used = algorithm ?? object.facts.algorithm ?? 'AES';
  const row = mode === undefined ? USUAL[used] : CIPHERS[used]?.[mode];
  const isPadded = padding !== undefined && padding !== 'None';
  const mechanism = isPadded ? (padding === 'PKCS5' ? row?.padded : undefined) : row?.plain;
  if (mechanism === undefined) throw refusal('unsupportedCryptographicParameters');
  return mechanism;
}

const DIGESTS: Readonly<Partial<Record<ValueName<'HashingAlgorithm'>, Digest>>> = {
  SHA_1: 'sha-1',
  SHA_224: 'sha-224',
  SHA_256: 'sha-256',
  SHA_384: 'sha-384',
  SHA_512: 'sha-512',
  SHA3_224: 'sha3-224',
  SHA3_256: 'sha3-256',
  SHA3_384: 'sha3-384',
  SHA3_512: 'sha3-512',
};

/** The hash function of our own name; throws for one that is not offered. */
export function digestOf(hash: ValueName<'HashingAlgorithm'>): Digest {
  const digest = DIGESTS[hash];
  if (digest === undefined) throw refusal('unsupportedCryptographicParameters');
  return digest;
}

const HMACS: Readonly<Partial<Record<Algorithm, Mechanism>>> = {
  HMAC_SHA1: 'hmac-sha-1',
  HMAC_SHA224: 'hmac-sha-224',
  HMAC_SHA256: 'hmac-sha-256',
  HMAC_SHA384: 'hmac-sha-384',
  HMAC_SHA512: 'hmac-sha-512',
  HMAC_SHA3_224: 'hmac-sha3-224',
  HMAC_SHA3_256: 'hmac-sha3-256',
  HMAC_SHA3_384: 'hmac-sha3-384',
  HMAC_SHA3_512: 'hmac-sha3-512',
};

export function macMechanism(object: ManagedObject, { mode, algorithm, hash }: CipherParameters): Mechanism {
  if (mode === 'CMAC') return 'aes-cmac';
  const named = HMACS[algorithm ?? object.facts.algorithm ?? 'AES'];
  if (named !== undefined) return named;
  if (hash !== undefined) return `hmac-${digestOf(hash)}`;
  // A key of AES has no other.
  if (mode === undefined && (algorithm ?? 'AES') === 'AES' && object.facts.algorithm === 'AES')
    return 'aes-cmac';
  throw refusal('unsupportedCryptographicParameters');
}
