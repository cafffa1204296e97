// Lists: all of a kind in one answer, as Keystone gives them, filtered by what the query names.

import { must } from '../../../base/assert.ts';
import { pagesOf } from '../../../core/pages.ts';
import type { Page, PageRequest } from '../../../core/ports/store.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Answer, Call } from '../route.ts';

const ITEMS_MAX = 20_000;

/** Every item. Throws `tooLarge` beyond what one answer holds. */
export async function wholeList<T>(read: (page: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const some of pagesOf(read)) {
    items.push(...some);
    if (items.length > ITEMS_MAX)
      throw new KmsError('tooLarge', `The list has more than ${ITEMS_MAX} items.`);
  }
  return items;
}

/** Keeps the documents whose members have the values that the query gives to the filters. */
export function listAnswer(
  { query, url }: Call,
  noun: string,
  path: string,
  documents: readonly object[],
  filters: readonly string[] = [],
): Answer {
  const wanted = filters.filter(name => query.has(name));
  const kept = documents.filter(document =>
    wanted.every(name => fits(must(query.get(name), 'it is there'), Reflect.get(document, name))),
  );
  return {
    status: 200,
    body: { [noun]: kept, links: { next: null, self: `${url}/v3${path}`, previous: null } },
  };
}

function fits(wanted: string, member: unknown): boolean {
  if (typeof member === 'boolean') return (wanted.toLowerCase() !== 'false' && wanted !== '0') === member;
  return wanted === member;
}
