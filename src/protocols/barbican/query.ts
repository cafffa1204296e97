// Query parameters, as lenient as Barbican: what cannot be a limit or an offset is the default, and unknown names mean nothing.

import type { Window } from '../../core/ports/registrations.ts';
import { LIMITS } from '../../domain/limits.ts';
import { refusal } from './refusal.ts';

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

export class Query {
  readonly #parameters: URLSearchParams;

  constructor(search: string) {
    this.#parameters = new URLSearchParams(search);
  }

  /** The first of that name. Throws 400 for a text that no store can look for. */
  get(name: string): string | undefined {
    const value = this.#parameters.get(name) ?? undefined;
    if (value?.includes('\0'))
      throw refusal(400, `Invalid parameter: ${name} must not contain a NUL character.`);
    return value;
  }

  /** The same, but a text in which there is nothing is none. */
  filter(name: string): string | undefined {
    return this.get(name) || undefined;
  }

  flag(name: string): boolean {
    return this.get(name)?.toLowerCase() === 'true';
  }

  window(): Window {
    const limit = wholeNumber(this.get('limit'));
    const offset = wholeNumber(this.get('offset'));
    return {
      limit: limit === undefined ? LIMIT_DEFAULT : Math.min(Math.max(limit, 1), LIMIT_MAX),
      offset: offset === undefined ? 0 : Math.min(Math.max(offset, 0), LIMITS.windowOffsetMax),
    };
  }

  /** Those of the names that are there, to be sent again with another page. */
  pick(names: readonly string[]): URLSearchParams {
    const picked = new URLSearchParams();
    for (const name of names) {
      const value = this.filter(name);
      if (value !== undefined) picked.set(name, value);
    }
    return picked;
  }
}

export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}
