// Public keys of EdDSA under which a signature says nothing: points of low order, and encodings that are not the one of a point.
// OpenSSL takes them; a signature that verifies under such a key verifies for many messages.

import type { Bytes } from '../base/bytes.ts';

interface Curve {
  readonly bytes: number;
  readonly prime: bigint;
  /** The y coordinates of the points whose order divides the cofactor. */
  readonly lowOrderY: readonly bigint[];
}

const P25519 = 2n ** 255n - 19n;
const P448 = 2n ** 448n - 2n ** 224n - 1n;
// The y of the four points of order 8 on edwards25519, one the negative of the other.
const ORDER_EIGHT_Y = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;

const CURVES = {
  ed25519: {
    bytes: 32,
    prime: P25519,
    lowOrderY: [0n, 1n, P25519 - 1n, ORDER_EIGHT_Y, P25519 - ORDER_EIGHT_Y],
  },
  ed448: { bytes: 57, prime: P448, lowOrderY: [0n, 1n, P448 - 1n] },
} as const satisfies Record<string, Curve>;

/** Whether the raw public key (RFC 8032 sections 5.1.2, 5.2.2) has low order or a y beyond the field. */
export function isWeakEdwardsKey(curve: keyof typeof CURVES, publicKey: Bytes): boolean {
  const { bytes, prime, lowOrderY }: Curve = CURVES[curve];
  if (publicKey.length !== bytes) return true;
  // Little-endian; the top bit of the last byte is the sign of x.
  const y = littleEndian(publicKey) & ((1n << BigInt(8 * bytes - 1)) - 1n);
  return y >= prime || lowOrderY.includes(y);
}

function littleEndian(bytes: Bytes): bigint {
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  return value;
}
