// The values of primitive elements, each checked to be in its only encoding (ITU-T X.690 sections 8 and 11, RFC 5280 section 4.1.2.5).

import { type Bytes, decodeUtf8, hex } from '../../base/bytes.ts';
import type { DerElement } from './element.ts';
import { DerRefusal } from './refusal.ts';
import { DER_TYPES, type DerType } from './types.ts';

/** Throws {@link DerRefusal} unless the element is of the type. */
export function contentOf(element: DerElement, type: DerType): Bytes {
  if (element.typeOctet !== DER_TYPES[type]) throw new DerRefusal(`An element must be of the type ${type}.`);
  return element.content;
}

export function booleanOf(element: DerElement): boolean {
  const content = contentOf(element, 'boolean');
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
    throw new DerRefusal('A boolean must be 00 or FF.');
  return content[0] === 0xff;
}

/** Two's complement in its shortest form, as a view: of a key, it can be wiped where a bigint cannot. */
function integerDigits(element: DerElement): Bytes {
  const digits = contentOf(element, 'integer');
  const [first, second = 0] = digits;
  if (first === undefined) throw new DerRefusal('An integer has no digits.');
  const isPadded =
    digits.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (isPadded) throw new DerRefusal('An integer is not in its shortest form.');
  return digits;
}

/** The digits of an integer that is not negative, without the zero of its sign; of zero there is one. A view. */
export function magnitude(element: DerElement): Bytes {
  const digits = integerDigits(element);
  if ((digits[0] ?? 0) >= 0x80) throw new DerRefusal('An integer must not be negative.');
  return digits[0] === 0 && digits.length > 1 ? digits.subarray(1) : digits;
}

export function bigintOf(element: DerElement): bigint {
  const digits = integerDigits(element);
  return BigInt.asIntN(digits.length * 8, BigInt(`0x${hex(digits)}`));
}

/** An integer that is small by its meaning: a version, an iteration count. */
export function numberOf(element: DerElement): number {
  const value = Number(bigintOf(element));
  if (!Number.isSafeInteger(value)) throw new DerRefusal('An integer is out of range.');
  return value;
}

export interface BitString {
  readonly bytes: Bytes;
  /** How many of the lowest bits of the last byte are not part of it: 0 to 7. */
  readonly unusedBits: number;
}

export function bitStringOf(element: DerElement): BitString {
  const content = contentOf(element, 'bitString');
  const [unusedBits] = content;
  const bytes = content.subarray(1);
  if (unusedBits === undefined || unusedBits > 7 || (unusedBits > 0 && bytes.length === 0))
    throw new DerRefusal('A bit string must say how many bits are unused: 0 to 7.');
  if (((bytes.at(-1) ?? 0) & ((1 << unusedBits) - 1)) !== 0)
    throw new DerRefusal('Unused bits of a bit string must be zero.');
  return { bytes, unusedBits };
}

/** A bit string of whole bytes: a public key, a signature. A view. */
export function wholeBytesOf(element: DerElement): Bytes {
  const { bytes, unusedBits } = bitStringOf(element);
  if (unusedBits !== 0) throw new DerRefusal('A bit string must consist of whole bytes.');
  return bytes;
}

/** Of all object identifiers in use the longest have fewer. */
const IDENTIFIER_BYTES_MAX = 128;

/** With dots, as `1.2.840.113549.1.1.1`. */
export function objectIdentifierOf(element: DerElement): string {
  const content = contentOf(element, 'objectIdentifier');
  if (content.length === 0 || content.length > IDENTIFIER_BYTES_MAX || (content.at(-1) ?? 0) >= 0x80)
    throw new DerRefusal('An object identifier is not well formed.');
  const arcs: bigint[] = [];
  let arc = 0n;
  let isWithin = false;
  for (const byte of content) {
    if (!isWithin && byte === 0x80) throw new DerRefusal('An object identifier is not in its shortest form.');
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    isWithin = byte >= 0x80;
    if (isWithin) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [both = 0n, ...others] = arcs;
  // X.690 section 8.19.4: the first two arcs are one number, and the first is at most 2.
  const top = both >= 80n ? 2n : both / 40n;
  return [top, both - top * 40n, ...others].join('.');
}

type Decode = (content: Bytes) => string;

const ascii: Decode = content => {
  if (content.some(byte => byte >= 0x80))
    throw new DerRefusal('A string has a character that its type does not know.');
  return latin1(content);
};

const latin1: Decode = content => Buffer.from(content).toString('latin1');

const utf8: Decode = content => {
  try {
    return decodeUtf8(content);
  } catch {
    throw new DerRefusal('A string is not UTF-8.');
  }
};

/** Characters of two or four bytes, most significant byte first. */
const wide = (width: 2 | 4): Decode => {
  return content => {
    if (content.length % width !== 0) throw new DerRefusal('A string ends within a character.');
    const view = new DataView(content.buffer, content.byteOffset, content.length);
    const codes = Array.from({ length: content.length / width }, (_, at) =>
      width === 2 ? view.getUint16(at * 2) : view.getUint32(at * 4),
    );
    if (codes.some(code => code > 0x10_ffff))
      throw new DerRefusal('A string has a character that nobody knows.');
    return width === 2 ? String.fromCharCode(...codes) : String.fromCodePoint(...codes);
  };
};

/** Real certificates put more into a PrintableString than it may hold (`*`, `@`, `_`), so all of ASCII is read. */
const STRINGS = new Map<number, Decode>([
  [DER_TYPES.utf8String, utf8],
  [DER_TYPES.numericString, ascii],
  [DER_TYPES.printableString, ascii],
  [DER_TYPES.ia5String, ascii],
  [DER_TYPES.visibleString, ascii],
  [DER_TYPES.teletexString, latin1],
  [DER_TYPES.bmpString, wide(2)],
  [DER_TYPES.universalString, wide(4)],
]);

/** Names and the like; longer ones are refused. */
const TEXT_BYTES_MAX = 8_192;

/** The text of a string of any type. */
export function textOf({ typeOctet, content }: DerElement): string {
  const decode = STRINGS.get(typeOctet);
  if (decode === undefined) throw new DerRefusal('An element must be a string.');
  if (content.length > TEXT_BYTES_MAX)
    throw new DerRefusal(`A string must have at most ${TEXT_BYTES_MAX} bytes.`);
  return decode(content);
}

const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** The instant in milliseconds of a UTCTime or GeneralizedTime, to the second and in UTC (RFC 5280 section 4.1.2.5). */
export function instantOf({ typeOctet, content }: DerElement): number {
  const isShort = typeOctet === DER_TYPES.utcTime;
  if (!isShort && typeOctet !== DER_TYPES.generalizedTime) throw new DerRefusal('An element must be a time.');
  const match = content.length > 15 ? null : (isShort ? UTC_TIME : GENERALIZED_TIME).exec(latin1(content));
  if (match === null) throw new DerRefusal('A time must be in UTC and to the second.');
  const [stated = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const year = isShort ? stated + (stated < 50 ? 2_000 : 1_900) : stated;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isDate || hour > 23 || minute > 59 || second > 59) throw new DerRefusal('A time names no instant.');
  return date.getTime();
}
