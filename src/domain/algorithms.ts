// What kinds of key there are, what each may do, and with which mechanisms: facts only, consulted by every protocol and by custody.
// Together with key usages and mechanisms this is the vocabulary of cryptography here; it is imported from this file.

import type { KeyUsage } from './key-usage.ts';
import { LIMITS } from './limits.ts';
import {
  type ByteLength,
  DIGESTS,
  type Digest,
  EVERY_DIGEST,
  exactly,
  type Mechanism,
  named,
  OAEP_DIGESTS,
} from './mechanisms.ts';

export {
  ALL_KEY_USAGES,
  KEY_USAGES,
  type KeyUsage,
  PUBLIC_KEY_USAGES,
  USAGES_TO_ASK_FOR,
} from './key-usage.ts';
export {
  ALL_DIGESTS,
  ALL_MECHANISMS,
  type ByteLength,
  DIGESTS,
  type Digest,
  MECHANISM_KINDS,
  MECHANISMS,
  type Mechanism,
  type MechanismKind,
  type MechanismOfKind,
  servesUsage,
} from './mechanisms.ts';

interface KeyAlgorithmRowBase {
  readonly family: KeyFamily;
  /** NIST SP 800-57 part 1 table 2, SP 800-56B appendix D, and the categories of FIPS 203 to 205; undefined: 8 bits a byte. */
  readonly strengthBits?: number;
  /** The length by which protocols name the key: of the key, the modulus or the field. Undefined: that of the material. */
  readonly lengthBits?: number;
  readonly usages: readonly KeyUsage[];
  readonly mechanisms: readonly Mechanism[];
  /** For data that is there already: of protocols whose clients ask for it by name, and of no other. */
  readonly legacy?: true;
}

export interface SymmetricKeyFacts extends KeyAlgorithmRowBase {
  readonly kind: 'symmetric';
  readonly materialBytes: ByteLength;
}

export interface AsymmetricKeyFacts extends KeyAlgorithmRowBase {
  readonly kind: 'asymmetric';
}

/** Bytes that custody guards and never computes with: a password, a token, a certificate. No usage, no mechanism. */
export interface OpaqueKeyFacts extends KeyAlgorithmRowBase {
  readonly kind: 'opaque';
  readonly materialBytes: ByteLength;
}

export type KeyAlgorithmFacts = SymmetricKeyFacts | AsymmetricKeyFacts | OpaqueKeyFacts;

export type KeyFamily =
  | 'aes'
  | 'aes-xts'
  | 'chacha20'
  | 'des-ede3'
  | 'camellia'
  | 'hmac'
  | 'generic-secret'
  | 'opaque'
  | 'rsa'
  | 'ec'
  | 'eddsa'
  | 'xdh'
  | 'ml-kem'
  | 'ml-dsa'
  | 'slh-dsa';

const CIPHER_USAGES = ['encrypt', 'decrypt', 'wrap', 'unwrap'] as const;
const SIGNATURE_USAGES = ['sign', 'verify', 'certify'] as const;
const MAC_USAGES = ['mac', 'verifyMac'] as const;

const aes = <const Bits extends 128 | 192 | 256>(bits: Bits) =>
  ({
    kind: 'symmetric',
    family: 'aes',
    strengthBits: bits,
    lengthBits: bits,
    materialBytes: exactly(bits / 8),
    usages: [...CIPHER_USAGES, ...MAC_USAGES, 'derive'],
    mechanisms: [
      'aes-gcm',
      'aes-cbc',
      'aes-cbc-pkcs7',
      'aes-ctr',
      'aes-ecb',
      'aes-ecb-pkcs7',
      'aes-cfb',
      'aes-ofb',
      'aes-kw',
      'aes-kwp',
      'aes-cmac',
      'aes-gmac',
      'hkdf-sha-256',
      ...named('hmac-kdf', EVERY_DIGEST),
      ...named('hash-kdf', EVERY_DIGEST),
    ],
  }) as const satisfies SymmetricKeyFacts;

