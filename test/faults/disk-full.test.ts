// The disk runs full under load: everything is refused with the fault that clients repeat, nothing is half written, the server says that
// it is not ready, and it goes on by itself once there is space.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { credentialsOf } from '../crash/installation.ts';
import { ChildServer } from '../support/child-server.ts';
import { Load } from '../support/load.ts';
import { LoadClient } from '../support/load-client.ts';
import { LogWatch } from '../support/load-log.ts';
import { SEED } from '../support/load-random.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { mountSmallDisk } from './small-disk.ts';

const DISK_MEGABYTES = 32;
/** An empty PostgreSQL takes forty of them. */
const POSTGRES_DISK_MEGABYTES = 128;
const ROUNDS = 3;
const LANES = 6;
const ANSWERS_BEFORE = 200;
const ANSWERS_AFTER = 100;
/** Requests that find the disk full before it is freed. */
const RETRIES_WHILE_FULL = 60;
const RETRY_MS = 5;
const RETRIES_MAX = 20_000;

console.log(`TEST_SEED=${SEED}`);

test('a full disk refuses, keeps everything, and is recovered from without help', async () => {
  const disk = mountSmallDisk(DISK_MEGABYTES);
  if (disk === undefined) return;
  try {
    await fillAgainAndAgain('SQLite', disk, { dataDir: disk.directory, store: 'sqlite' });
  } finally {
    disk.remove();
  }
});

test('a full disk of the tables of PostgreSQL refuses, keeps everything, and is recovered from without help', async () => {
  const disk = mountSmallDisk(POSTGRES_DISK_MEGABYTES);
  if (disk === undefined) return;
  const [dataDir, logDirectory] = await Promise.all([temporaryDirectory(), temporaryDirectory()]);
  let postgres: PostgresServer | undefined;
  try {
    postgres = await startPostgres({ directory: disk.directory, logDirectory });
    const store = await postgres.createDatabase();
    await fillAgainAndAgain('tables of PostgreSQL', disk, { dataDir, store });
  } finally {
    await postgres?.stop();
    disk.remove();
  }
});

test('a full disk of the log of PostgreSQL ends it, and once it is back everything is there', async () => {
  const disk = mountSmallDisk(POSTGRES_DISK_MEGABYTES);
  if (disk === undefined) return;
  const dataDir = await temporaryDirectory();
  let postgres: PostgresServer | undefined;
  try {
    const server = await startPostgres({ directory: disk.directory, logFileMegabytes: 1 });
    postgres = server;
    const store = await server.createDatabase();
    // Whoever frees the disk also looks after the server: it may have ended.
    const free = async () => {
      disk.free();
      await server.crashAndRestart();
    };
    await fillAgainAndAgain('log of PostgreSQL', { ...disk, free }, { dataDir, store });
  } finally {
    await postgres?.stop();
    disk.remove();
  }
});

interface Disk {
  fill(): void;
  free(): void | Promise<void>;
}

/** Round by round: fills the disk under load and frees it, and then kills the server while it is full. */
async function fillAgainAndAgain(
  name: string,
  disk: Disk,
  settings: { readonly dataDir: string; readonly store: string },
): Promise<void> {
  const { dataDir } = settings;
  const load = new Load(SEED, LANES);
  const watch = new LogWatch();
  let server = await ChildServer.load();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const started = await server.start(settings);
      assert.ok(started !== undefined, 'a server whose disk was full starts again');
      const client = new LoadClient({ url: started.url, credentials: credentialsOf(dataDir) });
      assert.ok(await load.settle(client));

      await fillUnderLoad({ client, load, watch, disk });
      assert.ok(server.alive, 'a full disk does not end the server');
      assert.equal(await client.ready(), 200);
      assert.ok(await load.settle(client));
      await load.compare(client);
      await watch.catchUp(from => server.leaves(dataDir, from), load.takeAnswers());

      // Killed while the disk is full: what is there is enough to start again.
      disk.fill();
      await server.kill();
      client.close();
      server = await ChildServer.load();
      await disk.free();
    }
    const started = await server.start(settings);
    assert.ok(started !== undefined);
    const client = new LoadClient({ url: started.url, credentials: credentialsOf(dataDir) });
    const entries = await watch.verifyExport(client);
    client.close();
    const { answered, unanswered, happened } = load.counts;
    console.log(
      `disk of the ${name} filled ${2 * ROUNDS} times: ${answered} answers all kept, ${unanswered} refused for want of space, ${happened} of them had changed something; ${entries} entries verified`,
    );
  } finally {
    await server.kill();
  }
}

interface Filling {
  readonly client: LoadClient;
  readonly load: Load;
  readonly watch: LogWatch;
  readonly disk: Disk;
}

/** Fills the disk in the middle of the load, and frees it again when enough was refused. */
async function fillUnderLoad({ client, load, watch, disk }: Filling): Promise<void> {
  const before = load.counts.answered;
  let state: 'spacious' | 'full' | 'freed' = 'spacious';
  let answersAtFree = 0;
  let retries = 0;
  const readiness: Promise<void>[] = [];
  const goesOn = () => {
    const { answered } = load.counts;
    if (state === 'spacious' && answered - before >= ANSWERS_BEFORE) {
      disk.fill();
      state = 'full';
    }
    if (state === 'full' && retries >= RETRIES_WHILE_FULL && readiness.length === 0) {
      readiness.push(
        client.ready().then(async status => {
          assert.equal(status, 503, 'a server that cannot write is not ready');
          await disk.free();
          state = 'freed';
          answersAtFree = load.counts.answered;
        }),
      );
    }
    return state !== 'freed' || answered - answersAtFree < ANSWERS_AFTER;
  };
  await watch.takeCheckpoint(client);
  await load.persist(client, goesOn, () => {
    retries += 1;
    assert.ok(retries < RETRIES_MAX, 'the server finds its way back by itself');
    return pause(RETRY_MS);
  });
  await Promise.all(readiness);
}
