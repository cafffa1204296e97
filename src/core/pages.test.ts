import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allOf, pagesOf } from './pages.ts';
import type { Page, PageRequest } from './ports/page.ts';

const PAGES: Readonly<Record<string, Page<number>>> = {
  first: { items: [1, 2], next: 'second' },
  second: { items: [], next: 'third' },
  third: { items: [3] },
};

test('every page is read once, in order, an empty one in the middle included', async () => {
  assert.deepEqual(await allOf(async ({ after = 'first' }) => PAGES[after] ?? { items: [] }), [1, 2, 3]);
});

test('no page is read before it is asked for', async () => {
  const read: string[] = [];
  const list = async ({ after = 'first' }: PageRequest): Promise<Page<number>> => {
    read.push(after);
    return PAGES[after] ?? { items: [] };
  };
  for await (const items of pagesOf(list)) if (items.includes(1)) break;
  assert.deepEqual(read, ['first']);
});
