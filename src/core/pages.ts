// Lists that are read to their end. Where that may be a tenant's many objects, whoever reads bounds what it keeps of them.

import { LIMITS } from '../domain/limits.ts';
import type { Page, PageRequest } from './ports/page.ts';

type List<T> = (page: PageRequest) => Promise<Page<T>>;

/** The items of each page in turn; the next page is read once it is asked for. */
export async function* pagesOf<T>(list: List<T>): AsyncGenerator<readonly T[]> {
  let after: string | undefined;
  do {
    const { items, next } = await list({ limit: LIMITS.pageItemsMax, after });
    yield items;
    after = next;
  } while (after !== undefined);
}

/** All items in one array, which is the caller's. */
export async function allOf<T>(list: List<T>): Promise<T[]> {
  return (await Array.fromAsync(pagesOf(list))).flat();
}
