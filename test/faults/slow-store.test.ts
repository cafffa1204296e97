// A store that hangs and comes back: what waits is bounded, the rest is told at once that the server is overloaded, memory stays within
// bounds, and when the store answers again everything that waited is answered, once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pg from 'pg';
import { execute } from '../../src/core/execute.ts';
import { generateRandom } from '../../src/core/operations/crypto/generate-random.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import type { Store } from '../../src/core/ports/store.ts';
import { KmsError } from '../../src/domain/errors.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { LoadClient } from '../support/load-client.ts';
import { startPostgres } from '../support/postgres.ts';
import { systemContext } from '../support/system.ts';

/** More than the queue of the audit log and one batch hold together. */
const REQUESTS = 20_000;
/** What the queue of src/audit/log.ts and the batch under way hold. */
const WAITING_MAX = 16_384 + 512;
const MEGABYTE = 1024 * 1024;
/** About 8 kB for each request that waits. */
const HEAP_GROWTH_MAX = 128 * MEGABYTE;

/** A store whose transactions wait while it is closed. */
class Gate {
  #open = Promise.withResolvers<void>();
  #closed = false;

  around(store: Store): Store {
    const transaction: Store['transaction'] = async work => {
      if (this.#closed) await this.#open.promise;
      return store.transaction(work);
    };
    return { ...store, transaction };
  }

  close(): void {
    this.#closed = true;
    this.#open = Promise.withResolvers<void>();
  }

  open(): void {
    this.#closed = false;
    this.#open.resolve();
  }
}

test('a hanging store fills a bounded queue, and whoever waits is answered when it comes back', async () => {
  const gate = new Gate();
  const server = await startKeyhold({ aroundStore: store => gate.around(store) });
  try {
    const before = heapBytes();
    const sizeBefore = await logSize(server);
    gate.close();
    const outcomes = new Map<string, number>();
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const requests = Array.from({ length: REQUESTS }, () =>
      randomBytes(server).then(() => count('ok'), countRefusal(count)),
    );
    await untilQuiet(outcomes);

    const refused = outcomes.get('overloaded') ?? 0;
    assert.ok(refused >= REQUESTS - WAITING_MAX, `${refused} were refused`);
    assert.deepEqual([...outcomes.keys()], ['overloaded'], 'nothing was answered that is not recorded');
    const growth = heapBytes() - before;
    assert.ok(growth < HEAP_GROWTH_MAX, `the heap grew by ${Math.round(growth / MEGABYTE)} MB`);

    gate.open();
    await Promise.all(requests);
    assert.equal(outcomes.get('ok'), REQUESTS - refused, 'everything that waited was done');
    assert.equal((await logSize(server)) - sizeBefore, REQUESTS - refused, 'and recorded, each once');
    await randomBytes(server);
    console.log(
      `hanging store: ${REQUESTS} requests, ${refused} refused at once, ${outcomes.get('ok')} answered afterwards, heap +${Math.round(growth / MEGABYTE)} MB`,
    );
  } finally {
    gate.open();
    await server.stop();
  }
});

test('a change that waits for a hanging store is made once', async () => {
  const gate = new Gate();
  const server = await startKeyhold({ aroundStore: store => gate.around(store) });
  try {
    gate.close();
    const input = { algorithm: 'aes-256', location: 'here' } as const;
    const waiting = Array.from({ length: 50 }, () =>
      execute(server.kms, createKey, contextOf(server), input),
    );
    gate.open();
    const made = await Promise.all(waiting);
    const { items } = await server.kms.store.keys.list({ projectId: projectOf(server) }, { limit: 1_000 });
    assert.deepEqual(items.map(({ id }) => id).sort(), made.map(({ key }) => key.id).sort());
  } finally {
    gate.open();
    await server.stop();
  }
});

test('writers of PostgreSQL that wait for another are answered when it lets go', async () => {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const server = await startKeyhold({ store: url });
  const other = new pg.Client({ connectionString: url });
  try {
    await other.connect();
    const client = new LoadClient({ url: server.url, credentials: server.credentials });
    await other.query('BEGIN; LOCK TABLE log_entries IN EXCLUSIVE MODE');
    let answered = 0;
    const calls = Array.from({ length: 100 }, async () => {
      const reply = await client.call('CreateKey', {});
      answered += 1;
      return reply?.outcome;
    });
    // Every one of them has been read and waits: readers go on meanwhile.
    assert.equal((await other.query('SELECT count(*) FROM keys')).rowCount, 1);
    assert.equal(await client.ready(), 200);
    assert.equal(answered, 0, 'nothing is answered before its entry is written');
    await other.query('ROLLBACK');
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(['ok']));
    client.close();
  } finally {
    await other.end();
    await server.stop();
    await postgres.stop();
  }
});

function randomBytes(server: TestKeyhold): Promise<unknown> {
  return execute(server.kms, generateRandom, contextOf(server), { bytes: 32 });
}

const contextOf = (server: TestKeyhold) => systemContext(projectOf(server));

function projectOf(server: TestKeyhold): string {
  return server.credentials.project.id;
}

function countRefusal(count: (outcome: string) => void): (thrown: unknown) => void {
  return thrown => count(thrown instanceof KmsError ? thrown.code : String(thrown));
}

/** Until no more requests are refused: all have been taken in. */
async function untilQuiet(outcomes: ReadonlyMap<string, number>): Promise<void> {
  const total = () => [...outcomes.values()].reduce((sum, part) => sum + part, 0);
  for (let seen = -1; seen !== total(); ) {
    seen = total();
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
  }
}

/** The second line of a checkpoint. */
async function logSize(server: TestKeyhold): Promise<number> {
  return Number((await server.kms.auditLog.checkpoint()).split('\n')[1]);
}

function heapBytes(): number {
  setFlagsFromString('--expose_gc');
  const collectGarbage: () => void = runInNewContext('gc');
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