/** IEEE 1619: two keys of this strength, one behind the other. */
const aesXts = (strengthBits: 128 | 256) =>
  ({
    kind: 'symmetric',
    family: 'aes-xts',
    strengthBits,
    lengthBits: 2 * strengthBits,
    materialBytes: exactly(strengthBits / 4),
    usages: ['encrypt', 'decrypt'],
    mechanisms: ['aes-xts'],
  }) as const satisfies SymmetricKeyFacts;

/** RFC 3713. */
const camellia = <const Bits extends 128 | 192 | 256>(bits: Bits) =>
  ({
    kind: 'symmetric',
    family: 'camellia',
    strengthBits: bits,
    lengthBits: bits,
    materialBytes: exactly(bits / 8),
    usages: ['encrypt', 'decrypt', 'derive'],
    mechanisms: [
      'camellia-cbc',
      'camellia-cbc-pkcs7',
      'camellia-ecb',
      'camellia-ecb-pkcs7',
      'camellia-ctr',
      'camellia-cfb',
      'camellia-ofb',
    ],
    legacy: true,
  }) as const satisfies SymmetricKeyFacts;

/** A generated key is as long as the tag; imported ones have at least 112 bits (SP 800-131A section 10). */
const hmac = <const Chosen extends Digest>(digest: Chosen, strengthBits: number) =>
  ({
    kind: 'symmetric',
    family: 'hmac',
    strengthBits,
    lengthBits: 8 * DIGESTS[digest].bytes,
    materialBytes: { default: DIGESTS[digest].bytes, min: 14, max: 1024 },
    usages: [...MAC_USAGES, 'derive'],
    mechanisms: [
      `hmac-${digest}`,
      `hkdf-${digest}`,
      `sp800-108-counter-hmac-${digest}`,
      `sp800-108-feedback-hmac-${digest}`,
      `sp800-108-pipeline-hmac-${digest}`,
      `hmac-kdf-${digest}`,
      `hash-kdf-${digest}`,
    ] as readonly Mechanism[],
  }) as const satisfies SymmetricKeyFacts;

const RSA_MECHANISMS = [
  ...named('rsa-oaep', OAEP_DIGESTS),
  ...named('rsa-aes-kwp', OAEP_DIGESTS),
  'rsa-pkcs1-v15',
  ...named('rsassa-pkcs1-v15', EVERY_DIGEST),
  'rsassa-pkcs1-v15-raw',
  ...named('rsa-pss', EVERY_DIGEST),
] as const satisfies readonly Mechanism[];

const rsa = (modulusBits: 2048 | 3072 | 4096, strengthBits: number) =>
  ({
    kind: 'asymmetric',
    family: 'rsa',
    strengthBits,
    lengthBits: modulusBits,
    usages: [...CIPHER_USAGES, ...SIGNATURE_USAGES],
    mechanisms: RSA_MECHANISMS,
  }) as const satisfies AsymmetricKeyFacts;

/** SP 800-131A section 3: for what is there already. Longer hashes with their salts or labels, and keys to be wrapped, do not fit. */
const SHORT_RSA = {
  ...rsa(2048, 112),
  strengthBits: 80,
  lengthBits: 1024,
  usages: ['encrypt', 'decrypt', ...SIGNATURE_USAGES],
  mechanisms: [
    ...named('rsa-oaep', ['sha-1', 'sha-224', 'sha-256']),
    'rsa-pkcs1-v15',
    ...named('rsassa-pkcs1-v15', EVERY_DIGEST),
    'rsassa-pkcs1-v15-raw',
    ...named('rsa-pss', ['sha-1', 'sha-224', 'sha-256', 'sha-384']),
  ],
  legacy: true,
} as const satisfies AsymmetricKeyFacts;

const ec = (fieldBits: number) =>
  ({
    kind: 'asymmetric',
    family: 'ec',
    strengthBits: Math.min(Math.floor(fieldBits / 2), 256),
    lengthBits: fieldBits,
    usages: [...SIGNATURE_USAGES, 'agree', 'derive'],
    mechanisms: [...named('ecdsa', EVERY_DIGEST), 'ecdh'],
  }) as const satisfies AsymmetricKeyFacts;

