// Secrets as hex digits that are bytes: a string could not be wiped.

import { type Bytes, utf8, wipe } from '../../base/bytes.ts';

const HEX_DIGITS = utf8('0123456789abcdef');

/** In lower case. */
export function hexDigits(bytes: Bytes): Bytes {
  const digits = new Uint8Array(2 * bytes.length);
  for (const [at, byte] of bytes.entries()) {
    digits.set([HEX_DIGITS[byte >> 4] ?? 0, HEX_DIGITS[byte & 0x0f] ?? 0], 2 * at);
  }
  return digits;
}

/** Undefined for what is not whole bytes of digits in lower case. */
export function bytesOfHexDigits(digits: Bytes): Bytes | undefined {
  const values = digits.map(digit => HEX_DIGITS.indexOf(digit) & 0xff);
  const bytes = new Uint8Array(digits.length >> 1);
  for (const at of bytes.keys()) bytes[at] = ((values[2 * at] ?? 0) << 4) | (values[2 * at + 1] ?? 0);
  const malformed = digits.length % 2 !== 0 || values.some(value => value > 0x0f);
  wipe(values);
  return malformed ? undefined : bytes;
}
