// Reads the part of XML 1.0 that the encoding uses: elements and attributes. Document type declarations, entities but the five that are
// built in, processing instructions and CDATA sections are refused, so nothing can expand, include or hide. Time is linear in the text.

import { type Bytes, decodeUtf8 } from '../../base/bytes.ts';
import type { TtlvLimits } from './limits.ts';
import { TtlvRefusal } from './refusal.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

/** An element of the encoding has at most five: xmlns, tag, name, type, value. */
const ATTRIBUTES_MAX = 8;

/** The root element. Throws {@link TtlvRefusal}. */
export function readXmlDocument(bytes: Bytes, limits: TtlvLimits): XmlElement {
  if (bytes.length > limits.bytesMax)
    throw new TtlvRefusal('tooLarge', '', `a message must have at most ${limits.bytesMax} bytes`);
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch {
    throw new TtlvRefusal('malformed', '', 'the message must be well-formed UTF-8');
  }
  if (NOT_XML.test(text))
    throw new TtlvRefusal('malformed', '', 'the message has a character that XML forbids');
  return new XmlReader(text, limits).readDocument();
}

/** What XML 1.0 section 2.2 leaves out. Well-formed UTF-8 has no surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

const DECLARATION =
  /<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')(?:\s+encoding\s*=\s*(?:"utf-8"|'utf-8'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>/iy;
const SPACE = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_.-]*/y;
const EQUALS = /[ \t\r\n]*=[ \t\r\n]*/y;
const REFERENCE = /&[^;&]{1,10};/y;
const QUOTED = /"[^"<]*"|'[^'<]*'/y;

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
}

/** Keeps the open elements in a list of its own, so depth costs no stack. */
class XmlReader {
  readonly #text: string;
  readonly #limits: TtlvLimits;
  /** The next UTF-16 code unit to read. */
  #at = 0;
  #elements = 0;

  constructor(text: string, limits: TtlvLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  readDocument(): XmlElement {
    this.#skip('\ufeff');
    this.#match(DECLARATION);
    this.#skipMisc();
    const open: OpenElement[] = [];
    for (;;) {
      const root = this.#readTag(open);
      this.#skipMisc();
      if (root === undefined) continue;
      if (this.#at < this.#text.length) throw this.#refusal('has something after its root element');
      return root;
    }
  }

  /** One start or end tag. Gives back the root element once it is complete. */
  #readTag(open: OpenElement[]): XmlElement | undefined {
    if (!this.#skip('<')) throw this.#refusal('has a text, or ends, where a tag must be');
    if (this.#skip('/')) return this.#close(open, this.#readEndTag(open));
    this.#elements += 1;
    const { itemsMax, depthMax } = this.#limits;
    if (this.#elements > itemsMax)
      throw new TtlvRefusal('tooManyItems', '', `a message must have at most ${itemsMax} items`);
    if (open.length >= depthMax)
      throw new TtlvRefusal('tooDeep', '', `structures must be nested at most ${depthMax} deep`);
    const name = this.#match(NAME);
    if (name === undefined)
      throw this.#refusal('has markup other than elements, comments and the declaration at its beginning');
    const element: OpenElement = { name, attributes: this.#readAttributes(), children: [] };
    if (this.#skip('/>')) return this.#close(open, element);
    if (!this.#skip('>')) throw this.#refusal('has a start tag that does not end');
    open.push(element);
    return undefined;
  }

  #readEndTag(open: OpenElement[]): OpenElement {
    const element = open.pop();
    const name = this.#match(NAME);
    this.#match(SPACE);
    if (element === undefined || name !== element.name || !this.#skip('>'))
      throw this.#refusal('has an end tag that fits no start tag');
    return element;
  }

  #close(open: readonly OpenElement[], element: OpenElement): XmlElement | undefined {
    const parent = open.at(-1);
    if (parent === undefined) return element;
    parent.children.push(element);
    return undefined;
  }

  #readAttributes(): ReadonlyMap<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const space = this.#match(SPACE);
      const name = this.#match(NAME);
      if (name === undefined) return attributes;
      const quoted = this.#match(EQUALS) === undefined ? undefined : this.#match(QUOTED);
      if (space === '' || quoted === undefined) throw this.#refusal('has a malformed attribute');
      if (attributes.has(name)) throw this.#refusal('has an attribute twice in one element');
      if (attributes.size === ATTRIBUTES_MAX) throw this.#refusal('has too many attributes in one element');
      attributes.set(name, this.#unescaped(quoted.slice(1, -1)));
    }
  }

  /** White space becomes spaces, as in every attribute (XML 1.0 section 3.3.3); a character reference stays what it refers to. */
  #unescaped(text: string): string {
    const spaced = text.replace(/\r\n|[\t\r\n]/g, ' ');
    let unescaped = '';
    let at = 0;
    // Not by one replacement of all: that would look for every reference before the first bad one is refused.
    for (let next = spaced.indexOf('&'); next >= 0; next = spaced.indexOf('&', at)) {
      REFERENCE.lastIndex = next;
      const reference = REFERENCE.exec(spaced)?.[0] ?? '';
      const character = referredTo(reference.slice(1, -1));
      if (character === undefined) throw this.#refusal('has a reference to other than a character');
      unescaped += spaced.slice(at, next) + character;
      at = next + reference.length;
    }
    return unescaped + spaced.slice(at);
  }

  /** White space and comments. */
  #skipMisc(): void {
    this.#match(SPACE);
    while (this.#skip('<!--')) {
      const end = this.#text.indexOf('--', this.#at);
      if (end < 0 || this.#text[end + 2] !== '>') throw this.#refusal('has a malformed comment');
      this.#at = end + 3;
      this.#match(SPACE);
    }
  }

  #skip(text: string): boolean {
    const isThere = this.#text.startsWith(text, this.#at);
    if (isThere) this.#at += text.length;
    return isThere;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Says where, in bytes of the message; never what stands there. */
  #refusal(rule: string): TtlvRefusal {
    const offset = Buffer.byteLength(this.#text.slice(0, this.#at));
    return new TtlvRefusal('malformed', '', `the XML ${rule}, before byte ${offset}`);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The character of a built-in entity or of a character reference (XML 1.0 section 4.1), if XML allows it. */
function referredTo(reference: string): string | undefined {
  if (Object.hasOwn(ENTITIES, reference)) return ENTITIES[reference];
  const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(reference);
  if (digits === null) return undefined;
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  const character = String.fromCodePoint(code);
  return NOT_XML.test(character) ? undefined : character;
}

/** A text within an attribute between double quotes; undefined where XML has no way to write it. */
export function escapedAttribute(text: string): string | undefined {
  if (NOT_XML.test(text)) return undefined;
  return text.replace(/[&<>"\t\n\r]/g, character => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
