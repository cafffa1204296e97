// Nothing acknowledged is lost: a killed process, a crashed server, a full disk, a disk that fails to sync.

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { must } from '../../src/base/assert.ts';
import type { Store } from '../../src/core/ports/store.ts';
import type { KmsError } from '../../src/domain/errors.ts';
import { openStore } from '../../src/store/index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { insertHome, isCode, PROJECT } from './store-samples.ts';
import { storeOptions, withDirectory } from './store-subjects.ts';

let server: PostgresServer | undefined;
const postgres = () => must(server, 'the server runs before the tests');
before(async () => {
  server = await startPostgres();
});
after(() => server?.stop());

/** Runs the load in a process of its own, kills it after so many acknowledgements, and returns what it acknowledged. */
async function killUnderLoad(setting: string, directory: string, count: number): Promise<readonly string[]> {
  const script = join(import.meta.dirname, 'store-load.ts');
  const child = spawn(process.execPath, [script, setting, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  await ended;
  assert.ok(acknowledged.length >= count, 'the load ran until it was killed');
  return acknowledged;
}

/** Every acknowledged pair is there, and every pair is whole. */
async function checkPairs(store: Store, acknowledged: readonly string[]): Promise<void> {
  for (const n of acknowledged) assert.ok((await store.settings.get(`left-${n}`)) !== undefined, `pair ${n}`);
  await using snapshot = store.snapshot();
  const names = new Set<string>();
  for await (const row of snapshot.rows('settings')) names.add(String(row.name));
  const lefts = [...names].filter(name => name.startsWith('left-'));
  assert.equal(names.size, 2 * lefts.length);
  for (const left of lefts) assert.ok(names.has(left.replace('left', 'right')), left);
}

describe('a process that is killed', () => {
  it('loses no acknowledged transaction on SQLite, and its lock with its life', () =>
    withDirectory(async directory => {
      for (const count of [50, 400]) {
        const acknowledged = await killUnderLoad('sqlite', directory, count);
        const store = await openStore('sqlite', storeOptions(directory));
        await checkPairs(store, acknowledged);
        await store.close();
      }
    }));

  it('loses no acknowledged transaction on PostgreSQL, and leaves other nodes free to write', async () => {
    const setting = await postgres().createDatabase();
    const other = await openStore(setting, storeOptions('nowhere'));
    const acknowledged = await killUnderLoad(setting, 'nowhere', 200);
    await other.transaction(tx => tx.settings.put('left-other', 'x'));
    await other.transaction(tx => tx.settings.put('right-other', 'x'));
    await checkPairs(other, acknowledged);
    await other.close();
  });
});

describe('a PostgreSQL server that crashes', () => {
  it('keeps what it acknowledged; the store says so meanwhile and comes back by itself', async () => {
    const store = await openStore(await postgres().createDatabase(), storeOptions('nowhere'));
    const acknowledged: string[] = [];
    let refused = 0;
    let running = true;
    const load = async () => {
      for (let n = 0; running; n += 1) {
        try {
          await store.transaction(async tx => {
            await tx.settings.put(`left-${n}`, '1');
            await tx.settings.put(`right-${n}`, '1');
          });
          acknowledged.push(String(n));
        } catch (error) {
          assert.ok(isCode('storeUnavailable')(error), String(error));
          refused += 1;
          await sleep(20);
        }
      }
    };
    const loaded = load();
    while (acknowledged.length < 50) await sleep(5);
    await postgres().crashAndRestart();
    const before = acknowledged.length;
    while (acknowledged.length < before + 50) await sleep(5);
    running = false;
    await loaded;
    assert.ok(refused > 0);
    await checkPairs(store, acknowledged);
    await store.probe();
    await store.close();
  });
});

/** Lets a test decide when and how each flush ends. */
function heldFlushes() {
  const flushes: PromiseWithResolvers<void>[] = [];
  const flush = () => {
    const held = Promise.withResolvers<void>();
    flushes.push(held);
    return held.promise;
  };
  return { flushes, flush };
}

describe('the flush of a SQLite commit', () => {
  it('comes before the acknowledgement, while the next transaction runs', () =>
    withDirectory(async directory => {
      const { flushes, flush } = heldFlushes();
      const opening = openStore('sqlite', { ...storeOptions(directory), flush });
      let store: Store | undefined;
      const opened = opening.then(value => {
        store = value;
      });
      while (store === undefined) {
        for (const held of flushes) held.resolve();
        await sleep(1);
      }
      await opened;
      flushes.length = 0;

      const done: string[] = [];
      const write = (name: string) =>
        must(store, 'the store is open')
          .transaction(tx => tx.settings.put(name, '1'))
          .then(() => done.push(name));
      const first = write('first');
      while (flushes.length < 1) await sleep(1);
      const others = [write('second'), write('third')];
      while ((await store.settings.get('third')) === undefined) await sleep(1);
      assert.deepEqual(done, [], 'committed, and not acknowledged');
      flushes[0]?.resolve();
      await first;
      assert.deepEqual(done, ['first']);
      // One flush covers both commits that came meanwhile.
      while (flushes.length < 2) await sleep(1);
      flushes[1]?.resolve();
      await Promise.all(others);
      assert.equal(flushes.length, 2);
      await store.close();
    }));

  it('is never repeated after it failed: the store ends for good', () =>
    withDirectory(async directory => {
      let failing = false;
      let calls = 0;
      const fatal: KmsError[] = [];
      const flush = async () => {
        calls += 1;
        if (failing) throw new Error('EIO: the disk is gone');
      };
      const store = await openStore('sqlite', {
        ...storeOptions(directory),
        onFatal: error => fatal.push(error),
        flush,
      });
      await store.transaction(async tx => {
        await tx.settings.put('a', '1');
        await insertHome(tx);
      });
      // Read before, so that it might be remembered.
      assert.deepEqual(await store.projects.find(PROJECT.id), PROJECT);
      failing = true;
      const both = [1, 2].map(n => store.transaction(tx => tx.settings.put(`lost-${n}`, '1')));
      for (const one of both) await assert.rejects(one, isCode('storeUnavailable'));
      failing = false;
      const callsAtFailure = calls;
      await assert.rejects(store.settings.get('a'), isCode('storeUnavailable'));
      await assert.rejects(store.projects.find(PROJECT.id), isCode('storeUnavailable'));
      await assert.rejects(
        store.transaction(tx => tx.settings.put('b', '1')),
        isCode('storeUnavailable'),
      );
      await assert.rejects(store.probe(), isCode('storeUnavailable'));
      assert.equal(calls, callsAtFailure);
      assert.equal(fatal.length, 1);
      await store.close();

      const again = await openStore('sqlite', storeOptions(directory));
      assert.equal(await again.settings.get('a'), '1');
      await again.close();
    }));
});

describe('a disk that is full', () => {
  it(
    'refuses the transaction whole, and takes it once there is space again',
    { skip: process.platform !== 'linux' && 'needs prlimit of Linux to bound the size of files' },
    () =>
      withDirectory(async directory => {
        const script = join(import.meta.dirname, 'store-filler.ts');
        // A bound on the size of files stands for the end of the disk. Past it a write fails, once the signal is ignored.
        const bounded = `trap '' XFSZ; ulimit -S -f 8192; exec "$0" "$@"`;
        const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
          'bash',
          ['-c', bounded, process.execPath, script, directory],
          { stdio: ['pipe', 'pipe', 'inherit'] },
        );
        const ended = once(child, 'exit');
        const said: string[] = [];
        for await (const line of createInterface({ input: child.stdout })) {
          said.push(line);
          if (line !== 'full') continue;
          const lifted = spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
          assert.equal(lifted.status, 0);
          child.stdin.write('go on\n');
        }
        assert.deepEqual(await ended, [0, null]);
        assert.deepEqual(said, ['full', 'resumed']);
      }),
  );
});

describe('the write-ahead log of SQLite', () => {
  it('stays short under a load without a pause', () =>
    withDirectory(async directory => {
      const store = await openStore('sqlite', storeOptions(directory));
      const document = 'x'.repeat(1_000_000);
      for (let n = 0; n < 150; n += 1) {
        await store.transaction(tx => tx.facets.put(`object-${n % 10}`, 'test', document));
        assert.equal(await store.facets.get(`object-${n % 10}`, 'other'), undefined);
      }
      const walBytes = statSync(join(directory, 'keyhold.db-wal')).size;
      assert.ok(walBytes < 80_000_000, `${walBytes} bytes`);
      await store.close();
      // Closed in good order, the log is gone: the database is one file, beside the lock.
      assert.deepEqual(
        readdirSync(directory).filter(name => !name.includes('.lock')),
        ['keyhold.db'],
      );
    }));
});
