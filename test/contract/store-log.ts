// The store's contract for the tables of the audit log.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogFilter, LogRow } from '../../src/core/ports/store.ts';
import { id, PROJECT, type StoreSubject, sampleLogRow } from './store-samples.ts';

const KEYS = [id(100), id(101), id(102)] as const;

/** Instants run with the index, but for a little disorder as several nodes make it. */
const ROWS = Array.from({ length: 300 }, (_, index) =>
  sampleLogRow(index, {
    at: 1_000_000_000 + index * 60_000 + (index % 3) * 90_000,
    projectId: index % 4 === 0 ? undefined : PROJECT.id,
    principalId: index % 5 === 0 ? undefined : id(50 + (index % 2)),
    operation: index % 7 === 0 ? 'key.destroy' : 'key.encrypt',
    outcome: index === 42 ? 'denied' : 'ok',
    keys: [{ keyId: KEYS[index % 3] ?? KEYS[0], used: index % 2 === 0 }],
  }),
);

/** The same, after a clock was a day ahead for a while, and before one that was set back by two. */
const SKEWED = ROWS.map(row => {
  const days = row.index >= 100 && row.index < 120 ? 1 : row.index >= 200 && row.index < 205 ? -2 : 0;
  return { ...row, at: row.at + days * 86_400_000 };
});

/** By how much an entry is earlier than one before it, at most. */
function disorderOf(rows: readonly LogRow[]): number {
  return Math.max(...rows.flatMap(({ at }, index) => rows.slice(0, index).map(before => before.at - at)), 0);
}

export function logContract(subject: StoreSubject): void {
  describe(`${subject.name}: the audit log`, () => {
    it('appends batches of any size and reads the leaves in order', () =>
      subject.withStore(async store => {
        for (const [from, to] of [
          [0, 1],
          [1, 38],
          [38, 38],
          [38, 300],
        ]) {
          await store.transaction(tx => tx.log.append(ROWS.slice(from, to)));
        }
        const leaves = await store.log.leaves(0, 1_000);
        assert.deepEqual(
          leaves,
          ROWS.map(({ index, leaf }) => ({ index, leaf })),
        );
        assert.deepEqual(
          (await store.log.leaves(297, 2)).map(entry => entry.index),
          [297, 298],
        );
        assert.deepEqual(await store.log.leaves(300, 5), []);
      }));

    it('refuses an index that is taken, and then keeps nothing of the batch', () =>
      subject.withStore(async store => {
        await store.transaction(tx => tx.log.append(ROWS.slice(0, 2)));
        await assert.rejects(store.transaction(tx => tx.log.append(ROWS.slice(1, 5))));
        assert.equal((await store.log.leaves(0, 10)).length, 2);
      }));

    for (const [order, ROWS_IN_ORDER] of [
      ['nearly in order', ROWS],
      ['far out of order', SKEWED],
    ] as const)
      it(`finds by every filter what a plain look through all entries finds, ${order}`, () =>
        subject.withStore(async store => {
          await store.transaction(async tx => {
            await tx.log.append(ROWS_IN_ORDER);
            const disorderMs = disorderOf(ROWS_IN_ORDER);
            await tx.log.putHead({ tree: new Uint8Array([1]), latestAt: 0, disorderMs });
          });
          const filters: LogFilter[] = [
            {},
            { projectId: PROJECT.id },
            { principalId: id(51) },
            { keyId: KEYS[1] },
            { operation: 'key.destroy' },
            { outcome: 'denied' },
            { fromMs: 1_000_000_000 + 100 * 60_000 },
            { untilMs: 1_000_000_000 + 100 * 60_000 },
            { fromMs: 1_000_000_000 + 50 * 60_000, untilMs: 1_000_000_000 + 60 * 60_000 },
            { fromMs: 1, untilMs: 2 },
            { keyId: KEYS[0], operation: 'key.destroy', principalId: id(50), projectId: PROJECT.id },
            { keyId: KEYS[2], fromMs: 1_000_000_000 + 200 * 60_000 },
            { fromMs: 1_000_000_000 + 86_400_000, untilMs: 1_000_000_000 + 2 * 86_400_000 },
            { untilMs: 1_000_000_000 },
            { projectId: id(9) },
          ];
          for (const filter of filters) {
            const expected = ROWS_IN_ORDER.filter(
              row =>
                (filter.projectId === undefined || row.projectId === filter.projectId) &&
                (filter.principalId === undefined || row.principalId === filter.principalId) &&
                (filter.keyId === undefined || row.keys[0]?.keyId === filter.keyId) &&
                (filter.operation === undefined || row.operation === filter.operation) &&
                (filter.outcome === undefined || row.outcome === filter.outcome) &&
                (filter.fromMs === undefined || row.at >= filter.fromMs) &&
                (filter.untilMs === undefined || row.at < filter.untilMs),
            ).map(row => row.index);
            for (const newestFirst of [true, false]) {
              const order = newestFirst ? expected.toReversed() : expected;
              const found: number[] = [];
              let after: number | undefined;
              for (;;) {
                const page = await store.log.search(filter, { limit: 7, newestFirst, after });
                found.push(...page.map(entry => entry.index));
                if (page.length < 7) break;
                after = found.at(-1);
              }
              assert.deepEqual(found, order, `${JSON.stringify(filter)} ${newestFirst}`);
            }
          }
        }));

    it('gives the leaf of the newest successful use of a key', () =>
      subject.withStore(async store => {
        const use = (index: number, ...keys: [string, boolean][]) =>
          sampleLogRow(index, { keys: keys.map(([keyId, used]) => ({ keyId, used })) });
        await store.transaction(tx =>
          tx.log.append([
            use(0, [KEYS[0], true]),
            use(1, [KEYS[0], true], [KEYS[1], false]),
            use(2, [KEYS[0], false]),
            // The same key twice among the targets, used once.
            use(3, [KEYS[2], false], [KEYS[2], true]),
          ]),
        );
        assert.equal((await store.log.lastUse(KEYS[0]))?.index, 1);
        assert.deepEqual((await store.log.lastUse(KEYS[0]))?.leaf, sampleLogRow(1).leaf);
        assert.equal(await store.log.lastUse(KEYS[1]), undefined);
        assert.equal((await store.log.lastUse(KEYS[2]))?.index, 3);
        const ofKey = await store.log.search({ keyId: KEYS[0] }, { limit: 9, newestFirst: true });
        assert.deepEqual(
          ofKey.map(entry => entry.index),
          [2, 1, 0],
        );
      }));

    it('keeps head, tiles and checkpoints', () =>
      subject.withStore(async store => {
        assert.equal(await store.log.head(), undefined);
        const hashes = new Uint8Array(8_192).fill(3);
        const second = { tree: new Uint8Array([2]), latestAt: 9_000, disorderMs: 8_000 };
        await store.transaction(async tx => {
          await tx.log.putHead({ tree: new Uint8Array([1]), latestAt: 5, disorderMs: 0 });
          await tx.log.putHead(second);
          await tx.log.putTile(0, 5, hashes);
          for (const size of [1, 3, 2]) await tx.log.putCheckpoint(size, `note ${size}`);
          assert.deepEqual(await tx.log.head(), second);
        });
        assert.deepEqual(await store.log.head(), second);
        assert.deepEqual(await store.log.tile(0, 5), hashes);
        assert.equal(await store.log.tile(1, 5), undefined);
        assert.deepEqual(await store.log.checkpoints(2), [
          { size: 3, note: 'note 3' },
          { size: 2, note: 'note 2' },
        ]);
      }));
  });
}
