// Takes a secret apart and puts it together again. The parts are wiped by their owner.

import { randomBytes } from 'node:crypto';
import type { Bytes } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { invalidInput } from '../../domain/errors.ts';
import { requireSharable, requireSharing, type Sharing } from '../../domain/secret-sharing.ts';
import { GF256, GF65536 } from './fields.ts';
import type { Part } from './part.ts';
import { joinByField, splitByField } from './polynomials.ts';
import { joinByPrime, requirePrime, splitByPrime } from './prime-field.ts';

/** The parts 1, 2 and so on. Throws `invalidInput` for a sharing that does not fit the secret. */
export async function splitSecret(secret: Bytes, sharing: Sharing): Promise<readonly SecretBytes[]> {
  requireSharing(sharing);
  requireSharable(sharing, secret.length);
  switch (sharing.method) {
    case 'xor':
      return splitByXor(secret, sharing.parts);
    case 'gf256':
      return splitByField(GF256, secret, sharing);
    case 'gf65536':
      return splitByField(GF65536, secret, sharing);
    case 'primeField':
      return splitByPrime(secret, sharing, await requirePrime(sharing));
  }
}

/** Throws `invalidInput` for too few parts, for one that comes twice, and for parts that do not fit each other or the length. */
export async function joinSecret(
  parts: readonly Part[],
  sharing: Sharing,
  lengthBytes: number,
): Promise<SecretBytes> {
  requireSharing(sharing);
  const numbers = new Set(parts.map(({ number }) => number));
  if (numbers.size < parts.length) throw invalidInput('parts', 'must not name one twice');
  if (parts.some(({ number }) => number < 1 || number > sharing.parts))
    throw invalidInput('parts', 'must be of this sharing');
  if (parts.length < sharing.threshold) throw invalidInput('parts', 'are too few');
  const used = parts.slice(0, sharing.threshold);
  requireSharable(sharing, used[0]?.share.length ?? 0);
  if (sharing.method === 'primeField') return joinByPrime(used, await requirePrime(sharing), lengthBytes);
  if (parts.some(({ share }) => share.length !== lengthBytes))
    throw invalidInput('parts', 'must be as long as the key');
  if (sharing.method === 'xor') return joinByXor(used, lengthBytes);
  return joinByField(sharing.method === 'gf256' ? GF256 : GF65536, used, lengthBytes);
}

function splitByXor(secret: Bytes, parts: number): readonly SecretBytes[] {
  const last = Uint8Array.from(secret);
  const others = Array.from({ length: parts - 1 }, () => {
    const pad = Uint8Array.from(randomBytes(secret.length));
    xorInto(last, pad);
    return SecretBytes.own(pad);
  });
  return [...others, SecretBytes.own(last)];
}

function joinByXor(parts: readonly Part[], lengthBytes: number): SecretBytes {
  const joined = new Uint8Array(lengthBytes);
  for (const { share } of parts) xorInto(joined, share);
  return SecretBytes.own(joined);
}

function xorInto(target: Uint8Array, other: Bytes): void {
  for (const [at, byte] of other.entries()) target[at] = (target[at] ?? 0) ^ byte;
}
