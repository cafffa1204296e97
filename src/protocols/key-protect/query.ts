// Query parameters: each is known, given once, and within its bounds; everything else is refused. An empty value is as good as none:
// IBM's clients send one for a list that their caller left out.

import { queryRefusal, refusal } from './fault.ts';

/** What the language of IBM's service reads as booleans: clients in other languages send their own words. */
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map(word => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map(word => [word, false] as const),
]);

export class Query {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #unread: Set<string>;

  /** `search` is what follows the question mark. */
  constructor(search: string) {
    const values = new Map<string, string[]>();
    for (const [name, value] of new URLSearchParams(search)) {
      const before = values.get(name);
      if (before === undefined) values.set(name, [value]);
      else before.push(value);
    }
    this.#values = values;
    this.#unread = new Set(values.keys());
  }

  /** Throws INVALID_QUERY_PARAM_ERR for a parameter that is given twice. */
  text(name: string): string | undefined {
    this.#unread.delete(name);
    const [value, another] = this.#values.get(name) ?? [];
    if (another !== undefined) throw queryRefusal(name, 'must not be given twice');
    return value === '' ? undefined : value;
  }

  /** Items between commas, or one in each of several parameters of the name. */
  list(name: string): readonly string[] | undefined {
    this.#unread.delete(name);
    const text = (this.#values.get(name) ?? []).join(',');
    return text === '' ? undefined : text.split(',').map(item => item.trim());
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw queryRefusal(name, `must be a whole number from ${min} to ${max}`);
    }
    return value;
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const flag = FLAGS.get(text);
    if (flag === undefined) throw queryRefusal(name, 'must be true or false');
    return flag;
  }

  oneOf<const T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const word = words.find(candidate => candidate === text);
    if (word === undefined) throw queryRefusal(name, `must be one of ${words.join(', ')}`);
    return word;
  }

  /** `limit`, `offset` and `totalCount`, as every list has them. */
  page(limitDefault: number, limitMax: number) {
    return {
      limit: this.integer('limit', limitDefault, 1, limitMax),
      offset: this.integer('offset', 0, 0, OFFSET_MAX),
    };
  }

  /** Throws for the first parameter that was not read. */
  end(): void {
    for (const name of this.#unread)
      throw queryRefusal(name.slice(0, 64).toWellFormed(), 'is not known here');
  }
}

const OFFSET_MAX = 999_999_999;

/** The slice of a list that is held whole; `totalCount` only where it was asked for. */
export function pageOf<T>(
  items: readonly T[],
  { limit, offset }: { readonly limit: number; readonly offset: number },
): readonly T[] {
  return items.slice(offset, offset + limit);
}

/** Throws BODY_QUERY_PARAM_MISMATCH_ERR unless the query names nothing, or exactly what the body holds. */
export function requireSamePolicies(named: string | undefined, held: readonly string[]): void {
  if (named !== undefined && (held.length !== 1 || held[0] !== named)) {
    throw refusal('BODY_QUERY_PARAM_MISMATCH_ERR');
  }
}
