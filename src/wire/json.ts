// Reads JSON (RFC 8259) from a stranger: one value in well-formed UTF-8, within limits, each member name once. Objects come without a
// prototype, so `__proto__` is a name like any other. Nothing of the text is ever quoted in a refusal: it may hold a plaintext.

import { type Bytes, decodeUtf8 } from '../base/bytes.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [name: string]: JsonValue };

export type JsonLimits = {
  readonly bytesMax: number;
  /** Arrays and objects inside one another: `[]` has depth 1. Reading recurses once for each, so keep it below a few hundred. */
  readonly depthMax: number;
  /** Values in the whole text, at whatever depth; arrays and objects count as well. */
  readonly membersMax: number;
};

export const JSON_REFUSALS = {
  tooLarge: 'The text is longer than allowed.',
  notUtf8: 'The text is not well-formed UTF-8.',
  syntax: 'The text is not JSON.',
  tooDeep: 'Arrays and objects are nested too deeply.',
  tooManyMembers: 'There are too many values.',
  duplicateName: 'An object has two members of the same name.',
  loneSurrogate: 'A string escapes half of a surrogate pair.',
  inexactNumber: 'A number is beyond the integers (up to 2^53 - 1) or fractions that can be represented.',
} as const;

export type JsonRefusalKind = keyof typeof JSON_REFUSALS;

export class JsonRefusal extends Error {
  override readonly name = 'JsonRefusal';
  readonly kind: JsonRefusalKind;
  /** Which byte cannot be read on from; 0 where the text is refused as a whole. */
  readonly offset: number;

  constructor(kind: JsonRefusalKind, offset: number) {
    super(JSON_REFUSALS[kind]);
    this.kind = kind;
    this.offset = offset;
  }
}

/** Throws {@link JsonRefusal} and nothing else. A byte order mark is refused as syntax (RFC 8259 section 8.1). */
export function readJson(bytes: Bytes, limits: JsonLimits): JsonValue {
  if (bytes.length > limits.bytesMax) throw new JsonRefusal('tooLarge', 0);
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch {
    throw new JsonRefusal('notUtf8', 0);
  }
  return new JsonReader(text, limits).read();
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const INTEGER = /^-?[0-9]+$/;
const LITERALS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/** Recursive descent over UTF-16 code units. A code beyond the end is NaN, which no comparison accepts. */
class JsonReader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  /** The next code unit to read. */
  #at = 0;
  #members = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  read(): JsonValue {
    const value = this.#readValue(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#refusal('syntax');
    return value;
  }

  /** `depth` counts the arrays and objects around the value. */
  #readValue(depth: number): JsonValue {
    const code = this.#skipSpace();
    this.#members += 1;
    if (this.#members > this.#limits.membersMax) throw this.#refusal('tooManyMembers');
    if (code === QUOTE) return this.#readString();
    if (code !== OPENING_BRACE && code !== OPENING_BRACKET) return this.#readScalar();
    if (depth === this.#limits.depthMax) throw this.#refusal('tooDeep');
    this.#at += 1;
    return code === OPENING_BRACE ? this.#readMembers(depth + 1) : this.#readElements(depth + 1);
  }

  #readMembers(depth: number): JsonObject {
    const members: Record<string, JsonValue> = Object.create(null);
    if (this.#skipSpace() === CLOSING_BRACE) {
      this.#at += 1;
      return members;
    }
    for (;;) {
      if (this.#skipSpace() !== QUOTE) throw this.#refusal('syntax');
      const nameAt = this.#at;
      const name = this.#readString();
      if (name in members) throw this.#refusal('duplicateName', nameAt);
      if (this.#skipSpace() !== COLON) throw this.#refusal('syntax');
      this.#at += 1;
      members[name] = this.#readValue(depth);
      if (this.#endsAfterSeparator(CLOSING_BRACE)) return members;
    }
  }

  #readElements(depth: number): readonly JsonValue[] {
    const elements: JsonValue[] = [];
    if (this.#skipSpace() === CLOSING_BRACKET) {
      this.#at += 1;
      return elements;
    }
    for (;;) {
      elements.push(this.#readValue(depth));
      if (this.#endsAfterSeparator(CLOSING_BRACKET)) return elements;
    }
  }

  #endsAfterSeparator(closing: number): boolean {
    const code = this.#skipSpace();
    if (code !== COMMA && code !== closing) throw this.#refusal('syntax');
    this.#at += 1;
    return code === closing;
  }

  #readString(): string {
    const start = this.#at + 1;
    for (let at = start; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return this.#text.slice(start, at);
      }
      if (code === BACKSLASH) return this.#readEscapedString(at);
      if (!(code >= SPACE)) throw this.#refusal('syntax', at);
    }
  }

  /** The rare kind: finds its end from the first backslash on and leaves the unescaping to the platform. */
  #readEscapedString(firstBackslash: number): string {
    const start = this.#at;
    let end = firstBackslash;
    for (let code = BACKSLASH; code !== QUOTE; code = this.#text.charCodeAt(end)) {
      if (!(code >= SPACE)) throw this.#refusal('syntax', end);
      end += code === BACKSLASH ? 2 : 1;
    }
    let value: string;
    try {
      value = JSON.parse(this.#text.slice(start, end + 1));
    } catch {
      throw this.#refusal('syntax');
    }
    if (!value.isWellFormed()) throw this.#refusal('loneSurrogate');
    this.#at = end + 1;
    return value;
  }

  #readScalar(): JsonValue {
    NUMBER.lastIndex = this.#at;
    if (NUMBER.test(this.#text)) return this.#toNumber(NUMBER.lastIndex);
    for (const [literal, value] of LITERALS) {
      if (!this.#text.startsWith(literal, this.#at)) continue;
      this.#at += literal.length;
      return value;
    }
    throw this.#refusal('syntax');
  }

  /** An integer must arrive as the one that was sent; a fraction is rounded, as everywhere, but not to infinity. */
  #toNumber(end: number): number {
    const digits = this.#text.slice(this.#at, end);
    const value = Number(digits);
    if (!Number.isFinite(value) || (!Number.isSafeInteger(value) && INTEGER.test(digits))) {
      throw this.#refusal('inexactNumber');
    }
    this.#at = end;
    return value;
  }

  /** Passes over blanks; returns the code unit that follows them. */
  #skipSpace(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at += 1;
    }
  }

  #refusal(kind: JsonRefusalKind, at: number = this.#at): JsonRefusal {
    return new JsonRefusal(kind, Buffer.byteLength(this.#text.slice(0, at)));
  }
}
