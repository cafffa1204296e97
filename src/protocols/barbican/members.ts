// Reads the members of a body against what Barbican's schemas say of them. Unknown members are left alone, as Barbican leaves them: its
// clients send some.

import type { JsonObject, JsonValue } from '../../wire/json.ts';
import { schemaRefusal } from './refusal.ts';

const TEXT_CHARACTERS_MAX = 255;

export class Members {
  readonly #schema: string;
  readonly #members: JsonObject;

  constructor(schema: string, members: JsonObject) {
    this.#schema = schema;
    this.#members = members;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  value(name: string): JsonValue | undefined {
    return this.has(name) ? this.#members[name] : undefined;
  }

  names(): readonly string[] {
    return Object.keys(this.#members);
  }

  refuse(violation: string): never {
    throw schemaRefusal(this.#schema, violation);
  }

  /** A text; `null` where that is allowed and undefined otherwise mean that there is none. */
  text(name: string, { orNull = false, charactersMax = TEXT_CHARACTERS_MAX } = {}): string | undefined {
    const value = this.value(name);
    if (value === undefined || (value === null && orNull)) return undefined;
    if (typeof value !== 'string') return this.refuse(`${name} is not of type 'string'`);
    if (value.length > charactersMax) return this.refuse(`${name} is too long`);
    if (!value.isWellFormed() || value.includes('\0')) return this.refuse(`${name} is not a text`);
    return value;
  }

  requiredText(name: string, charactersMax = TEXT_CHARACTERS_MAX): string {
    const text = this.text(name, { charactersMax });
    if (text === undefined) return this.refuse(`'${name}' is a required property`);
    if (text === '') return this.refuse(`${name} is too short`);
    return text;
  }

  oneOf<K extends string>(name: string, choices: Readonly<Record<K, unknown>>): K | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && Object.hasOwn(choices, value)) return value as K;
    return this.refuse(`${name} is not one of ${pythonList(Object.keys(choices))}`);
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      return this.refuse(`${name} is not of type 'integer'`);
    }
    if (value < min) return this.refuse(`${name} is less than the minimum of ${min}`);
    if (value > max) return this.refuse(`${name} is greater than the maximum of ${max}`);
    return value;
  }

  object(name: string, schema = this.#schema): Members | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.refuse(`${name} is not of type 'object'`);
    }
    return new Members(schema, value as JsonObject);
  }

  objects(name: string): readonly Members[] {
    const value = this.value(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) return this.refuse(`${name} is not of type 'array'`);
    return value.map((item: JsonValue) => {
      if (typeof item !== 'object' || item === null || Array.isArray(item)) {
        return this.refuse(`${name} holds what is not of type 'object'`);
      }
      return new Members(this.#schema, item as JsonObject);
    });
  }
}

/** As clients and tests of Barbican expect to read a list of choices. */
export function pythonList(texts: readonly string[]): string {
  return `[${texts.map(text => `'${text}'`).join(', ')}]`;
}
