// Big Integers: two's complement, most significant byte first, extended by its sign to a multiple of eight bytes (KMIP 2.1 section 10.1.3).

import type { Bytes } from '../../base/bytes.ts';

/**
 * Digits of a Big Integer: two's complement of any length where `negative` is its sign, or the magnitude of a number that is not negative.
 * Key material stays bytes in this form, which can be wiped; a bigint cannot.
 */
export interface BigIntegerDigits {
  readonly bytes: Bytes;
  readonly negative: boolean;
}

/** Bytes of the value as it is encoded. */
export function bigIntegerLength({ bytes, negative }: BigIntegerDigits): number {
  const showsItsSign = bytes.length > 0 && isNegative(bytes) === negative;
  return Math.ceil((bytes.length + (showsItsSign ? 0 : 1)) / 8) * 8;
}

export function digitsOf(value: bigint): BigIntegerDigits {
  // A negative number is the complement of its neighbour's magnitude, and one bit more holds the sign.
  const magnitude = value < 0n ? -value - 1n : value;
  const length = Math.ceil((bitLength(magnitude) + 1) / 8);
  const bits = BigInt.asUintN(length * 8, value);
  const bytes = new Uint8Array(Buffer.from(bits.toString(16).padStart(length * 2, '0'), 'hex'));
  return { bytes, negative: value < 0n };
}

function bitLength(magnitude: bigint): number {
  const digits = magnitude.toString(16);
  return digits.length * 4 - Math.clz32(Number.parseInt(digits.charAt(0), 16)) + 28;
}

/** The number whose two's complement these bytes are. */
export function bigIntegerOf(bytes: Bytes): bigint {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  const bits = BigInt(`0x${text === '' ? '0' : text}`);
  return isNegative(bytes) ? bits - (1n << BigInt(bytes.length * 8)) : bits;
}

export function isNegative(bytes: Bytes): boolean {
  return ((bytes[0] ?? 0) & 0x80) !== 0;
}

/** The bytes without leading zeros: the magnitude of a number that is not negative. A view. */
export function magnitudeOf(bytes: Bytes): Bytes {
  const start = bytes.findIndex(byte => byte !== 0);
  return bytes.subarray(start < 0 ? bytes.length : start);
}