const signing = <const Family extends 'eddsa' | 'ml-dsa' | 'slh-dsa'>(
  family: Family,
  strengthBits: number,
  mechanisms: readonly Mechanism[],
  lengthBits?: number,
): AsymmetricKeyFacts => ({
  kind: 'asymmetric',
  family,
  strengthBits,
  ...(lengthBits === undefined ? {} : { lengthBits }),
  usages: SIGNATURE_USAGES,
  mechanisms,
});

const xdh = (strengthBits: number, lengthBits: number, mechanism: 'x25519' | 'x448'): AsymmetricKeyFacts => ({
  kind: 'asymmetric',
  family: 'xdh',
  strengthBits,
  lengthBits,
  usages: ['agree', 'derive'],
  mechanisms: [mechanism],
});

const mlKem = (strengthBits: number): AsymmetricKeyFacts => ({
  kind: 'asymmetric',
  family: 'ml-kem',
  strengthBits,
  usages: ['encapsulate', 'decapsulate'],
  mechanisms: ['ml-kem'],
});

const slhDsa = (strengthBits: number): AsymmetricKeyFacts => signing('slh-dsa', strengthBits, ['slh-dsa']);

const keyAlgorithms = {
  'aes-128': aes(128),
  'aes-192': aes(192),
  'aes-256': aes(256),
  'aes-128-xts': aesXts(128),
  'aes-256-xts': aesXts(256),
  chacha20: {
    kind: 'symmetric',
    family: 'chacha20',
    strengthBits: 256,
    lengthBits: 256,
    materialBytes: exactly(32),
    usages: [...CIPHER_USAGES, 'derive'],
    mechanisms: ['chacha20-poly1305', 'chacha20', 'hkdf-sha-256'],
  },
  // SP 800-67: three keys of 64 bits, each byte with a bit of parity that nobody looks at.
  'des-ede3': {
    kind: 'symmetric',
    family: 'des-ede3',
    strengthBits: 112,
    lengthBits: 168,
    materialBytes: exactly(24),
    usages: ['encrypt', 'decrypt', 'derive'],
    mechanisms: [
      'des-ede3-cbc',
      'des-ede3-cbc-pkcs7',
      'des-ede3-ecb',
      'des-ede3-ecb-pkcs7',
      'des-ede3-cfb',
      'des-ede3-ofb',
    ],
    legacy: true,
  },
  'camellia-128': camellia(128),
  'camellia-192': camellia(192),
  'camellia-256': camellia(256),
  'hmac-sha-1': hmac('sha-1', 128),
  'hmac-sha-224': hmac('sha-224', 192),
  'hmac-sha-256': hmac('sha-256', 256),
  'hmac-sha-384': hmac('sha-384', 256),
  'hmac-sha-512': hmac('sha-512', 256),
  'hmac-sha3-224': hmac('sha3-224', 192),
  'hmac-sha3-256': hmac('sha3-256', 256),
  'hmac-sha3-384': hmac('sha3-384', 256),
  'hmac-sha3-512': hmac('sha3-512', 256),
  'generic-secret': {
    kind: 'symmetric',
    family: 'generic-secret',
    materialBytes: { default: 32, min: 1, max: 4096 },
    usages: [...MAC_USAGES, 'derive'],
    mechanisms: [
      ...named('hmac', EVERY_DIGEST),
      ...named('hkdf', EVERY_DIGEST),
      ...named('pbkdf2', EVERY_DIGEST),
      ...named('sp800-108-counter-hmac', EVERY_DIGEST),
      ...named('sp800-108-feedback-hmac', EVERY_DIGEST),
      ...named('sp800-108-pipeline-hmac', EVERY_DIGEST),
      'aws-sigv4',
      ...named('hmac-kdf', EVERY_DIGEST),
      ...named('hash-kdf', EVERY_DIGEST),
    ],
  },
  opaque: {
    kind: 'opaque',
    family: 'opaque',
    materialBytes: { default: 32, min: 1, max: LIMITS.opaqueBytesMax },
    usages: [],
    mechanisms: [],
  },
  'rsa-1024': SHORT_RSA,
  'rsa-2048': rsa(2048, 112),
  'rsa-3072': rsa(3072, 128),
  'rsa-4096': rsa(4096, 152),
  'ec-p224': ec(224),
  'ec-p256': ec(256),
  'ec-p384': ec(384),
  'ec-p521': ec(521),
  'ec-secp256k1': ec(256),
  ed25519: signing('eddsa', 128, ['ed25519', 'ed25519ph'], 256),
  ed448: signing('eddsa', 224, ['ed448'], 456),
  x25519: xdh(128, 256, 'x25519'),
  x448: xdh(224, 448, 'x448'),
  'ml-kem-512': mlKem(128),
  'ml-kem-768': mlKem(192),
  'ml-kem-1024': mlKem(256),
  'ml-dsa-44': signing('ml-dsa', 128, ['ml-dsa']),
  'ml-dsa-65': signing('ml-dsa', 192, ['ml-dsa']),
  'ml-dsa-87': signing('ml-dsa', 256, ['ml-dsa']),
  'slh-dsa-sha2-128s': slhDsa(128),
  'slh-dsa-sha2-128f': slhDsa(128),
  'slh-dsa-sha2-192s': slhDsa(192),
  'slh-dsa-sha2-192f': slhDsa(192),
  'slh-dsa-sha2-256s': slhDsa(256),
  'slh-dsa-sha2-256f': slhDsa(256),
  'slh-dsa-shake-128s': slhDsa(128),
  'slh-dsa-shake-128f': slhDsa(128),
  'slh-dsa-shake-192s': slhDsa(192),
  'slh-dsa-shake-192f': slhDsa(192),
  'slh-dsa-shake-256s': slhDsa(256),
  'slh-dsa-shake-256f': slhDsa(256),
} as const satisfies Record<string, KeyAlgorithmFacts>;

