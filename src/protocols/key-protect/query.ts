// Query parameters: each is known, given once, and within its bounds; everything else is refused.

import { queryRefusal, refusal } from './fault.ts';

export class Query {
  readonly #values = new Map<string, string>();
  readonly #unread = new Set<string>();

  /** `search` is what follows the question mark. Throws INVALID_QUERY_PARAM_ERR for a parameter that is given twice. */
  constructor(search: string) {
    for (const [name, value] of new URLSearchParams(search)) {
      if (this.#values.has(name)) throw queryRefusal(name.slice(0, 64), 'must not be given twice');
      this.#values.set(name, value);
      this.#unread.add(name);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    this.#unread.delete(name);
    return this.#values.get(name);
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
    if (text !== 'true' && text !== 'false') throw queryRefusal(name, 'must be true or false');
    return text === 'true';
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
