// The store's contract for searching keys, held against a plain filter of all keys.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type {
  KeyInstant,
  KeyQuery,
  KeySortProperty,
  KeySortTerm,
  KeyTextSearch,
} from '../../src/core/ports/key-search.ts';
import type { Key, KeyName } from '../../src/domain/key.ts';
import { ALL_KEY_STATES, type KeyState, type SoughtState, stateAt } from '../../src/domain/key-state.ts';
import {
  id,
  insertHome,
  insertKeys,
  PROJECT,
  RING,
  type StoreSubject,
  sampleKey,
  sampleName,
} from './store-samples.ts';

const OTHER = { ...PROJECT, id: id(9), name: 'other', accountId: '000000000009' };
const OTHER_RING = { ...RING, id: id(3), projectId: OTHER.id };
const SECOND_RING = { ...RING, id: id(4), name: 'second' };
const NOW = 1_000;
const LABELS = ['', 'Billing', 'billing 2', 'BILL', '100%', '1000', 'a_b', 'acb', 'Größe', 'back\\slash'];
const NAMES = ['app', 'App-2', '100%_', 'x\\y'];

function pick<T>(list: readonly T[], n: number): T {
  const item = list[n % list.length];
  assert.ok(item !== undefined);
  return item;
}

/** Keys of every kind: what one property is says nothing about another. */
function keysOf(count: number): readonly Key[] {
  return Array.from({ length: count }, (_, n) => {
    const state = pick(ALL_KEY_STATES, n);
    const instant = (step: number): number | undefined =>
      n % step === 0 ? undefined : 900 + ((n * 7) % 200);
    return sampleKey(1_000 + n, {
      keyRingId: n % 3 === 0 ? SECOND_RING.id : RING.id,
      label: pick(LABELS, Math.floor(n / 3)),
      state,
      exportable: n % 4 === 0,
      origin: n % 5 === 0 ? 'imported' : 'generated',
      createdAt: 500 + ((n * 13) % 50),
      updatedAt: 600 + ((n * 17) % 60),
      rotatedAt: instant(2),
      activateAt: state === 'preActive' ? instant(5) : undefined,
      deactivateAt: instant(3),
      suspendedAt: state === 'suspended' ? 5 : undefined,
      destruction:
        n % 7 === 0 && state !== 'destroyed'
          ? { at: 9_999, requestedAt: 700 + (n % 11), requestedBy: id(50), stateBefore: 'active' }
          : undefined,
    });
  });
}

const soughtState = (key: Key): SoughtState =>
  key.destruction !== undefined && key.state !== 'destroyed' ? 'pendingDestruction' : stateAt(key, NOW);

const INSTANTS = {
  createdAt: key => key.createdAt,
  updatedAt: key => key.updatedAt,
  rotatedAt: key => key.rotatedAt,
  destructionRequestedAt: key => key.destruction?.requestedAt,
  deactivateAt: key => key.deactivateAt,
} as const satisfies Record<KeyInstant, (key: Key) => number | undefined>;

const STATES: readonly SoughtState[] = [
  'preActive',
  'active',
  'suspended',
  'deactivated',
  'compromised',
  'pendingDestruction',
  'destroyed',
];

const SORTS = {
  id: key => key.id,
  state: key => STATES.indexOf(soughtState(key)),
  exportable: key => Number(key.exportable),
  origin: key => key.origin,
  ...INSTANTS,
} as const satisfies Record<KeySortProperty, (key: Key) => string | number | undefined>;

function hasText(
  key: Key,
  names: readonly KeyName[],
  { text, in: places, whole, negated }: KeyTextSearch,
): boolean {
  const fold = (some: string) => some.replace(/[A-Z]/g, letter => letter.toLowerCase());
  const fits = (some: string) => (whole ? fold(some) === fold(text) : fold(some).includes(fold(text)));
  const own = names.filter(name => name.keyId === key.id && name.namespace === 'test');
  const found =
    (places.includes('label') && fits(key.label)) ||
    (places.includes('name') && own.some(name => fits(name.text)));
  return found !== negated;
}

function expected(
  keys: readonly Key[],
  names: readonly KeyName[],
  query: KeyQuery,
  sort: readonly KeySortTerm[],
) {
  const found = keys.filter(key => {
    const { keyRingIds, keyIds, states, exportable, origin, instants = {}, text } = query;
    const placed =
      (keyRingIds === undefined && keyIds === undefined) ||
      keyRingIds?.includes(key.keyRingId) ||
      keyIds?.includes(key.id);
    const timed = (Object.keys(instants) as KeyInstant[]).every(name => {
      const { from, until, absent } = instants[name] ?? {};
      const at = INSTANTS[name](key);
      if (absent !== undefined && absent !== (at === undefined)) return false;
      if (from !== undefined && (at === undefined || at < from)) return false;
      return until === undefined || (at !== undefined && at < until);
    });
    return (
      placed &&
      timed &&
      (states === undefined || states.includes(soughtState(key))) &&
      (exportable === undefined || key.exportable === exportable) &&
      (origin === undefined || key.origin === origin) &&
      (text === undefined || hasText(key, names, text))
    );
  });
  const terms: readonly KeySortTerm[] = [...sort, { by: 'id', descending: false }];
  return found
    .sort((left, right) => {
      for (const { by, descending } of terms) {
        const [a, b] = [SORTS[by](left), SORTS[by](right)];
        if (a === b) continue;
        const ascending = a === undefined || (b !== undefined && a < b) ? -1 : 1;
        return descending ? -ascending : ascending;
      }
      return 0;
    })
    .map(key => key.id);
}

