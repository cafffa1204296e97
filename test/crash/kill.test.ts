// kill -9 under load, hundreds of times, on SQLite and on PostgreSQL; and a PostgreSQL that crashes under a server that lives on.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ChildServer } from '../support/child-server.ts';
import { Load } from '../support/load.ts';
import { LoadClient } from '../support/load-client.ts';
import { LogWatch } from '../support/load-log.ts';
import { SEED } from '../support/load-random.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { crashCycles, noCounts, printCounts } from './cycles.ts';
import { credentialsOf } from './installation.ts';

/** Batches of installations that are served, and killed, by one process; new ones now and then, since small logs have edges of their own. */
const SQLITE = { batches: 2, installations: 4, kills: 28 } as const;
const POSTGRES = { batches: 1, installations: 4, kills: 20 } as const;
const POSTGRES_CRASHES = 6;
const LANES = 6;
const ANSWERS_BETWEEN_CRASHES = 150;
const RETRY_MS = 20;
const RETRIES_MAX = 10_000;

console.log(`TEST_SEED=${SEED}`);

test('what SQLite has acknowledged survives kill -9', async () => {
  const counts = noCounts();
  for (let batch = 0; batch < SQLITE.batches; batch += 1) {
    const stores = Array.from({ length: SQLITE.installations }, () => 'sqlite');
    await crashCycles(stores, SQLITE.kills, SEED + 100 * batch, counts);
  }
  printCounts('SQLite', counts);
  assert.equal(counts.kills, SQLITE.batches * SQLITE.installations * SQLITE.kills);
});

let postgres: PostgresServer | undefined;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres?.stop());

test('what PostgreSQL has acknowledged survives kill -9 of the server', async () => {
  assert.ok(postgres !== undefined);
  const counts = noCounts();
  for (let batch = 0; batch < POSTGRES.batches; batch += 1) {
    const stores: string[] = [];
    while (stores.length < POSTGRES.installations) stores.push(await postgres.createDatabase());
    await crashCycles(stores, POSTGRES.kills, SEED + 1_000 + 100 * batch, counts);
  }
  printCounts('PostgreSQL', counts);
  assert.equal(counts.kills, POSTGRES.batches * POSTGRES.installations * POSTGRES.kills);
});

test('a server outlives crashes of its PostgreSQL and has lost nothing', async () => {
  assert.ok(postgres !== undefined);
  const { crashAndRestart } = postgres;
  const dataDir = mkdtempSync(join(tmpdir(), 'keyhold-crash-'));
  const server = await ChildServer.load();
  try {
    const started = await server.start({ dataDir, store: await postgres.createDatabase() });
    assert.ok(started !== undefined);
    const client = new LoadClient({ url: started.url, credentials: credentialsOf(dataDir) });
    const load = new Load(SEED + 2_000, LANES);
    const watch = new LogWatch();
    for (let crash = 0; crash < POSTGRES_CRASHES; crash += 1) {
      await watch.takeCheckpoint(client);
      const enough = load.counts.answered + 2 * ANSWERS_BETWEEN_CRASHES;
      let crashing: Promise<void> | undefined;
      let retries = 0;
      const goesOn = () => {
        if (load.counts.answered >= enough - ANSWERS_BETWEEN_CRASHES) crashing ??= crashAndRestart();
        return load.counts.answered < enough;
      };
      await load.persist(client, goesOn, () => {
        retries += 1;
        assert.ok(retries < RETRIES_MAX, 'the server finds its way back by itself');
        return pause(RETRY_MS);
      });
      await crashing;
      assert.ok(await load.settle(client));
      await load.compare(client, crash === POSTGRES_CRASHES - 1 ? undefined : 3);
      await watch.catchUp(from => server.leaves(dataDir, from), load.takeAnswers());
      assert.ok(server.alive);
    }
    const entries = await watch.verifyExport(client);
    client.close();
    const { answered, unanswered, happened } = load.counts;
    console.log(
      `PostgreSQL crashed ${POSTGRES_CRASHES} times: ${answered} answers all kept, ${unanswered} requests failed, ${happened} of them had changed something; ${entries} entries verified`,
    );
  } finally {
    await server.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
