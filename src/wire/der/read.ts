// A strict reader of DER (ITU-T X.690 section 10): definite and shortest lengths, nothing behind the end. It never copies, and goes no deeper
// than it is asked to.

import { type Bytes, decodeUtf8 } from '../../base/bytes.ts';
import { contextTag, DER_TAGS, type DerElement, DerRefusal, type DerType } from './element.ts';

/** The one element that the bytes are. Throws DerRefusal. */
export function readDer(bytes: Bytes): DerElement {
  const element = firstElement(bytes);
  if (element.encoding.length !== bytes.length) throw new DerRefusal('bytes follow the end');
  return element;
}

/** Four octets of length would be more than any message brings. */
const LENGTH_OCTETS_MAX = 3;

function firstElement(bytes: Bytes): DerElement {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw new DerRefusal('an element is cut short');
  if ((tag & 0x1f) === 0x1f) throw new DerRefusal('a tag has more than one octet');
  const lengthOctets = first < 0x80 ? 0 : first - 0x80;
  if (first === 0x80 || lengthOctets > LENGTH_OCTETS_MAX)
    throw new DerRefusal('a length is indefinite or too large');
  let length = first < 0x80 ? first : 0;
  for (const octet of bytes.subarray(2, 2 + lengthOctets)) length = 256 * length + octet;
  const isShortest = lengthOctets === 0 || length >= (lengthOctets === 1 ? 0x80 : 256 ** (lengthOctets - 1));
  if (!isShortest) throw new DerRefusal('a length is not in its shortest form');
  const start = 2 + lengthOctets;
  if (start + length > bytes.length) throw new DerRefusal('an element is longer than what holds it');
  return {
    tag,
    content: bytes.subarray(start, start + length),
    encoding: bytes.subarray(0, start + length),
  };
}

/** The elements within one, in their order. */
export function childrenOf(element: DerElement): readonly DerElement[] {
  const children: DerElement[] = [];
  let rest = element.content;
  while (rest.length > 0) {
    const child = firstElement(rest);
    children.push(child);
    rest = rest.subarray(child.encoding.length);
  }
  return children;
}

/** Takes the elements of a structure one after another. */
export class DerReader {
  readonly #children: readonly DerElement[];
  #at = 0;

  /** Throws DerRefusal where it is not of that type. */
  constructor(element: DerElement, type: DerType | number = 'sequence') {
    this.#children = childrenOf(requireType(element, type));
  }

  /** The next element, which must be there. */
  next(type?: DerType | number): DerElement {
    const element = this.#children[this.#at];
    if (element === undefined) throw new DerRefusal('an element is missing');
    this.#at += 1;
    return type === undefined ? element : requireType(element, type);
  }

  /** The next element where it is of that type. */
  optional(type: DerType | number): DerElement | undefined {
    return this.#children[this.#at]?.tag === tagOf(type) ? this.next() : undefined;
  }

  /** The next element where it has that context-specific tag. */
  context(number: number, isConstructed = true): DerElement | undefined {
    return this.optional(contextTag(number, isConstructed));
  }

  rest(): readonly DerElement[] {
    const rest = this.#children.slice(this.#at);
    this.#at = this.#children.length;
    return rest;
  }

