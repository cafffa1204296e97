// How each pair is named in an encoded key and made by node:crypto: one row for each asymmetric algorithm.

import type { AsymmetricKeyAlgorithm } from '../domain/algorithms.ts';

export interface PairKind {
  /** The AlgorithmIdentifier in DER, as hex: object identifier and parameters exactly. */
  readonly identifier: string;
  /** What generateKeyPair takes. */
  readonly type: string;
  readonly options?: Readonly<Record<string, string | number>>;
}

// RFC 3279 section 2.3.1: rsaEncryption with parameters NULL. Keys bound to RSA-PSS alone (RFC 4055) are another algorithm.
const rsa = (modulusLength: number): PairKind => ({
  identifier: '300d06092a864886f70d0101010500',
  type: 'rsa',
  options: { modulusLength, publicExponent: 65_537 },
});

// RFC 5480 section 2.1.1: id-ecPublicKey with a named curve; explicit parameters never match.
const ec = (namedCurve: string, identifier: string): PairKind => ({
  identifier,
  type: 'ec',
  options: { namedCurve, paramEncoding: 'named' },
});

/** RFC 8410 section 3: 1.3.101.n without parameters. */
const edwards = (type: string, lastArc: string): PairKind => ({ identifier: `300506032b65${lastArc}`, type });

/** The NIST arc 2.16.840.1.101.3.4.n.m without parameters (RFC 9881, RFC 9909, RFC 9935). */
const nist = (type: string, lastArcs: string): PairKind => ({
  identifier: `300b0609608648016503${lastArcs}`,
  type,
});

export const PAIR_KINDS = {
  'rsa-1024': rsa(1024),
  'rsa-2048': rsa(2048),
  'rsa-3072': rsa(3072),
  'rsa-4096': rsa(4096),
  'ec-p224': ec('secp224r1', '301006072a8648ce3d020106052b81040021'),
  'ec-p256': ec('prime256v1', '301306072a8648ce3d020106082a8648ce3d030107'),
  'ec-p384': ec('secp384r1', '301006072a8648ce3d020106052b81040022'),
  'ec-p521': ec('secp521r1', '301006072a8648ce3d020106052b81040023'),
  'ec-secp256k1': ec('secp256k1', '301006072a8648ce3d020106052b8104000a'),
  ed25519: edwards('ed25519', '70'),
  ed448: edwards('ed448', '71'),
  x25519: edwards('x25519', '6e'),
  x448: edwards('x448', '6f'),
  'ml-kem-512': nist('ml-kem-512', '040401'),
  'ml-kem-768': nist('ml-kem-768', '040402'),
  'ml-kem-1024': nist('ml-kem-1024', '040403'),
  'ml-dsa-44': nist('ml-dsa-44', '040311'),
  'ml-dsa-65': nist('ml-dsa-65', '040312'),
  'ml-dsa-87': nist('ml-dsa-87', '040313'),
  'slh-dsa-sha2-128s': nist('slh-dsa-sha2-128s', '040314'),
  'slh-dsa-sha2-128f': nist('slh-dsa-sha2-128f', '040315'),
  'slh-dsa-sha2-192s': nist('slh-dsa-sha2-192s', '040316'),
  'slh-dsa-sha2-192f': nist('slh-dsa-sha2-192f', '040317'),
  'slh-dsa-sha2-256s': nist('slh-dsa-sha2-256s', '040318'),
  'slh-dsa-sha2-256f': nist('slh-dsa-sha2-256f', '040319'),
  'slh-dsa-shake-128s': nist('slh-dsa-shake-128s', '04031a'),
  'slh-dsa-shake-128f': nist('slh-dsa-shake-128f', '04031b'),
  'slh-dsa-shake-192s': nist('slh-dsa-shake-192s', '04031c'),
  'slh-dsa-shake-192f': nist('slh-dsa-shake-192f', '04031d'),
  'slh-dsa-shake-256s': nist('slh-dsa-shake-256s', '04031e'),
  'slh-dsa-shake-256f': nist('slh-dsa-shake-256f', '04031f'),
} as const satisfies Record<AsymmetricKeyAlgorithm, PairKind>;
