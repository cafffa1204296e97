import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyProtectRefusal } from '../fault.ts';
import { parseDate, rangeOfDate } from './dates.ts';
import { parseFilter } from './filter.ts';
import { parseSearch } from './search-term.ts';
import { parseSort } from './sort.ts';

test('dates are RFC 3339 with any decimals and offsets', () => {
  const at = Date.UTC(2024, 1, 15, 18, 15, 24);
  assert.equal(parseDate('2024-02-15T18:15:24Z'), at);
  assert.equal(parseDate('2024-02-15T18:15:24.123456789Z'), at + 123);
  assert.equal(parseDate('2024-02-15t20:15:24+02:00'), at);
  for (const text of ['', '2024-02-15', '2024-02-15T18:15:24', '2024-02-30T18:15:24.Z', 'yesterday']) {
    assert.equal(parseDate(text), undefined, text);
  }
});

test('an instant is compared as it is shown, in whole seconds', () => {
  const relations = {
    lt: (shown: number, date: number) => shown < date,
    lte: (shown: number, date: number) => shown <= date,
    gt: (shown: number, date: number) => shown > date,
    gte: (shown: number, date: number) => shown >= date,
    eq: (shown: number, date: number) => shown === date,
  };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 0, max: 9_000 }), (actual, date) => {
      for (const [relation, holds] of Object.entries(relations)) {
        const { from = 0, until = Number.POSITIVE_INFINITY } = rangeOfDate(
          relation as keyof typeof relations,
          date,
        );
        const shown = Math.floor(actual / 1_000) * 1_000;
        assert.equal(actual >= from && actual < until, holds(shown, date), `${relation} ${actual} ${date}`);
      }
    }),
  );
});

test('terms of a filter narrow one another', () => {
  const filter = parseFilter(
    ' creationDate=gte:"2024-01-01T00:00:00Z" creationDate=lt:"2024-02-01T00:00:00Z" state=1,5',
  );
  assert.deepEqual(filter.states, [1, 5]);
  assert.deepEqual(filter.dates.creationDate, {
    absent: undefined,
    from: Date.UTC(2024, 0),
    until: Date.UTC(2024, 1),
  });
  const { expirationDate } = parseFilter(
    'expirationDate=none expirationDate=gt:"2024-01-01T00:00:00Z"',
  ).dates;
  assert.ok((expirationDate?.from ?? 0) > (expirationDate?.until ?? 0));
});

test('words before a search say how, and escape ends them', () => {
  assert.deepEqual(parseSearch('not:alias:exact:a:b,'), {
    text: 'a:b',
    scopes: ['alias'],
    not: true,
    exact: true,
  });
  assert.deepEqual(parseSearch('escape:not:a'), {
    text: 'not:a',
    scopes: ['name', 'alias'],
    not: false,
    exact: false,
  });
  assert.equal(parseSearch(','), undefined);
});

test('whatever is sent is read, or refused by the name of its parameter', () => {
  const parts = fc.constantFrom(
    'state',
    '=',
    '"',
    '1',
    ',',
    ' ',
    'lt:',
    'none',
    'creationDate',
    '-',
    'not:',
    '2024-01-01T00:00:00Z',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), pieces => {
      const text = pieces.join('');
      for (const parse of [parseFilter, parseSearch, (one: string) => parseSort(one.split(','))]) {
        try {
          parse(text);
        } catch (thrown) {
          assert.ok(thrown instanceof KeyProtectRefusal, String(thrown));
        }
      }
    }),
  );
});
