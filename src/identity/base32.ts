// Base32 (RFC 4648 section 6) without padding: the alphabet of identifiers and tokens, since it survives being read aloud, typed and
// selected with a double click. Callers choose the case.

import { assert } from '../base/assert.ts';
import type { Bytes } from '../base/bytes.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case base32. The last character holds the rest of the bits, zeros behind them. */
export function base32(bytes: Bytes): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((held >>> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET.charAt((held << (5 - bits)) & 31);
}

/** Decodes what {@link base32} writes; undefined for anything else, trailing bits that are not zero included. */
export function decodeBase32(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = held >>> bits;
    held &= (1 << bits) - 1;
    at += 1;
  }
  assert(at === bytes.length, 'every whole byte was written');
  // A whole unused character, or bits that no encoder sets: another text for the same bytes.
  return bits >= 5 || held !== 0 ? undefined : bytes;
}

/** How many characters {@link base32} needs for so many bytes. */
export function base32Characters(byteCount: number): number {
  return Math.ceil((byteCount * 8) / 5);
}
