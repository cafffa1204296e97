// Byte arrays: the few operations that every layer needs, strict where a lenient decoder would hide an error.
// Bytes are Uint8Array everywhere; nothing here keeps a reference to what it was given.

import { timingSafeEqual } from 'node:crypto';

export type Bytes = Uint8Array<ArrayBufferLike>;

export const EMPTY_BYTES: Bytes = new Uint8Array(0);

/** Node's own pools have as many: what one long-lived piece keeps alive is bounded by it. */
const POOL_BYTES = 8_192;
let pool = new ArrayBuffer(POOL_BYTES);
let poolUsed = 0;

/**
 * Room for so many bytes, which hold anything until they are written: the caller writes all of them. Short pieces share a buffer, since a
 * buffer of its own costs more than most things that are done with it.
 */
export function unsetBytes(length: number): Uint8Array<ArrayBuffer> {
  if (length > POOL_BYTES / 4) return new Uint8Array(length);
  if (poolUsed + length > POOL_BYTES) {
    pool = new ArrayBuffer(POOL_BYTES);
    poolUsed = 0;
  }
  const bytes = new Uint8Array(pool, poolUsed, length);
  // Aligned to eight bytes, as views of wider numbers have to be.
  poolUsed += (length + 7) & ~7;
  return bytes;
}

export function concatBytes(...parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = unsetBytes(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

const utf8Encoder = new TextEncoder();
const utf8StrictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = unsetBytes(utf8Length(text));
  utf8Encoder.encodeInto(text, bytes);
  return bytes;
}

/** Of the bytes that {@link utf8} makes of the text. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}

/** Writes the bytes of {@link utf8} into the target, which has room for them, and returns their number. */
export function writeUtf8(target: Bytes, offset: number, text: string): number {
  return utf8Encoder.encodeInto(text, target.subarray(offset)).written;
}

/** Decodes UTF-8; throws TypeError on a malformed sequence instead of putting in U+FFFD. */
export function decodeUtf8(bytes: Bytes): string {
  return utf8StrictDecoder.decode(bytes);
}

export function hex(bytes: Bytes): string {
  return view(bytes).toString('hex');
}

/** Decodes lower- or upper-case hex; undefined for anything else (odd length, stray characters). */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'hex'));
}

export function base64(bytes: Bytes): string {
  return view(bytes).toString('base64');
}

const BASE64_SHAPE = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Decodes standard base64 with padding (RFC 4648 section 4); undefined for anything else: white space, the URL alphabet,
 * missing padding, non-zero trailing bits.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (!BASE64_SHAPE.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  // Trailing bits that are not zero decode to the same bytes as the canonical text: refuse them (RFC 4648 section 3.5).
  if (text.endsWith('=') && bytes.toString('base64') !== text) return undefined;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function base64Url(bytes: Bytes): string {
  return view(bytes).toString('base64url');
}

const BASE64URL_SHAPE = /^[A-Za-z0-9_-]*$/;

/** Decodes unpadded base64url (RFC 4648 section 5); undefined for anything else. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  if (!BASE64URL_SHAPE.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) return undefined;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A big-endian unsigned 32-bit integer. */
export function uint32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

export function writeUint32(target: Bytes, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

/** A big-endian unsigned 64-bit integer. */
export function uint64(value: number | bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export function readUint32(bytes: Bytes, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);
}

/** Compares public bytes. For anything secret use {@link equalSecret}. */
export function equalBytes(left: Bytes, right: Bytes): boolean {
  return Buffer.compare(left, right) === 0;
}

/** Compares in time that depends on the lengths alone. */
export function equalSecret(left: Bytes, right: Bytes): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Orders byte strings lexicographically, a prefix first. */
export function compareBytes(left: Bytes, right: Bytes): number {
  return Buffer.compare(left, right);
}

/** Overwrites the bytes with zeros. */
export function wipe(bytes: Bytes): void {
  bytes.fill(0);
}

function view(bytes: Bytes): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
