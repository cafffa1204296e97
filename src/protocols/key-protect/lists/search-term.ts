// `search=`: a text that is looked for in names and aliases, behind words that say how.

import { queryRefusal } from '../fault.ts';

export interface SearchTerm {
  readonly text: string;
  readonly scopes: readonly ('name' | 'alias')[];
  readonly not: boolean;
  readonly exact: boolean;
}

const TEXT_CHARACTERS_MAX = 255;
const WORDS = ['not', 'escape', 'exact', 'alias', 'name'] as const;

/** `not:`, `exact:`, `alias:`, `name:` in any order, each once; `escape:` ends them. Undefined for an empty term. */
export function parseSearch(search: string): SearchTerm | undefined {
  // One client puts a comma behind whatever it looks for.
  let rest = search.endsWith(',') ? search.slice(0, -1) : search;
  if (rest.trim() === '') return undefined;
  const seen = new Set<(typeof WORDS)[number]>();
  for (;;) {
    const word = WORDS.find(candidate => rest.startsWith(`${candidate}:`));
    if (word === undefined) break;
    if (seen.has(word)) throw queryRefusal('search', `must not have ${word}: twice`);
    seen.add(word);
    rest = rest.slice(word.length + 1);
    if (word === 'escape') break;
  }
  if (rest === '') throw queryRefusal('search', 'must have a text to search for');
  if (rest.length > TEXT_CHARACTERS_MAX || !rest.isWellFormed() || rest.includes('\0')) {
    throw queryRefusal('search', `must be a text of at most ${TEXT_CHARACTERS_MAX} characters`);
  }
  const named = (['alias', 'name'] as const).filter(scope => seen.has(scope));
  return {
    text: rest,
    scopes: named.length === 0 ? ['name', 'alias'] : named,
    not: seen.has('not'),
    exact: seen.has('exact'),
  };
}
