// What can be done with a key: one row of facts for each mechanism. Nothing here computes; src/crypto/algorithms has one row of code
// for each of these names, total by type.

import type { KeyUsage } from './key-usage.ts';

/** Hash functions of FIPS 180-4 and FIPS 202 with the length of their digests. */
export const DIGESTS = {
  'sha-1': { bytes: 20 },
  'sha-224': { bytes: 28 },
  'sha-256': { bytes: 32 },
  'sha-384': { bytes: 48 },
  'sha-512': { bytes: 64 },
  'sha3-224': { bytes: 28 },
  'sha3-256': { bytes: 32 },
  'sha3-384': { bytes: 48 },
  'sha3-512': { bytes: 64 },
} as const satisfies Record<string, { readonly bytes: number }>;

export type Digest = keyof typeof DIGESTS;

export const ALL_DIGESTS = Object.freeze(Object.keys(DIGESTS)) as readonly Digest[];

/**
 * How a mechanism is called; each kind has one interface in src/crypto/algorithms/kinds.ts, and serves these usages. Ciphers without
 * integrity wrap no keys: whoever may unwrap would change the bits of a key that nobody sees.
 */
export const MECHANISM_KINDS = {
  aead: ['encrypt', 'decrypt', 'wrap', 'unwrap'],
  cipher: ['encrypt', 'decrypt', 'derive'],
  keyWrap: ['wrap', 'unwrap'],
  mac: ['mac', 'verifyMac'],
  signature: ['sign', 'verify', 'certify'],
  asymmetricEncryption: ['encrypt', 'decrypt', 'wrap', 'unwrap'],
  agreement: ['agree', 'derive'],
  encapsulation: ['encapsulate', 'decapsulate'],
  derivation: ['derive'],
} as const satisfies Record<string, readonly KeyUsage[]>;

export type MechanismKind = keyof typeof MECHANISM_KINDS;

