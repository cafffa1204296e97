// DER is put together as a tree of fields and written at once into one buffer, so that a private key has no other copy than the result,
// which the caller wipes. A field keeps views of what it is given.

import { assert } from '../../base/assert.ts';
import { type Bytes, utf8 } from '../../base/bytes.ts';
import { contextTag, DER_TYPES, type DerType, primitiveContextTag } from './types.ts';

export interface DerField {
  /** Undefined for parts that hold their own head. */
  readonly typeOctet?: number;
  readonly parts: readonly (Bytes | DerField)[];
}

/** Fields that are undefined are left out: optional ones. */
export function sequence(fields: readonly (DerField | undefined)[]): DerField {
  return { typeOctet: DER_TYPES.sequence, parts: fields.filter(field => field !== undefined) };
}

/** A set in the order of its encodings (X.690 section 11.6). */
export function set(fields: readonly DerField[]): DerField {
  return { typeOctet: DER_TYPES.set, parts: fields.map(field => writeDer(field)).sort(Buffer.compare) };
}

export function explicit(number: number, field: DerField): DerField {
  return { typeOctet: contextTag(number), parts: [field] };
}

export function implicit(number: number, field: DerField): DerField {
  const isConstructed = ((field.typeOctet ?? 0) & 0x20) !== 0;
  return { ...field, typeOctet: isConstructed ? contextTag(number) : primitiveContextTag(number) };
}

/** A whole element as it was read, or written before. */
export function encoded(element: Bytes): DerField {
  return { parts: [element] };
}

export function boolean(value: boolean): DerField {
  return { typeOctet: DER_TYPES.boolean, parts: [Uint8Array.of(value ? 0xff : 0)] };
}

export function nothing(): DerField {
  return { typeOctet: DER_TYPES.null, parts: [] };
}

/** From a number, or from the magnitude of one that is not negative, whose leading zeros are left away. */
export function integer(value: number | bigint | Bytes): DerField {
  return {
    typeOctet: DER_TYPES.integer,
    parts: value instanceof Uint8Array ? unsigned(value) : [signed(BigInt(value))],
  };
}

export function enumerated(value: number): DerField {
  return { typeOctet: DER_TYPES.enumerated, parts: [signed(BigInt(value))] };
}

/** Of whole bytes, unless told how many of the last bits are unused (and zero). */
export function bitString(content: Bytes | DerField, unusedBits = 0): DerField {
  return { typeOctet: DER_TYPES.bitString, parts: [Uint8Array.of(unusedBits), content] };
}

/** Named bits as flags, bit 0 first, without zeros at the end (X.690 section 11.2.2). */
export function namedBits(bits: readonly number[]): DerField {
  const highest = Math.max(-1, ...bits);
  const bytes = new Uint8Array(Math.ceil((highest + 1) / 8));
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return bitString(bytes, bytes.length * 8 - (highest + 1));
}

export function octetString(content: Bytes | DerField): DerField {
  return { typeOctet: DER_TYPES.octetString, parts: [content] };
}

/** From the form with dots. */
export function objectIdentifier(text: string): DerField {
  const [top = 0n, second = 0n, ...others] = text.split('.').map(BigInt);
  assert(top <= 2n && (top === 2n || second < 40n), 'an object identifier begins with two arcs');
  return {
    typeOctet: DER_TYPES.objectIdentifier,
    parts: [Uint8Array.from([top * 40n + second, ...others].flatMap(arcBytes))],
  };
}

type AsciiType = 'printableString' | 'ia5String' | 'numericString' | 'visibleString';

export function text(type: AsciiType | 'utf8String', value: string): DerField {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  assert(type === 'utf8String' || /^[\x00-\x7f]*$/.test(value), 'a string has the characters of its type');
  return { typeOctet: DER_TYPES[type], parts: [utf8(value)] };
}

/** An instant in milliseconds, to the second: UTCTime up to 2049 and GeneralizedTime from then on (RFC 5280 section 4.1.2.5). */
export function time(instantMs: number): DerField {
  const digits = new Date(instantMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const year = Number(digits.slice(0, 4));
  const isShort = year >= 1950 && year < 2050;
  const typeOctet = DER_TYPES[isShort ? 'utcTime' : 'generalizedTime'];
  return { typeOctet, parts: [utf8(isShort ? digits.slice(2) : digits)] };
}

/** An element of another type around its content. */
export function element(type: DerType, content: Bytes): DerField {
  return { typeOctet: DER_TYPES[type], parts: [content] };
}

export function writeDer(field: DerField): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(wholeLength(field));
  writeAt(bytes, 0, field);
  return bytes;
}

function wholeLength(field: Bytes | DerField): number {
  if (field instanceof Uint8Array) return field.length;
  const content = contentLength(field);
  return field.typeOctet === undefined ? content : 1 + lengthOctets(content).length + content;
}

function contentLength({ parts }: DerField): number {
  return parts.reduce((sum, part) => sum + wholeLength(part), 0);
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

/** Returns where the next one begins. */
function writeAt(bytes: Uint8Array, offset: number, field: Bytes | DerField): number {
  if (field instanceof Uint8Array) {
    bytes.set(field, offset);
    return offset + field.length;
  }
  const head = field.typeOctet === undefined ? [] : [field.typeOctet, ...lengthOctets(contentLength(field))];
  bytes.set(head, offset);
  return field.parts.reduce<number>((at, part) => writeAt(bytes, at, part), offset + head.length);
}

function unsigned(magnitude: Bytes): readonly Bytes[] {
  const first = magnitude.findIndex(byte => byte !== 0);
  if (first < 0) return [ZERO];
  const digits = magnitude.subarray(first);
  return (digits[0] ?? 0) >= 0x80 ? [ZERO, digits] : [digits];
}

const ZERO: Bytes = Uint8Array.of(0);

function signed(value: bigint): Bytes {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length += 1;
  const digits = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

function arcBytes(arc: bigint): readonly number[] {
  const bytes = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) bytes.unshift(Number(rest & 0x7fn) | 0x80);
  return bytes;
}
