// Keyset pages: one row more than asked for tells whether there is another page, and the last row shown tells where it begins.

import type { Page, PageRequest } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import { isText, textList } from './columns.ts';
import type { Row } from './session.ts';

/** How many rows to read for the page. */
export function rowsFor(page: PageRequest): number {
  return page.limit + 1;
}

export function pageOf<T>(
  rows: readonly Row[],
  { limit }: PageRequest,
  fromRow: (row: Row) => T,
  cursorOf: (item: T) => string,
): Page<T> {
  const items = rows.slice(0, limit).map(row => fromRow(row));
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: cursorOf(last) } : { items };
}

/** Lower than every text and every identifier. */
export const FIRST_TEXT = '';

/** The number after which the page starts, 0 for the first page. Throws `invalidCursor`. */
export function afterNumber(page: PageRequest): number {
  if (page.after === undefined) return 0;
  if (!/^[0-9]{1,15}$/.test(page.after)) throw invalidCursor();
  return Number(page.after);
}

export function pairCursor(first: string, second: string): string {
  return JSON.stringify([first, second]);
}

/** The pair after which the page starts. Throws `invalidCursor`. */
export function afterPair(page: PageRequest): readonly [string, string] {
  if (page.after === undefined) return [FIRST_TEXT, FIRST_TEXT];
  try {
    const [first, second, ...rest] = textList(page.after, isText);
    if (first !== undefined && second !== undefined && rest.length === 0) return [first, second];
  } catch {
    // Not made by pairCursor.
  }
  throw invalidCursor();
}

function invalidCursor(): KmsError {
  return new KmsError('invalidCursor', 'The cursor was not made by this server.');
}
