// Base64 (RFC 4648 section 4) for plaintexts and keys, between bytes and bytes. A JavaScript string cannot be wiped and stays in the heap
// until it is collected and overwritten; so the secret members of a JSON text are taken from its bytes before anything decodes the text
// to a string, and written into the bytes of an answer without ever being one.

import type { Bytes } from '../base/bytes.ts';

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 'latin1');
const PADDING = 0x3d;
const NO_DIGIT = 0xff;

const DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (const [digit, code] of ALPHABET.entries()) DIGITS[code] = digit;

export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Writes the padded base64 of the bytes into `target` from `offset` on, which has room for it. */
export function writeBase64(target: Bytes, offset: number, bytes: Bytes): void {
  let at = offset;
  for (let index = 0; index < bytes.length; index += 3) {
    const first = bytes[index] ?? 0;
    const second = bytes[index + 1] ?? 0;
    const third = bytes[index + 2] ?? 0;
    target[at] = ALPHABET[first >> 2] ?? 0;
    target[at + 1] = ALPHABET[((first & 3) << 4) | (second >> 4)] ?? 0;
    target[at + 2] =
      index + 1 < bytes.length ? (ALPHABET[((second & 15) << 2) | (third >> 6)] ?? 0) : PADDING;
    target[at + 3] = index + 2 < bytes.length ? (ALPHABET[third & 63] ?? 0) : PADDING;
    at += 4;
  }
}

/** The bytes of a base64 text given as ASCII; undefined for anything but the one canonical padded form. */
export function readBase64(ascii: Bytes): Uint8Array<ArrayBuffer> | undefined {
  if (ascii.length % 4 !== 0) return undefined;
  if (ascii.length === 0) return new Uint8Array(0);
  const padding = ascii.at(-1) !== PADDING ? 0 : ascii.at(-2) !== PADDING ? 1 : 2;
  const bytes = new Uint8Array((ascii.length / 4) * 3 - padding);
  let seen = 0;
  let strayBits = 0;
  let at = 0;
  // All digits are looked at together: there is no early end that would tell where a secret text goes wrong.
  for (let index = 0; index < ascii.length; index += 4) {
    const missing = index + 4 < ascii.length ? 0 : padding;
    const first = DIGITS[ascii[index] ?? 0] ?? NO_DIGIT;
    const second = DIGITS[ascii[index + 1] ?? 0] ?? NO_DIGIT;
    const third = missing === 2 ? 0 : (DIGITS[ascii[index + 2] ?? 0] ?? NO_DIGIT);
    const fourth = missing > 0 ? 0 : (DIGITS[ascii[index + 3] ?? 0] ?? NO_DIGIT);
    seen |= first | second | third | fourth;
    const bits = ((first & 63) << 18) | ((second & 63) << 12) | ((third & 63) << 6) | (fourth & 63);
    // Writes beyond the end, into the place of padding, are dropped.
    bytes[at] = bits >> 16;
    bytes[at + 1] = bits >> 8;
    bytes[at + 2] = bits;
    at += 3;
    if (missing > 0) strayBits = bits & (missing === 2 ? 0xffff : 0xff);
  }
  if (seen < 64 && strayBits === 0) return bytes;
  bytes.fill(0);
  return undefined;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** Which members of that name are meant. */
export interface MemberPlace {
  /** Arrays and objects around the member: 1, the default, is the outermost object. */
  readonly depth?: number | undefined;
  /** Whether the name counts in any mixture of cases. */
  readonly anyCase?: boolean | undefined;
}

/**
 * Takes the string value of the member `name` of the outermost object, or of the first one at another depth, out of a JSON text: returns its
 * characters, and leaves blanks in their place, so that the text still reads as JSON with that member. What is no base64 among them is for
 * {@link readBase64} to refuse. Returns undefined, and changes nothing, where the text has no such member, its value is no string, or one with
 * escapes that base64 has no use for. `name` is plain ASCII; the first of two members of the name is taken, and the reader of the text refuses
 * the second.
 */
export function takeSecretMember(
  json: Bytes,
  name: string,
  { depth: depthWanted = 1, anyCase = false }: MemberPlace = {},
): Uint8Array<ArrayBuffer> | undefined {
  const wanted = anyCase ? name.toLowerCase() : name;
  let depth = 0;
  let at = 0;
  while (at < json.length) {
    const code = json[at];
    if (code === QUOTE) {
      const start = at + 1;
      const end = endOfString(json, start);
      at = end + 1;
      if (depth !== depthWanted || !isText(json, start, end, wanted, anyCase)) continue;
      const colon = skipBlanks(json, at);
      if (json[colon] !== COLON) continue;
      const quote = skipBlanks(json, colon + 1);
      return json[quote] === QUOTE ? takeString(json, quote + 1) : undefined;
    }
    // Braces and brackets of either kind: 0x5b and 0x7b open, 0x5d and 0x7d close.
    if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    at += 1;
  }
  return undefined;
}

function takeString(json: Bytes, start: number): Uint8Array<ArrayBuffer> | undefined {
  const end = endOfString(json, start);
  if (end >= json.length) return undefined;
  const escaped = isEscaped(json, start, end);
  const taken = escaped ? unescapeAscii(json, start, end) : new Uint8Array(json.subarray(start, end));
  if (taken !== undefined) json.fill(SPACE, start, end);
  return taken;
}

/** The index of the closing quote, or the length where there is none. */
function endOfString(json: Bytes, start: number): number {
  for (let at = start; at < json.length; at += 1) {
    if (json[at] === QUOTE) return at;
    // What is escaped is no end.
    if (json[at] === BACKSLASH) at += 1;
  }
  return json.length;
}

function isEscaped(json: Bytes, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (json[at] === BACKSLASH) return true;
  return false;
}

function isText(json: Bytes, start: number, end: number, wanted: string, anyCase: boolean): boolean {
  if (end - start !== wanted.length) return false;
  for (let index = 0; index < wanted.length; index += 1) {
    const found = json[start + index] ?? 0;
    const code = anyCase && found >= 0x41 && found <= 0x5a ? found | 0x20 : found;
    if (code !== wanted.charCodeAt(index)) return false;
  }
  return true;
}

function skipBlanks(json: Bytes, start: number): number {
  let at = start;
  while (json[at] === SPACE || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at += 1;
  return at;
}

/** Some writers escape the solidus (`\/`) or the plus (`\u002b`), both digits of base64. */
function unescapeAscii(json: Bytes, start: number, end: number): Uint8Array<ArrayBuffer> | undefined {
  const text = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end; at += 1) {
    let code = json[at] ?? 0;
    if (code === BACKSLASH) {
      const escaped = json[at + 1];
      if (escaped === 0x2f) {
        code = 0x2f;
        at += 1;
      } else if (escaped === 0x75) {
        code = Number.parseInt(String.fromCharCode(...json.subarray(at + 2, at + 6)), 16);
        at += 5;
      } else {
        code = NO_DIGIT;
      }
    }
    if (!(code >= SPACE && code < 0x7f)) {
      text.fill(0);
      return undefined;
    }
    text[length] = code;
    length += 1;
  }
  // The characters alone; what is left of the scratch space holds zeros.
  if (length === text.length) return text;
  const exact = text.slice(0, length);
  text.fill(0);
  return exact;
}
