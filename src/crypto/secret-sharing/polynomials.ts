// Shamir's polynomials over a binary field, one for each piece of the secret. What is computed on the way is wiped.

import { randomBytes } from 'node:crypto';
import { type Bytes, wipe } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import type { Sharing } from '../../domain/secret-sharing.ts';
import type { Field } from './fields.ts';
import type { Part } from './part.ts';

/** Piece for piece: a polynomial whose value at zero is the piece, and whose other coefficients are random. */
export function splitByField(
  field: Field,
  secret: Bytes,
  { parts, threshold }: Pick<Sharing, 'parts' | 'threshold'>,
): readonly SecretBytes[] {
  const shares = Array.from({ length: parts }, () => new Uint8Array(secret.length));
  // From the highest power down to the secret, as Horner evaluates them.
  const coefficients = [
    ...Array.from({ length: threshold - 1 }, () => randomPieces(field, secret.length)),
    pieces(field, secret),
  ];
  for (const [index, share] of shares.entries()) {
    const values = coefficients.reduce(
      (sum, next) => {
        const higher = sum.map((piece, at) => field.add(field.multiply(piece, index + 1), next[at] ?? 0));
        sum.fill(0);
        return higher;
      },
      new Uint16Array((8 * secret.length) / field.bits),
    );
    writePieces(field, values, share);
    values.fill(0);
  }
  for (const each of coefficients) each.fill(0);
  return shares.map(share => SecretBytes.own(share));
}

/** Lagrange's interpolation at zero. */
export function joinByField(field: Field, parts: readonly Part[], lengthBytes: number): SecretBytes {
  const joined = new Uint16Array((8 * lengthBytes) / field.bits);
  for (const { number, share } of parts) {
    const weight = parts
      .filter(other => other.number !== number)
      .reduce((product, other) => {
        const distance = field.add(number, other.number);
        return field.multiply(product, field.multiply(other.number, field.invert(distance)));
      }, 1);
    const values = pieces(field, share);
    for (const [at, piece] of values.entries())
      joined[at] = field.add(joined[at] ?? 0, field.multiply(weight, piece));
    values.fill(0);
  }
  const bytes = new Uint8Array(lengthBytes);
  writePieces(field, joined, bytes);
  joined.fill(0);
  return SecretBytes.own(bytes);
}

function randomPieces(field: Field, lengthBytes: number): Uint16Array {
  const bytes = randomBytes(lengthBytes);
  const random = pieces(field, bytes);
  wipe(bytes);
  return random;
}

function pieces({ bits }: Field, bytes: Bytes): Uint16Array {
  if (bits === 8) return Uint16Array.from(bytes);
  return Uint16Array.from({ length: bytes.length / 2 }, (_, at) => {
    const [high = 0, low = 0] = [bytes[2 * at], bytes[2 * at + 1]];
    return (high << 8) | low;
  });
}

function writePieces({ bits }: Field, values: Uint16Array, target: Uint8Array): void {
  for (const [at, value] of values.entries()) {
    if (bits === 8) target[at] = value;
    else target.set([value >> 8, value & 0xff], 2 * at);
  }
}
