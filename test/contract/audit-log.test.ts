// The audit log over a real store: one entry's fault stays its own, and nothing is signed and shown before it is durable.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyReceipt } from '../../src/audit/receipt.ts';
import { noteSigner } from '../../src/audit/signed-note.ts';
import { verifyExport } from '../../src/audit/verify.ts';
import { decodeUtf8, utf8 } from '../../src/base/bytes.ts';
import type { Store } from '../../src/core/ports/store.ts';
import type { AuditEntry } from '../../src/domain/audit-entry.ts';
import { KmsError } from '../../src/domain/errors.ts';
import { LIMITS } from '../../src/domain/limits.ts';
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

test('an entry that would be too long is kept without its details and without most of its targets', async () => {
  const store = await openStoreIn(await temporaryDirectory());
  const log = await openLog(store);
  const targets = Array.from(
    { length: 2_000 },
    (_, n) => ({ type: 'key', id: `key ${n} ${'x'.repeat(60)}` }) as const,
  );
  await log.record({ ...entry('long', { said: 'x'.repeat(70_000) }), targets });
  const [row] = await store.log.leaves(0, 1);
  assert.ok(row !== undefined && row.leaf.length <= LIMITS.auditEntryBytesMax);
  const kept = JSON.parse(decodeUtf8(row.leaf)) as AuditEntry;
  assert.deepEqual([kept.requestId, kept.targets.length], ['long', 100]);
  assert.deepEqual(Object.keys(kept.details), ['omittedBytes']);
  await log.record({
    ...entry('unfit'),
    targets: [
      { type: 'key', id: '\ud83d' },
      { type: 'key', id: 'fit' },
    ],
  });
  const [unfit] = await store.log.leaves(1, 1);
  assert.ok(unfit !== undefined);
  assert.deepEqual((JSON.parse(decodeUtf8(unfit.leaf)) as AuditEntry).targets, [{ type: 'key', id: 'fit' }]);
  await store.close();
});

test('the last use of a key is a use that was answered', async () => {
  const store = await openStoreIn(await temporaryDirectory());
  const log = await openLog(store);
  const of = (requestId: string, changes: Partial<AuditEntry>) =>
    log.record({ ...entry(requestId), kind: 'use', targets: [{ type: 'key', id: 'k' }], ...changes });
  await of('used', {});
  await of('refused', { outcome: 'denied' });
  await of('read', { kind: 'read' });
  await of('used elsewhere', { targets: [{ type: 'key', id: 'other' }] });
  assert.equal((await store.log.lastUse('k'))?.index, 0);
  await store.close();
});

test('a change that was refused leaves its entries alone, and whoever comes behind counts all of them', async () => {
  const store = await openStoreIn(await temporaryDirectory());
  const log = await openLog(store);
  const entries = [entry('first'), entry('second')];
  const change = (ok: boolean) =>
    log.commit(async tx => {
      await tx.settings.put(ok ? 'kept' : 'refused', 'written');
      return ok ? { ok, value: 1, entries } : { ok, error: new KmsError('conflict', 'no'), entries };
    });
  const [refused, kept, index] = await Promise.all([change(false), change(true), log.record(entry('third'))]);
  assert.deepEqual([refused.ok, kept.ok, index], [false, true, 4]);
  assert.equal(await store.settings.get('refused'), undefined);
  assert.equal(await store.settings.get('kept'), 'written');
  await store.close();
});

test('nodes that append in turns make one log, which each can prove, and tiles that became full are found again', async () => {
  const directory = await temporaryDirectory();
  const store = await openStoreIn(directory);
  const nodes = [await openLog(store), await openLog(store)] as const;
  const indices = [];
  for (let n = 0; n < 6; n += 1) indices.push(await nodes[n % 2 === 0 ? 0 : 1].record(entry(`entry ${n}`)));
  assert.deepEqual(indices, [0, 1, 2, 3, 4, 5]);
  await Promise.all(Array.from({ length: 600 }, (_, n) => nodes[0].record(entry(`more ${n}`))));
  const again = await openLog(store);
  for (const node of [...nodes, again]) {
    for (const at of [3, 260, 605]) assert.ok(verifyReceipt(await node.receipt(at), [SIGNER]).ok, `${at}`);
    await assert.rejects(node.receipt(606), { code: 'notFound' });
    assert.equal((await node.checkpoint()).split('\n')[1], '606');
  }
  await store.close();
});

test('a stored checkpoint follows the log, and an export holds them all in their order', async () => {
  const store = await openStoreIn(await temporaryDirectory());
  const log = await openLog(store);
  for (let n = 0; n < 3; n += 1) {
    await log.record(entry(`entry ${n}`));
    await log.storeCheckpoint();
    await log.storeCheckpoint();
  }
  const sizes = (await store.log.checkpoints(10)).map(({ size }) => size);
  assert.deepEqual(sizes, [3, 2, 1]);
  const lines = async function* () {
    for await (const line of log.export()) yield utf8(line);
  };
  const verified = await verifyExport(lines(), { verifiers: [SIGNER] });
  assert.deepEqual([verified.ok, verified.checkpoints, verified.verifiedSize], [true, 3, 3]);
  await store.close();
});

test('a log without its signer goes on being written, and says nothing that would have to be signed', async () => {
  const store = await openStoreIn(await temporaryDirectory());
  const log = await openLog(store);
  await log.record(entry('signed'));
  await log.checkpoint();
  log.stopSigning();
  const sealed = { code: 'sealed' };
  await assert.rejects(log.checkpoint(), sealed);
  await assert.rejects(log.receipt(0), sealed);
  await assert.rejects(log.export()[Symbol.asyncIterator]().next(), sealed);
  assert.throws(() => log.verifierKey, sealed);
  await log.storeCheckpoint();
  assert.deepEqual(await store.log.checkpoints(1), []);
  assert.equal(await log.record(entry('sealed')), 1);
  await log.beginSigning(SIGNER);
  assert.equal((await log.checkpoint()).split('\n')[1], '2');
  await store.close();
});

test('a log that has lost what it had signed, or has other entries in their place, is not opened', async () => {
  const longer = await openStoreIn(await temporaryDirectory());
  const signed = await openLog(longer);
  for (const name of ['one', 'two', 'three']) await signed.record(entry(name));
  const note = await signed.checkpoint();
  await longer.close();
  for (const names of [['one'], ['one', 'two', 'other', 'more']]) {
    const store = await openStoreIn(await temporaryDirectory());
    const log = await openLog(store);
    for (const name of names) await log.record(entry(name));
    await store.transaction(tx => tx.log.putCheckpoint(3, note));
    await assert.rejects(openLog(store), /does not contain the checkpoint of 3 entries/);
    await store.close();
  }
});
