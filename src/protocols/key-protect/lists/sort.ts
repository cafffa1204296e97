// `sort=`: properties apart by commas; a hyphen before one turns its order round.

import { queryRefusal } from '../fault.ts';

const SORT_PROPERTIES = [
  'id',
  'state',
  'extractable',
  'imported',
  'creationDate',
  'lastUpdateDate',
  'lastRotateDate',
  'deletionDate',
  'expirationDate',
] as const;

export type SortProperty = (typeof SORT_PROPERTIES)[number];

export interface SortTerm {
  readonly by: SortProperty;
  readonly descending: boolean;
}

/** Throws INVALID_QUERY_PARAM_ERR. */
export function parseSort(texts: readonly string[]): readonly SortTerm[] {
  const terms = texts.map((text): SortTerm => {
    const descending = text.startsWith('-');
    const name = text.slice(descending ? 1 : 0);
    const by = SORT_PROPERTIES.find(candidate => candidate === name);
    if (by === undefined) throw queryRefusal('sort', `must be properties of ${SORT_PROPERTIES.join(', ')}`);
    return { by, descending };
  });
  if (new Set(terms.map(({ by }) => by)).size < terms.length) {
    throw queryRefusal('sort', 'must not name a property twice');
  }
  return terms;
}
