// JSON bodies as IBM's service decodes them: member names in any case, `null` as good as absent, and no member that nobody has asked
// for. Values are never quoted in a refusal: they may be secrets.

import type { JsonObject, JsonValue } from '../../wire/json.ts';
import { fieldRefusal, refusal } from './fault.ts';

export interface TextBounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly pattern?: RegExp | undefined;
  /** What the pattern asks for, in words. */
  readonly rule?: string | undefined;
}

/** The members of one object. Whoever has read all that are known calls {@link end}, which refuses the rest. */
export class Members {
  readonly #values = new Map<string, JsonValue>();
  readonly #unread = new Map<string, string>();
  /** Before the names of members in refusals. */
  readonly #path: string;

  /** Throws BAD_BODY_ERR for two members whose names differ in case alone. */
  constructor(object: JsonObject, path = '') {
    this.#path = path;
    for (const name of Object.keys(object)) {
      const folded = name.toLowerCase();
      if (this.#unread.has(folded)) throw refusal('BAD_BODY_ERR', 'json: two members of the same name');
      this.#unread.set(folded, name);
      const value = object[name];
      if (value !== undefined && value !== null) this.#values.set(folded, value);
    }
  }

  /** Whether it is there and not `null`. */
  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  text(name: string, bounds: TextBounds = {}): string | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw this.#wrongType(name, 'a string');
    return requireTextWithin(this.#path + name, value, bounds);
  }

  flag(name: string): boolean | undefined {
    const value = this.#take(name);
    if (value !== undefined && typeof value !== 'boolean') throw this.#wrongType(name, 'true or false');
    return value;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw this.#wrongType(name, 'a whole number');
    if (value < min || value > max) {
      throw fieldRefusal(this.#path + name, `must be a whole number from ${min} to ${max}`);
    }
    return value;
  }

  texts(name: string, itemsMax: number, bounds: TextBounds = {}): readonly string[] | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.#wrongType(name, 'a list of strings');
    const items: readonly JsonValue[] = value;
    if (items.length > itemsMax) throw fieldRefusal(this.#path + name, `must have at most ${itemsMax} items`);
    return items.map(item => {
      const text = item ?? '';
      if (typeof text !== 'string') throw this.#wrongType(name, 'a list of strings');
      return requireTextWithin(this.#path + name, text, bounds);
    });
  }

  object(name: string): Members | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (!isObject(value)) throw this.#wrongType(name, 'an object');
    return new Members(value, `${this.#path}${name}.`);
  }

  /** The path of refusals does not go into the items of lists: IBM names the field of the resource. */
  objects(name: string): readonly Members[] | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.#wrongType(name, 'a list of objects');
    return value.map((item: JsonValue) => {
      if (!isObject(item)) throw this.#wrongType(name, 'a list of objects');
      return new Members(item);
    });
  }

  /** Throws BAD_BODY_ERR for the first member that was not read. */
  end(): void {
    for (const name of this.#unread.values()) {
      throw refusal('BAD_BODY_ERR', `json: unknown field "${name.slice(0, 64).toWellFormed()}"`);
    }
  }

  #take(name: string): JsonValue | undefined {
    const folded = name.toLowerCase();
    this.#unread.delete(folded);
    return this.#values.get(folded);
  }

  #wrongType(name: string, type: string) {
    return refusal('BAD_BODY_ERR', `json: the field "${this.#path}${name}" must be ${type}`);
  }
}

export const NO_MEMBERS: () => Members = () => new Members({});

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lengths count Unicode characters, as in IBM's service. */
function requireTextWithin(name: string, text: string, bounds: TextBounds): string {
  const { min = 0, max = Number.POSITIVE_INFINITY, pattern, rule } = bounds;
  const length = text.length > 2 * max ? text.length : [...text].length;
  if (length < min || length > max) {
    throw fieldRefusal(
      name,
      max === Number.POSITIVE_INFINITY
        ? `must have at least ${min} characters`
        : `must have from ${min} to ${max} characters`,
    );
  }
  if (pattern !== undefined && !pattern.test(text)) throw fieldRefusal(name, rule ?? 'is malformed');
  if (text.includes('\0')) throw fieldRefusal(name, 'must not contain a NUL character');
  return text;
}
