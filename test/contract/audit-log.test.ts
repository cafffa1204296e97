// The audit log over a real store: one entry's fault stays its own, and nothing is signed and shown before it is durable.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyReceipt } from '../../src/audit/receipt.ts';
import { noteSigner } from '../../src/audit/signed-note.ts';
import { decodeUtf8 } from '../../src/base/bytes.ts';
import type { Store } from '../../src/core/ports/store.ts';
import type { AuditEntry } from '../../src/domain/audit-entry.ts';
import { openStore } from '../../src/store/index.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const SIGNER = noteSigner('keyhold/test', generateKeyPairSync('ed25519').privateKey);

function entry(requestId: string, details: AuditEntry['details'] = {}): AuditEntry {
  return {
    at: 1_800_000_000_000,
    operation: 'key.read',
    kind: 'read',
    outcome: 'ok',
    protocol: 'test',
    requestId,
    targets: [],
    details,
  };
}

function openStoreIn(directory: string, flush?: () => Promise<void>): Promise<Store> {
  const onFatal = (error: unknown) => {
    throw error;
  };
  return openStore('sqlite', { dataDirectory: directory, onFatal, flush });
}

const openLog = (store: Store) => openAuditLog({ store, signer: SIGNER, clock: { now: () => 0 } });

test('details that cannot be written are left out, and cost nobody else an entry', async () => {
  const directory = await temporaryDirectory();
  const store = await openStoreIn(directory);
  const log = await openLog(store);
  const unfit = [{ named: 'half a pair: \ud83d' }, { delayMs: 0.5 }, { delayMs: Number.NaN }];
  const indices = await Promise.all([
    log.record(entry('before', { named: 'a' })),
    ...unfit.map((details, at) => log.record(entry(`unfit ${at}`, details))),
    log.record(entry('after', { named: 'b' })),
  ]);
  assert.deepEqual(indices, [0, 1, 2, 3, 4]);
  const leaves = await store.log.leaves(0, 5);
  const entries = leaves.map(({ leaf }) => JSON.parse(decodeUtf8(leaf)) as AuditEntry);
  assert.deepEqual(
    entries.map(({ requestId }) => requestId),
    ['before', 'unfit 0', 'unfit 1', 'unfit 2', 'after'],
  );
  assert.deepEqual(entries[0]?.details, { named: 'a' });
  assert.deepEqual(entries[1]?.details, { omitted: 'unfit' });
  await store.close();
});

test('a checkpoint is signed for the log as it is, also when the store answers late with an older state', async () => {
  const directory = await temporaryDirectory();
  const store = await openStoreIn(directory);
  let hold: Promise<void> | undefined;
  const late: Store = {
    ...store,
    log: {
      ...store.log,
      async head() {
        const head = await store.log.head();
        await hold;
        return head;
      },
    },
  };
  const log = await openLog(late);
  await log.record(entry('one'));
  const { promise, resolve } = Promise.withResolvers<void>();
  hold = promise;
  const checkpoint = log.checkpoint();
  const index = await log.record(entry('two'));
  resolve();
  assert.equal((await checkpoint).split('\n')[1], '2');
  assert.ok(verifyReceipt(await log.receipt(index), [SIGNER]).ok);
  await store.close();
});

test('an export shows no checkpoint of what is not durable yet', async () => {
  const directory = await temporaryDirectory();
  let held: PromiseWithResolvers<void> | undefined;
  const store = await openStoreIn(directory, () => held?.promise ?? Promise.resolve());
  const log = await openLog(store);
  await log.record(entry('one'));
  held = Promise.withResolvers<void>();
  const recorded = log.record(entry('two'));
  while ((await store.log.leaves(1, 1)).length === 0) await sleep(1);
  // Committed and visible, and not yet on the disk: a power loss could put another second entry in its place.
  const lines: string[] = [];
  const exported = (async () => {
    for await (const line of log.export()) lines.push(line);
  })();
  for (let turns = 0; turns < 50; turns += 1) await sleep(1);
  assert.ok(!lines.some(line => line.startsWith('{"checkpoint"')));
  held.resolve();
  held = undefined;
  await Promise.all([recorded, exported]);
  assert.ok(lines.at(-1)?.startsWith('{"checkpoint"'));
  await store.close();
});

test('search by time finds entries whatever the clocks of the nodes said, also after a start', async () => {
  const directory = await temporaryDirectory();
  let store = await openStoreIn(directory);
  let log = await openLog(store);
  const HOUR_MS = 3_600_000;
  // A clock that was a day ahead and then set right, and a node three hours behind.
  const hours = [0, 1, 2, 27, 28, 4, 5, 2, 6, 3, 7, 8];
  for (const [at, hour] of hours.entries()) {
    if (at === 6) {
      await store.close();
      store = await openStoreIn(directory);
      log = await openLog(store);
    }
    await log.record({ ...entry(`at ${at}`), at: hour * HOUR_MS });
  }
  assert.equal((await store.log.head())?.disorderMs, 26 * HOUR_MS);
  assert.equal((await store.log.head())?.latestAt, 28 * HOUR_MS);
  for (let from = 0; from < 30; from += 1) {
    const filter = { fromMs: from * HOUR_MS, untilMs: (from + 2) * HOUR_MS };
    const found = await store.log.search(filter, { limit: 100, newestFirst: false });
    const expected = [...hours.keys()].filter(at => [from, from + 1].includes(hours[at] ?? -1));
    assert.deepEqual(
      found.map(({ index }) => index),
      expected,
      `${from}`,
    );
  }
  await store.close();
});
