// ECDSA signatures of tokens are r and s of fixed length, one behind the other (PKCS #11 v2.40, "EC mechanisms"); most callers want them in DER
// (RFC 3279 section 2.2.3).

import { type Bytes, concatBytes } from '../../base/bytes.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;

export function derSignature(raw: Bytes): Bytes {
  const half = raw.length / 2;
  const content = concatBytes(integer(raw.subarray(0, half)), integer(raw.subarray(half)));
  // At most 2 * (66 + 3) bytes: one byte of length, or two.
  const length = content.length < 0x80 ? [content.length] : [0x81, content.length];
  return concatBytes(Uint8Array.of(SEQUENCE, ...length), content);
}

/** Positive, and as short as it can be. */
function integer(bytes: Bytes): Bytes {
  const first = bytes.findIndex(byte => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  const sign = (digits[0] ?? 0) < 0x80 ? [] : [0];
  return concatBytes(Uint8Array.of(INTEGER, digits.length + sign.length, ...sign), digits);
}