export type KeyAlgorithm = keyof typeof keyAlgorithms;

export const KEY_ALGORITHMS: Readonly<Record<KeyAlgorithm, KeyAlgorithmFacts>> = keyAlgorithms;

export const ALL_KEY_ALGORITHMS = Object.freeze(Object.keys(KEY_ALGORITHMS)) as readonly KeyAlgorithm[];

/** What a protocol offers that does not ask for old ciphers. */
export const CURRENT_KEY_ALGORITHMS = Object.freeze(
  ALL_KEY_ALGORITHMS.filter(algorithm => !KEY_ALGORITHMS[algorithm].legacy),
);

const AES_ALGORITHMS = ['aes-128', 'aes-192', 'aes-256'] as const;

/** The algorithms whose material may take the place of this one's: they differ in its length alone. */
export function replaceableBy(algorithm: KeyAlgorithm): readonly KeyAlgorithm[] {
  return AES_ALGORITHMS.some(aes => aes === algorithm) ? AES_ALGORITHMS : [algorithm];
}

/** The only one; of several, the first whose material is a row of that many bytes. */
export function algorithmOfLength(
  candidates: readonly KeyAlgorithm[],
  materialBytes: number,
): KeyAlgorithm | undefined {
  const [only, ...others] = candidates;
  if (others.length === 0) return only;
  return candidates.find(candidate => {
    const facts = KEY_ALGORITHMS[candidate];
    if (facts.kind === 'asymmetric') return false;
    const { min, max } = facts.materialBytes;
    return min <= materialBytes && materialBytes <= max;
  });
}

type AlgorithmOfKind<Kind extends KeyAlgorithmFacts['kind']> = {
  readonly [Name in KeyAlgorithm]: (typeof keyAlgorithms)[Name] extends { readonly kind: Kind }
    ? Name
    : never;
}[KeyAlgorithm];

export type SymmetricKeyAlgorithm = AlgorithmOfKind<'symmetric'>;
export type AsymmetricKeyAlgorithm = AlgorithmOfKind<'asymmetric'>;
export type OpaqueKeyAlgorithm = AlgorithmOfKind<'opaque'>;
