// As much of DER (ITU-T X.690) as it takes to see which algorithm an encoded key claims, before OpenSSL reads it.

import { type Bytes, EMPTY_BYTES } from '../base/bytes.ts';

const INTEGER = 0x02;
const SEQUENCE = 0x30;

interface Element {
  readonly type: number;
  /** Identifier octet, length and content. */
  readonly whole: Bytes;
  readonly content: Bytes;
  readonly rest: Bytes;
}

/** The first element, or undefined where the encoding is not DER: an indefinite, padded or overlong length. */
function readElement(bytes: Bytes): Element | undefined {
  const [type, first] = bytes;
  if (type === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  if (first >= 0x80 && (lengthBytes < 1 || lengthBytes > 3)) return undefined;
  let length = first < 0x80 ? first : 0;
  for (const byte of bytes.subarray(2, 2 + lengthBytes)) length = 256 * length + byte;
  // X.690 section 10.1: the shortest form of the length.
  if (lengthBytes > 0 && length < (lengthBytes === 1 ? 0x80 : 256 ** (lengthBytes - 1))) return undefined;
  const end = 2 + lengthBytes + length;
  if (end > bytes.length) return undefined;
  const whole = bytes.subarray(0, end);
  return { type, whole, content: whole.subarray(2 + lengthBytes), rest: bytes.subarray(end) };
}

/**
 * The AlgorithmIdentifier of a SubjectPublicKeyInfo (RFC 5280 section 4.1) or of a PrivateKeyInfo (RFC 5958 section 2), with its own
 * head. Empty where the bytes are neither, or where more bytes follow the key.
 */
export function algorithmIdentifier(encodedKey: Bytes): Bytes {
  const key = readElement(encodedKey);
  if (key === undefined || key.type !== SEQUENCE || key.rest.length > 0) return EMPTY_BYTES;
  const first = readElement(key.content);
  const algorithm = first?.type === INTEGER ? readElement(first.rest) : first;
  return algorithm?.type === SEQUENCE ? algorithm.whole : EMPTY_BYTES;
}
