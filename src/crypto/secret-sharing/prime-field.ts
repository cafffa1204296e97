// Shamir's polynomial over the numbers below a prime, for the secret as one number. Numbers of any length are not wiped, and what is done
// with them takes a time that depends on them: for those who must have this field.

import { checkPrime, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { must } from '../../base/assert.ts';
import { type Bytes, wipe } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { invalidInput } from '../../domain/errors.ts';
import type { Sharing } from '../../domain/secret-sharing.ts';
import type { Part } from './part.ts';

const isPrime = promisify(checkPrime);

/** Throws `invalidInput` for what is none. */
export async function requirePrime({ prime }: Sharing): Promise<bigint> {
  const given = must(prime, 'a sharing over a prime field has a prime');
  if (!(await isPrime(given))) throw invalidInput('prime', 'must be a prime');
  return given;
}

export function splitByPrime(
  secret: Bytes,
  { parts, threshold }: Sharing,
  prime: bigint,
): readonly SecretBytes[] {
  // The prime is bigger than every number of that many bits, or the key would not come back.
  if (prime >> BigInt(8 * secret.length) === 0n)
    throw invalidInput('prime', 'must be bigger than every key of this length');
  const coefficients = [...Array.from({ length: threshold - 1 }, () => randomBelow(prime)), numberOf(secret)];
  return Array.from({ length: parts }, (_, at) => {
    const x = BigInt(at + 1);
    const value = coefficients.reduce((sum, next) => (sum * x + next) % prime, 0n);
    return bytesOf(value, bytesIn(prime));
  });
}

export function joinByPrime(parts: readonly Part[], prime: bigint, lengthBytes: number): SecretBytes {
  const positive = (value: bigint): bigint => ((value % prime) + prime) % prime;
  let joined = 0n;
  for (const { number, share } of parts) {
    let weight = 1n;
    for (const other of parts) {
      if (other.number === number) continue;
      const distance = positive(BigInt(other.number - number));
      weight = positive(weight * BigInt(other.number) * inverse(distance, prime));
    }
    joined = positive(joined + weight * numberOf(share));
  }
  if (joined >> BigInt(8 * lengthBytes) !== 0n)
    throw invalidInput('parts', 'do not make a key of this length');
  return bytesOf(joined, lengthBytes);
}

/** Fermat: the power of the prime less two. */
function inverse(value: bigint, prime: bigint): bigint {
  let [result, square] = [1n, value];
  for (let rest = prime - 2n; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

/** Evenly distributed, by 64 bits more than it takes. */
function randomBelow(bound: bigint): bigint {
  const bytes = randomBytes(bytesIn(bound) + 8);
  const number = numberOf(bytes);
  wipe(bytes);
  return number % bound;
}

function bytesIn(value: bigint): number {
  return Math.ceil(value.toString(16).length / 2);
}

function numberOf(bytes: Bytes): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function bytesOf(value: bigint, length: number): SecretBytes {
  const bytes = new Uint8Array(length);
  for (let [at, rest] = [length - 1, value]; at >= 0; at -= 1, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return SecretBytes.own(bytes);
}