/** An inclusive range with the value taken when the caller names none. */
export interface ByteLength {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

export interface MechanismFacts {
  readonly kind: MechanismKind;
  readonly digest?: Digest;
  /** Initialization vector, nonce or tweak. */
  readonly ivBytes?: ByteLength;
  /** Authentication tag or MAC. */
  readonly tagBytes?: ByteLength;
  /** The plaintext is a multiple of this. */
  readonly blockBytes?: number;
  readonly plaintextBytesMin?: number;
  readonly plaintextBytesMax?: number;
  /** Associated data may be given. */
  readonly associatedData?: true;
  /** Length of what the digest form of a signature takes: a hash, or the message representative mu of FIPS 204. */
  readonly digestBytes?: number;
  /** A context string of at most 255 bytes may be given (FIPS 204, FIPS 205, RFC 8032). */
  readonly context?: true;
  /** The bits of the IV that count blocks may be chosen. */
  readonly counter?: true;
  /** Derivation: made of HMACs under the key itself, so that whoever computes MACs under it could compute this as well. */
  readonly byHmac?: true;
  /** Kept for old data only: verification and nothing new. */
  readonly verifyOnly?: true;
  /** No key is wrapped by it, or nothing else is, whatever its kind could. */
  readonly wraps?: 'noKeys' | 'keysOnly';
  /** Messages under one key with random IVs, after which the key must be rotated (SP 800-38D section 8.3). */
  readonly randomIvMessagesMax?: number;
}

export const exactly = (bytes: number): ByteLength => ({ default: bytes, min: bytes, max: bytes });
const upTo = (bytes: number, min: number): ByteLength => ({ default: bytes, min, max: bytes });

/** One row for each digest, named `<prefix>-<digest>`. */
export function perDigest<const Prefix extends string, const Chosen extends Digest, Row>(
  prefix: Prefix,
  digests: readonly Chosen[],
  row: (digest: Chosen) => Row,
): Record<`${Prefix}-${Chosen}`, Row> {
  return Object.fromEntries(digests.map(digest => [`${prefix}-${digest}`, row(digest)])) as Record<
    `${Prefix}-${Chosen}`,
    Row
  >;
}

const SHA2 = ['sha-224', 'sha-256', 'sha-384', 'sha-512'] as const;
const SHA3 = ['sha3-224', 'sha3-256', 'sha3-384', 'sha3-512'] as const;
export const EVERY_DIGEST = ['sha-1', ...SHA2, ...SHA3] as const;
export const OAEP_DIGESTS = ['sha-1', ...SHA2] as const;

const GIB = 2 ** 30;

type FactsOf<Kind extends MechanismKind> = MechanismFacts & { readonly kind: Kind };

// NIST SP 800-107 section 5.3.3: a MAC tag has at least 32 bits.
const hmacFacts = (digest: Digest): FactsOf<'mac'> => ({
  kind: 'mac',
  digest,
  tagBytes: upTo(DIGESTS[digest].bytes, 4),
});
const oaepFacts = (digest: Digest): FactsOf<'asymmetricEncryption'> => ({
  kind: 'asymmetricEncryption',
  digest,
});
const rsaAesKwpFacts = (digest: Digest): FactsOf<'asymmetricEncryption'> => ({
  ...oaepFacts(digest),
  wraps: 'keysOnly',
});
const signatureFacts = (digest: Digest): FactsOf<'signature'> => ({
  kind: 'signature',
  digest,
  digestBytes: DIGESTS[digest].bytes,
  ...(digest === 'sha-1' ? { verifyOnly: true } : {}),
});
const derivationFacts = (digest: Digest): FactsOf<'derivation'> => ({ kind: 'derivation', digest });
const hmacDerivationFacts = (digest: Digest): FactsOf<'derivation'> => ({
  ...derivationFacts(digest),
  byHmac: true,
});

const GCM_FACTS = {
  kind: 'aead',
  ivBytes: { default: 12, min: 1, max: 256 },
  tagBytes: { default: 16, min: 12, max: 16 },
  plaintextBytesMax: 64 * GIB - 32,
  associatedData: true,
  randomIvMessagesMax: 2 ** 32,
} as const satisfies MechanismFacts;

const mechanisms = {
  'aes-gcm': GCM_FACTS,
  'aes-cbc': { kind: 'cipher', ivBytes: exactly(16), blockBytes: 16 },
  'aes-cbc-pkcs7': { kind: 'cipher', ivBytes: exactly(16) },
  'aes-ctr': { kind: 'cipher', ivBytes: exactly(16), counter: true },
  'aes-ecb': { kind: 'cipher', blockBytes: 16 },
  'aes-ecb-pkcs7': { kind: 'cipher' },
  'aes-cfb': { kind: 'cipher', ivBytes: exactly(16) },
  'aes-ofb': { kind: 'cipher', ivBytes: exactly(16) },
  // IEEE 1619 bounds a data unit to 2^20 blocks of 16 bytes.
  'aes-xts': { kind: 'cipher', ivBytes: exactly(16), plaintextBytesMin: 16, plaintextBytesMax: 2 ** 24 },
  'aes-kw': { kind: 'keyWrap', blockBytes: 8, plaintextBytesMin: 16 },
  'aes-kwp': { kind: 'keyWrap', plaintextBytesMin: 1 },
  'aes-cmac': { kind: 'mac', tagBytes: upTo(16, 8) },
  'aes-gmac': { kind: 'mac', ivBytes: GCM_FACTS.ivBytes, tagBytes: GCM_FACTS.tagBytes },
  'chacha20-poly1305': {
    kind: 'aead',
    ivBytes: exactly(12),
    // RFC 8439 section 2.8 has whole tags; who cuts one names its length, as with GCM.
    tagBytes: { default: 16, min: 12, max: 16 },
    plaintextBytesMax: 256 * GIB - 64,
    associatedData: true,
    randomIvMessagesMax: 2 ** 32,
  },
  // A nonce of 8 bytes (Bernstein) or 12 (RFC 8439) with a counter from zero, or the whole block of 16 with the counter in front.
  chacha20: { kind: 'cipher', ivBytes: { default: 12, min: 8, max: 16 } },
  // For data that is there: SP 800-131A section 2 takes back encryption by triple DES. Who uses it answers for no more than 2^20 blocks.
  'des-ede3-cbc': { kind: 'cipher', ivBytes: exactly(8), blockBytes: 8 },
  'des-ede3-cbc-pkcs7': { kind: 'cipher', ivBytes: exactly(8) },
  'des-ede3-ecb': { kind: 'cipher', blockBytes: 8 },
  'des-ede3-ecb-pkcs7': { kind: 'cipher' },
  'des-ede3-cfb': { kind: 'cipher', ivBytes: exactly(8) },
  'des-ede3-ofb': { kind: 'cipher', ivBytes: exactly(8) },
  'camellia-cbc': { kind: 'cipher', ivBytes: exactly(16), blockBytes: 16 },
  'camellia-cbc-pkcs7': { kind: 'cipher', ivBytes: exactly(16) },
  'camellia-ecb': { kind: 'cipher', blockBytes: 16 },
  'camellia-ecb-pkcs7': { kind: 'cipher' },
  'camellia-ctr': { kind: 'cipher', ivBytes: exactly(16) },
  'camellia-cfb': { kind: 'cipher', ivBytes: exactly(16) },
  'camellia-ofb': { kind: 'cipher', ivBytes: exactly(16) },
  ...perDigest('hmac', EVERY_DIGEST, hmacFacts),
  ...perDigest('rsa-oaep', OAEP_DIGESTS, oaepFacts),
  // PKCS #11 CKM_RSA_AES_KEY_WRAP: for material longer than a modulus takes, such as pairs.
  ...perDigest('rsa-aes-kwp', OAEP_DIGESTS, rsaAesKwpFacts),
  // That an unwrapped key is taken or refused would tell what implicit rejection hides.
  'rsa-pkcs1-v15': { kind: 'asymmetricEncryption', wraps: 'noKeys' },
  ...perDigest('rsassa-pkcs1-v15', EVERY_DIGEST, signatureFacts),
  // The caller brings the whole encoded message, without a DigestInfo from us (Google RAW_PKCS1, Vault "none").
  'rsassa-pkcs1-v15-raw': { kind: 'signature' },
  ...perDigest('rsa-pss', EVERY_DIGEST, signatureFacts),
  ...perDigest('ecdsa', EVERY_DIGEST, signatureFacts),
  ed25519: { kind: 'signature' },
  ed25519ph: { kind: 'signature', digest: 'sha-512', digestBytes: 64, context: true },
  ed448: { kind: 'signature', context: true },
  // FIPS 204 section 6.2: the digest form takes the 64-byte message representative mu.
  'ml-dsa': { kind: 'signature', digestBytes: 64, context: true },
  'slh-dsa': { kind: 'signature', context: true },
  ecdh: { kind: 'agreement' },
  x25519: { kind: 'agreement' },
  x448: { kind: 'agreement' },
  'ml-kem': { kind: 'encapsulation' },
  ...perDigest('hkdf', EVERY_DIGEST, derivationFacts),
  ...perDigest('pbkdf2', EVERY_DIGEST, hmacDerivationFacts),
  ...perDigest('sp800-108-counter-hmac', EVERY_DIGEST, hmacDerivationFacts),
  ...perDigest('sp800-108-feedback-hmac', EVERY_DIGEST, hmacDerivationFacts),
  ...perDigest('sp800-108-pipeline-hmac', EVERY_DIGEST, hmacDerivationFacts),
  // The signing key of a day, region and service of AWS.
  'aws-sigv4': derivationFacts('sha-256'),
  ...perDigest('hmac-kdf', EVERY_DIGEST, hmacDerivationFacts),
  ...perDigest('hash-kdf', EVERY_DIGEST, derivationFacts),
} as const satisfies Record<string, MechanismFacts>;

export type Mechanism = keyof typeof mechanisms;

export const MECHANISMS: Readonly<Record<Mechanism, MechanismFacts>> = mechanisms;

export const ALL_MECHANISMS = Object.freeze(Object.keys(MECHANISMS)) as readonly Mechanism[];

/** Whether the mechanism is for that: its kind is, and nothing speaks against it. */
export function servesUsage(mechanism: Mechanism, usage: KeyUsage): boolean {
  const { kind, wraps } = MECHANISMS[mechanism];
  const ofKeys = usage === 'wrap' || usage === 'unwrap';
  if (wraps === (ofKeys ? 'noKeys' : 'keysOnly')) return false;
  return (MECHANISM_KINDS[kind] as readonly KeyUsage[]).includes(usage);
}

/** The mechanisms of one kind, as a type: `MechanismOfKind<'aead'>`. */
export type MechanismOfKind<Kind extends MechanismKind> = {
  readonly [Name in Mechanism]: (typeof mechanisms)[Name] extends { readonly kind: Kind } ? Name : never;
}[Mechanism];

/** The names of one row for each digest. */
export const named = <const Prefix extends string, const Chosen extends Digest>(
  prefix: Prefix,
  digests: readonly Chosen[],
): readonly `${Prefix}-${Chosen}`[] => digests.map(digest => `${prefix}-${digest}` as const);
