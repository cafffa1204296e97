// The query of a request target, as pairs of byte strings (one character per byte), and its canonical text.

import { SIGNATURE_LIMITS } from './limits.ts';
import { percentDecode, percentEncode } from './percent.ts';
import { incomplete } from './refusals.ts';

export type QueryParameter = readonly [name: string, value: string];

/**
 * Splits a request target at its first question mark. The path is as received, the parameters are decoded, in arrival order; empty
 * ones (`&&`) are left out, and a name alone has the empty value. Refuses a target that is not a path and malformed encodings.
 */
export function splitTarget(target: string): { path: string; query: readonly QueryParameter[] } {
  if (!target.startsWith('/')) throw incomplete('request target', 'malformed');
  if (target.length > SIGNATURE_LIMITS.targetCharsMax) throw incomplete('request target', 'tooLarge');
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, query: [] };
  const query: QueryParameter[] = [];
  for (const pair of target.slice(mark + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = percentDecode(equals === -1 ? pair : pair.slice(0, equals));
    const value = percentDecode(equals === -1 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) throw incomplete('query', 'malformed');
    if (query.length === SIGNATURE_LIMITS.queryParametersMax) throw incomplete('query', 'tooLarge');
    query.push([name, value]);
  }
  return { path: target.slice(0, mark), query };
}

/** Names and values encoded, sorted by name and then by value, both in their encoded form. */
export function canonicalQuery(query: readonly QueryParameter[]): string {
  if (query.length === 0) return '';
  return query
    .map(([name, value]): QueryParameter => [percentEncode(name), percentEncode(value)])
    .sort((left, right) => compareText(left[0], right[0]) || compareText(left[1], right[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
