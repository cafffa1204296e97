// Public keys as readers of tokens fetch them: a JSON Web Key Set (RFC 7517 section 5).

import { createPublicKey } from 'node:crypto';
import type { Bytes } from '../../base/bytes.ts';
import type { JwsAlgorithm } from './algorithms.ts';

export interface VerificationKey {
  readonly kid: string;
  readonly alg: JwsAlgorithm;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Bytes;
}

/** For signatures alone: `use` is `sig`. */
export function printJwkSet(keys: readonly VerificationKey[]): string {
  return JSON.stringify({
    keys: keys.map(({ kid, alg, publicKey }) => {
      const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
      return { ...key.export({ format: 'jwk' }), kid, alg, use: 'sig' };
    }),
  });
}
