// The attribute Quantum Safe (KMIP 2.1 section 4.43): a client may ask for it, and is refused where an algorithm is not.

import { refusal } from '../faults.ts';
import type { Algorithm } from '../words.ts';

/** Symmetric algorithms: a search by a quantum computer halves the strength of their keys (NIST IR 8105 section 2). */
const OF_HALVED_STRENGTH: ReadonlySet<Algorithm> = new Set<Algorithm>([
  'AES',
  'Camellia',
  'Twofish',
  'ChaCha20',
  'ChaCha20Poly1305',
  'HMAC_SHA256',
  'HMAC_SHA384',
  'HMAC_SHA512',
  'HMAC_SHA3_256',
  'HMAC_SHA3_384',
  'HMAC_SHA3_512',
]);
const SAFE_BITS_MIN = 256;

/** ML-KEM, ML-DSA and SLH-DSA (FIPS 203 to 205), and their forerunners. */
const POST_QUANTUM = /^(ML_KEM|ML_DSA|SLH_DSA|SPHINCS|McEliece)/;

/** Throws `notQuantumSafe`. */
export function requireQuantumSafe(algorithm: Algorithm | undefined, bits: number | undefined): void {
  if (algorithm !== undefined && POST_QUANTUM.test(algorithm)) return;
  const isSafe = algorithm !== undefined && OF_HALVED_STRENGTH.has(algorithm) && (bits ?? 0) >= SAFE_BITS_MIN;
  if (!isSafe) throw refusal('notQuantumSafe');
}
