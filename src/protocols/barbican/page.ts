// Lists come in pages by offset, with the addresses of the pages beside them and the size of the whole.

import type { Window } from '../../core/ports/registrations.ts';

export interface ListPage {
  /** The name of the list in the body. */
  readonly noun: string;
  readonly items: readonly unknown[];
  readonly total: number;
  readonly window: Window;
  /** Of the list, without a query. */
  readonly href: string;
  /** Filters that the addresses of other pages repeat. */
  readonly filters?: URLSearchParams | undefined;
}

export function listBody(page: ListPage): Readonly<Record<string, unknown>> {
  const { noun, items, total, window } = page;
  const { limit, offset } = window;
  const next = total > offset + limit ? pageHref(page, offset + limit) : undefined;
  const previous = offset > 0 && items.length > 0 ? pageHref(page, Math.max(0, offset - limit)) : undefined;
  return { [noun]: items, next, previous, total };
}

function pageHref({ href, filters, window: { limit } }: ListPage, offset: number): string {
  const more = filters === undefined || filters.size === 0 ? '' : `&${filters}`;
  return `${href}?limit=${limit}&offset=${offset}${more}`;
}
