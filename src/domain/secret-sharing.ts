// How a key is taken apart so that some of the parts, and no fewer, make it again (Shamir 1979; the fields are those of KMIP 1.4 section
// 2.2.5). One part less tells nothing but the length.

import { invalidInput } from './errors.ts';

/**
 * `xor`: all parts are needed. The others are polynomials over a field, piece by piece: of a byte, of two bytes, or the whole key as one
 * number below a prime.
 */
export type SharingMethod = 'xor' | 'gf256' | 'gf65536' | 'primeField';

export interface Sharing {
  readonly method: SharingMethod;
  readonly parts: number;
  /** How many of them make the key again. */
  readonly threshold: number;
  /** `primeField`: a prime beyond every key of that length. */
  readonly prime?: bigint | undefined;
}

/** A part is known by its number, from 1 on. */
export const SHARING_PARTS_MAX = 255;
/** Of key, parts and threshold together: what is multiplied for a split, some tenths of a second. */
const MULTIPLICATIONS_MAX = 4_194_304;
const PRIME_BITS_MAX = 8_192;

/** Throws `invalidInput`. */
export function requireSharing({ method, parts, threshold, prime }: Sharing): void {
  if (!Number.isInteger(parts) || parts < 2 || parts > SHARING_PARTS_MAX)
    throw invalidInput('parts', `must be 2 to ${SHARING_PARTS_MAX}`);
  if (!Number.isInteger(threshold) || threshold < 2 || threshold > parts)
    throw invalidInput('threshold', 'must be 2 to the number of parts');
  if (method === 'xor' && threshold !== parts)
    throw invalidInput('threshold', 'must be the number of parts: xor needs all of them');
  if ((method === 'primeField') !== (prime !== undefined))
    throw invalidInput('prime', 'is for a prime field, and must be given for one');
  if (prime !== undefined && (prime <= BigInt(parts) || prime.toString(2).length > PRIME_BITS_MAX))
    throw invalidInput(
      'prime',
      `must be beyond the number of parts, and have at most ${PRIME_BITS_MAX} bits`,
    );
}

/** Throws `invalidInput` for material that takes too long to split, or has half a piece. */
export function requireSharable({ method, parts, threshold }: Sharing, materialBytes: number): void {
  if (materialBytes * parts * threshold > MULTIPLICATIONS_MAX)
    throw invalidInput('parts', 'are too many for a key of this length');
  if (method === 'gf65536' && materialBytes % 2 !== 0)
    throw invalidInput('method', 'takes whole pieces of two bytes');
}
