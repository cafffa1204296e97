// The store's contract for transactions: alone, whole or not at all, and never seen before they are committed.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreTransaction } from '../../src/core/ports/store.ts';
import {
  id,
  insertHome,
  insertKeys,
  isCode,
  PROJECT,
  present,
  type StoreSubject,
  sampleKey,
  sampleName,
} from './store-samples.ts';

class Stop extends Error {}

/** Reads a number, waits a little, writes one more: loses counts unless transactions run one at a time. */
async function increment(tx: StoreTransaction): Promise<void> {
  const before = Number((await tx.settings.get('count')) ?? '0');
  await sleep(1);
  await tx.settings.put('count', String(before + 1));
}

export function transactionContract(subject: StoreSubject): void {
  describe(`${subject.name}: transactions`, () => {
    it('gives back what the work returns and keeps what it wrote, over a restart', () =>
      subject.withPlace(async place => {
        const store = await place.open();
        assert.equal(await store.transaction(async tx => tx.settings.put('a', 'b').then(() => 7)), 7);
        await store.close();
        const again = await place.open();
        assert.equal(await again.settings.get('a'), 'b');
        await again.probe();
        await again.close();
        await assert.rejects(again.settings.get('a'), isCode('storeUnavailable'));
      }));

    it('undoes everything when the work throws, and goes on', () =>
      subject.withStore(async store => {
        const failed = store.transaction(async tx => {
          await insertHome(tx);
          throw new Stop();
        });
        await assert.rejects(failed, Stop);
        assert.equal(await store.projects.find(PROJECT.id), undefined);
        await store.transaction(insertHome);
        assert.deepEqual(await store.projects.find(PROJECT.id), PROJECT);
      }));

    it('shows a transaction its own writes and nobody else', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await tx.settings.put('a', 'mine');
          assert.equal(await tx.settings.get('a'), 'mine');
          assert.equal(await store.settings.get('a'), undefined);
          await sleep(5);
          assert.equal(await store.settings.get('a'), undefined);
        });
        assert.equal(await store.settings.get('a'), 'mine');
      }));

    it('runs transactions one at a time', () =>
      subject.withStore(async store => {
        await Promise.all(Array.from({ length: 30 }, () => store.transaction(increment)));
        assert.equal(await store.settings.get('count'), '30');
      }));

    it('shows every read what was committed before it', () =>
      subject.withStore(async store => {
        for (let n = 0; n < 50; n += 1) {
          const before = store.settings.get('n');
          await store.transaction(tx => tx.settings.put('n', String(n)));
          assert.equal(await store.settings.get('n'), String(n));
          await before;
        }
      }));

    it('lets one of two writers of the same revision win', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(tx, [sampleKey(100)]);
        });
        const read = present(await store.keys.find(id(100)));
        const writes = ['one', 'two'].map(description =>
          store.transaction(tx => tx.keys.update({ ...read, description })),
        );
        const [first, second] = await Promise.allSettled(writes);
        assert.equal(first?.status, 'fulfilled');
        assert.ok(second?.status === 'rejected' && isCode('conflict')(second.reason));
        assert.equal((await store.keys.find(id(100)))?.revision, 2);
      }));

    it('lets one of two writers of the same name win', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          await insertKeys(tx, [sampleKey(100), sampleKey(101)]);
        });
        const writes = [100, 101].map(n =>
          store.transaction(tx => tx.names.insert(sampleName('the-name', id(n)))),
        );
        const outcomes = await Promise.allSettled(writes);
        assert.deepEqual(
          outcomes.map(outcome => outcome.status),
          ['fulfilled', 'rejected'],
        );
        assert.equal((await store.names.find('test', PROJECT.id, 'the-name'))?.keyId, id(100));
      }));

    it('undoes a savepoint alone', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await tx.settings.put('before', '1');
          const failed = tx.savepoint(async () => {
            await tx.settings.put('inside', '1');
            await tx.settings.put('before', '2');
            throw new Stop();
          });
          await assert.rejects(failed, Stop);
          assert.equal(await tx.settings.get('before'), '1');
          await tx.settings.put('after', '1');
          assert.equal(await tx.savepoint(async () => tx.settings.put('kept', '1').then(() => 5)), 5);
        });
        assert.equal(await store.settings.get('before'), '1');
        assert.equal(await store.settings.get('inside'), undefined);
        assert.equal(await store.settings.get('after'), '1');
        assert.equal(await store.settings.get('kept'), '1');
      }));

    it('nests savepoints', () =>
      subject.withStore(async store => {
        await store.transaction(tx =>
          tx.savepoint(async () => {
            await tx.settings.put('outer', '1');
            const inner = tx.savepoint(async () => {
              await tx.settings.put('inner', '1');
              throw new Stop();
            });
            await assert.rejects(inner, Stop);
          }),
        );
        assert.equal(await store.settings.get('outer'), '1');
        assert.equal(await store.settings.get('inner'), undefined);
      }));

    it('goes on after a failed statement once its savepoint is undone, and only then', () =>
      subject.withStore(async store => {
        await store.transaction(async tx => {
          await insertHome(tx);
          const dangling = tx.savepoint(() => tx.names.insert(sampleName('a', id(404))));
          await assert.rejects(dangling, isCode('conflict'));
          await tx.settings.put('after', '1');
        });
        assert.equal(await store.settings.get('after'), '1');

        const looksAway = store.transaction(async tx => {
          await tx.settings.put('after', '2');
          await assert.rejects(tx.names.insert(sampleName('a', id(404))), isCode('conflict'));
          await assert.rejects(tx.settings.put('after', '3'), isCode('conflict'));
        });
        await assert.rejects(looksAway, isCode('conflict'));
        assert.equal(await store.settings.get('after'), '1');
      }));

    it('refuses a transaction that is over', () =>
      subject.withStore(async store => {
        const kept = await store.transaction(async tx => tx);
        await assert.rejects(kept.settings.get('a'), /not used after its end/);
        await assert.rejects(kept.settings.put('a', 'b'), /not used after its end/);
      }));

    it('finishes what runs when it is closed, rejects what comes after, and may be closed twice', () =>
      subject.withPlace(async place => {
        const store = await place.open();
        const first = store.transaction(tx => tx.settings.put('a', '1'));
        await Promise.all([first, store.close(), store.close()]);
        await assert.rejects(
          store.transaction(tx => tx.settings.put('a', '2')),
          isCode('storeUnavailable'),
        );
        await assert.rejects(store.probe(), isCode('storeUnavailable'));
        const again = await place.open();
        assert.equal(await again.settings.get('a'), '1');
        await again.close();
      }));
  });
}
