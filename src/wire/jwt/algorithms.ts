// The signature algorithms of tokens (RFC 7518 section 3, RFC 8037 section 3.1), one row each. A row fits keys of exactly one kind: a
// token can never choose how a key is used, and no algorithm with a shared secret is here that a public key could be mistaken for.

import { constants, type KeyObject, verify } from 'node:crypto';
import type { Bytes } from '../../base/bytes.ts';
import { isKeyOf } from '../../base/table.ts';

interface AlgorithmRow {
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  readonly namedCurve?: string;
  readonly modulusBitsMin?: number;
  /** As node:crypto calls it; null where the algorithm of the key implies it. */
  readonly digest: string | null;
  readonly options: { readonly padding?: number; readonly dsaEncoding?: 'ieee-p1363' };
}

export const JWS_ALGORITHMS = {
  RS256: {
    keyType: 'rsa',
    modulusBitsMin: 2048,
    digest: 'sha256',
    options: { padding: constants.RSA_PKCS1_PADDING },
  },
  ES256: {
    keyType: 'ec',
    namedCurve: 'prime256v1',
    digest: 'sha256',
    options: { dsaEncoding: 'ieee-p1363' },
  },
  EdDSA: { keyType: 'ed25519', digest: null, options: {} },
} as const satisfies Record<string, AlgorithmRow>;

export type JwsAlgorithm = keyof typeof JWS_ALGORITHMS;

export function isJwsAlgorithm(text: string): text is JwsAlgorithm {
  return isKeyOf(JWS_ALGORITHMS, text);
}

/** Whether a public key is of the kind that the algorithm is for. */
export function fitsJwsAlgorithm(algorithm: JwsAlgorithm, publicKey: KeyObject): boolean {
  const row: AlgorithmRow = JWS_ALGORITHMS[algorithm];
  if (publicKey.type !== 'public' || publicKey.asymmetricKeyType !== row.keyType) return false;
  const { namedCurve, modulusLength = 0 } = publicKey.asymmetricKeyDetails ?? {};
  if (row.namedCurve !== undefined && namedCurve !== row.namedCurve) return false;
  return modulusLength >= (row.modulusBitsMin ?? 0);
}

/**
 * False for every signature that is not exactly right, and for a key that is not for the algorithm. Takes microseconds, so it does not wait in
 * line.
 */
export function verifyJwsSignature(
  algorithm: JwsAlgorithm,
  publicKey: KeyObject,
  signingInput: Bytes,
  signature: Bytes,
): boolean {
  if (!fitsJwsAlgorithm(algorithm, publicKey)) return false;
  const { digest, options }: AlgorithmRow = JWS_ALGORITHMS[algorithm];
  try {
    return verify(digest, signingInput, { key: publicKey, ...options }, signature);
  } catch {
    return false;
  }
}