const instantRange = fc.record(
  {
    from: fc.integer({ min: 500, max: 1_100 }),
    until: fc.integer({ min: 500, max: 1_100 }),
    absent: fc.boolean(),
  },
  { requiredKeys: [] },
);

const queries = fc.record(
  {
    keyRingIds: fc.subarray([RING.id, SECOND_RING.id, OTHER_RING.id]),
    keyIds: fc.subarray([id(1_000), id(1_001), id(1_003)]),
    states: fc.subarray([...STATES], { minLength: 1 }),
    exportable: fc.boolean(),
    origin: fc.constantFrom('generated' as const, 'imported' as const),
    instants: fc.dictionary(fc.constantFrom(...(Object.keys(INSTANTS) as KeyInstant[])), instantRange, {
      maxKeys: 2,
    }) as fc.Arbitrary<NonNullable<KeyQuery['instants']>>,
    text: fc.record({
      text: fc.constantFrom('bill', 'BILLING', '0%', '_', '\\', 'größe', 'app', 'a'),
      in: fc.subarray(['label', 'name'] as const, { minLength: 1 }),
      namespace: fc.constant('test'),
      whole: fc.boolean(),
      negated: fc.boolean(),
    }),
  },
  { requiredKeys: [] },
);

const sorts = fc.uniqueArray(
  fc.record({
    by: fc.constantFrom(...(Object.keys(SORTS) as KeySortProperty[])),
    descending: fc.boolean(),
  }),
  { selector: ({ by }) => by, maxLength: 3 },
);

export function keySearchContract(subject: StoreSubject): void {
  describe(`${subject.name}: searching keys`, () => {
    it('finds, sorts, counts and cuts as a plain filter of all keys would', () =>
      subject.withStore(async store => {
        const keys = keysOf(300);
        const names = keys
          .filter((_, n) => n % 6 === 0)
          .map((key, n) => sampleName(`${pick(NAMES, n)}${n}`, key.id, n % 4 === 0 ? 'elsewhere' : 'test'));
        await store.transaction(async tx => {
          await insertHome(tx);
          await tx.projects.insert(OTHER);
          await tx.keyRings.insert(OTHER_RING);
          await tx.keyRings.insert(SECOND_RING);
          await insertKeys(tx, keys);
          await insertKeys(tx, [
            sampleKey(5_000, { projectId: OTHER.id, keyRingId: OTHER_RING.id, label: 'bill' }),
          ]);
          for (const name of names) await tx.names.insert(name);
        });
        await fc.assert(
          fc.asyncProperty(queries, sorts, fc.nat(20), async (some, sort, offset) => {
            const query: KeyQuery = { projectId: PROJECT.id, at: NOW, ...some };
            const whole = expected(keys, names, query, sort);
            const found = await store.keySearch.search(query, sort, { offset, limit: 40 });
            assert.deepEqual(
              found.map(key => key.id),
              whole.slice(offset, offset + 40),
            );
            assert.equal(await store.keySearch.count(query), whole.length);
          }),
          { numRuns: 150 },
        );
        const all = { projectId: PROJECT.id, at: NOW };
        const [first] = await store.keySearch.search(all, [], { offset: 0, limit: 1 });
        assert.deepEqual(first, await store.keys.find(id(1_000)));
        assert.equal(await store.keySearch.candidates(all, 1_000), 300);
        assert.equal(await store.keySearch.candidates(all, 10), 10);
        const destroyed: KeyState = 'destroyed';
        const some = { ...all, states: [destroyed], keyRingIds: [RING.id] };
        const lower = keys.filter(key => key.state === destroyed && key.keyRingId === RING.id).length;
        assert.equal(await store.keySearch.candidates(some, 1_000), lower);
        const ids = keys.map(key => key.id);
        assert.deepEqual(
          (await store.keySearch.namesOf(PROJECT.id, 'test', ids)).map(name => name.text),
          names
            .filter(name => name.namespace === 'test')
            .map(name => name.text)
            .sort(),
        );
        assert.deepEqual(await store.keySearch.namesOf(OTHER.id, 'test', ids), []);
      }));
  });
}