  end(): void {
    if (this.#at < this.#children.length) throw new DerRefusal('an element is not expected');
  }
}

function tagOf(type: DerType | number): number {
  return typeof type === 'number' ? type : DER_TAGS[type];
}

function requireType(element: DerElement, type: DerType | number): DerElement {
  if (element.tag !== tagOf(type)) throw new DerRefusal('an element is not of the type that is expected');
  return element;
}

/** The content of an INTEGER, without the octet that keeps a positive number positive; a negative one is refused. */
export function readUnsigned(element: DerElement): Bytes {
  const { content } = requireType(element, 'integer');
  const [first, second] = content;
  if (first === undefined || (first === 0 && second !== undefined && second < 0x80))
    throw new DerRefusal('an integer is not in its shortest form');
  if (first >= 0x80) throw new DerRefusal('an integer is negative');
  return first === 0 && content.length > 1 ? content.subarray(1) : content;
}

const SMALL_OCTETS_MAX = 6;

/** An INTEGER that is a number of JavaScript. */
export function readSmallInteger(element: DerElement): number {
  const bytes = readUnsigned(element);
  if (bytes.length > SMALL_OCTETS_MAX) throw new DerRefusal('an integer is too large');
  return bytes.reduce((value, octet) => 256 * value + octet, 0);
}

/** X.690 section 11.1: all bits are set, or none. */
export function readBoolean(element: DerElement): boolean {
  const [octet, ...others] = requireType(element, 'boolean').content;
  if (others.length > 0 || (octet !== 0 && octet !== 0xff))
    throw new DerRefusal('a boolean is neither value');
  return octet === 0xff;
}

/** A BIT STRING of whole octets. */
export function readBitString(element: DerElement): Bytes {
  const { content } = requireType(element, 'bitString');
  if (content[0] !== 0) throw new DerRefusal('a bit string is not of whole octets');
  return content.subarray(1);
}

export function readOctetString(element: DerElement): Bytes {
  return requireType(element, 'octetString').content;
}

/** In dotted form. */
export function readObjectIdentifier(element: DerElement): string {
  const { content } = requireType(element, 'objectIdentifier');
  const arcs: number[] = [];
  let arc = 0;
  let isInside = false;
  for (const octet of content) {
    if (!isInside && octet === 0x80) throw new DerRefusal('an object identifier is not in its shortest form');
    arc = 128 * arc + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) throw new DerRefusal('an object identifier is too large');
    isInside = octet >= 0x80;
    if (isInside) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first, ...others] = arcs;
  if (first === undefined || isInside) throw new DerRefusal('an object identifier is cut short');
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - 40 * root, ...others].join('.');
}

const CHARACTERS: Readonly<Record<number, (content: Bytes) => string>> = {
  [DER_TAGS.utf8String]: decodeText,
  [DER_TAGS.printableString]: content => Buffer.from(content).toString('latin1'),
  [DER_TAGS.teletexString]: content => Buffer.from(content).toString('latin1'),
  [DER_TAGS.ia5String]: content => Buffer.from(content).toString('latin1'),
  [DER_TAGS.bmpString]: content => Buffer.from(content).swap16().toString('utf16le'),
};

function decodeText(content: Bytes): string {
  try {
    return decodeUtf8(content);
  } catch {
    throw new DerRefusal('a text is not UTF-8');
  }
}

/** A string of any kind that names are written in; undefined for an element of another type. */
export function readText(element: DerElement): string | undefined {
  if (element.tag === DER_TAGS.bmpString && element.content.length % 2 !== 0)
    throw new DerRefusal('a text is cut short');
  return CHARACTERS[element.tag]?.(element.content);
}

const TIME = /^(\d{2,4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/** UTCTime or GeneralizedTime in the form of RFC 5280 section 4.1.2.5: milliseconds since 1970-01-01T00:00:00Z. */
export function readTime(element: DerElement): number {
  const digits = element.tag === DER_TAGS.utcTime ? 2 : element.tag === DER_TAGS.generalizedTime ? 4 : 0;
  const [, year = '', ...others] = TIME.exec(Buffer.from(element.content).toString('latin1')) ?? [];
  if (digits === 0 || year.length !== digits) throw new DerRefusal('an instant is malformed');
  const whole = digits === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900);
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = others.map(Number);
  const at = new Date(Date.UTC(whole, month - 1, day, hour, minute, second));
  // Date.UTC would take the 31st of February for a day in March.
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day || at.getUTCSeconds() !== second)
    throw new DerRefusal('an instant is malformed');
  return at.getTime();
}
