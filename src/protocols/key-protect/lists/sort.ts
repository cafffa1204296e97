// `sort=`: properties apart by commas; a hyphen before one turns its order round.

import { queryRefusal } from '../fault.ts';

export const SORT_PROPERTIES = [
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
export function parseSort(text: string): readonly SortTerm[] {
  const terms = text.split(',').map((part): SortTerm => {
    const descending = part.trim().startsWith('-');
    const name = part.trim().slice(descending ? 1 : 0);
    const by = SORT_PROPERTIES.find(candidate => candidate === name);
    if (by === undefined) throw queryRefusal('sort', `must be properties of ${SORT_PROPERTIES.join(', ')}`);
    return { by, descending };
  });
  if (new Set(terms.map(({ by }) => by)).size < terms.length) {
    throw queryRefusal('sort', 'must not name a property twice');
  }
  return terms;
}
