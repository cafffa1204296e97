// From Cryptographic Parameters (KMIP 1.4 section 3.6, 2.1 section 4.13) to a mechanism of the core. What the request leaves open is taken
// from the first parameters of the object, and then from what its algorithm is commonly used with.

import type { Digest, Mechanism } from '../../../domain/algorithms.ts';
import { read, StructureReader, type TtlvItem, type ValueName } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { instancesOf, type ManagedObject } from '../objects/object.ts';
import type { Algorithm } from '../words.ts';

export interface CipherParameters {
  readonly mode?: ValueName<'BlockCipherMode'> | undefined;
  readonly padding?: ValueName<'PaddingMethod'> | undefined;
  readonly hash?: ValueName<'HashingAlgorithm'> | undefined;
  readonly algorithm?: Algorithm | undefined;
  readonly randomIv?: boolean | undefined;
  readonly tagBytes?: number | undefined;
}

/** Every field is read, since none may be passed over; those that no mechanism here takes are refused. */
export function readParameters(item: TtlvItem): CipherParameters {
  const fields = new StructureReader(item);
  const parameters: CipherParameters = {
    mode: fields.optional('BlockCipherMode', read.enumeration('BlockCipherMode')),
    padding: fields.optional('PaddingMethod', read.enumeration('PaddingMethod')),
    hash: fields.optional('HashingAlgorithm', read.enumeration('HashingAlgorithm')),
    algorithm: fields.optional('CryptographicAlgorithm', read.enumeration('CryptographicAlgorithm')),
    randomIv: fields.optional('RandomIV', read.boolean),
    tagBytes: fields.optional('TagLength', read.integer),
  };
  // How long an IV is, is said by the one that is given, and otherwise by the mechanism.
  fields.optional('IVLength', read.integer);
  fields.optional('KeyRoleType', read.enumerationNumber);
  fields.refuseOthers();
  return parameters;
}

export function parametersFor(object: ManagedObject, given: CipherParameters | undefined): CipherParameters {
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

/** Throws `unsupportedCryptographicParameters` for what the object cannot be used with. */
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
  throw refusal('unsupportedCryptographicParameters');
}
