// kill -9 during the very first start of an installation, as often as it takes: the next start finishes what was begun without waiting for
// the dead, there is one administrator with one credential of each kind, and credentials.json works.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { SettingTexts } from '../../src/server/settings.ts';
import { ChildServer, type Started } from '../support/child-server.ts';
import { LoadClient } from '../support/load-client.ts';
import { LogWatch } from '../support/load-log.ts';
import { SEED, SeededRandom } from '../support/load-random.ts';
import { startPostgres } from '../support/postgres.ts';
import { credentialsOf } from './installation.ts';

const SQLITE_INSTALLATIONS = 20;
const POSTGRES_INSTALLATIONS = 8;
const KILLS_MAX = 3;
const POSTGRES_RACES = 6;
const RACING_NODES = 3;
const POSTGRES_SLEEPS = 5;
const LEASE_OVER_MS = 31_000;
const STARTS_MAX = 3;
/** The clock of each start after a kill stands so much earlier: who waits until something of the killed one runs out waits for hours. */
const BACK_MS = 3_600_000;

const random = new SeededRandom(SEED);
console.log(`TEST_SEED=${SEED}`);

test('a first start on SQLite that was killed is finished by the next', async () => {
  const counts = noCounts();
  for (let at = 0; at < SQLITE_INSTALLATIONS; at += 1) await killedFirstStart('sqlite', counts);
  print('SQLite', counts);
});

test('a first start on PostgreSQL that was killed is finished by the next', async () => {
  const postgres = await startPostgres();
  try {
    const counts = noCounts();
    for (let at = 0; at < POSTGRES_INSTALLATIONS; at += 1) {
      await killedFirstStart(await postgres.createDatabase(), counts);
    }
    print('PostgreSQL', counts);
  } finally {
    await postgres.stop();
  }
});

test('of nodes that start an installation on PostgreSQL at once, one does, whichever of them is killed', async () => {
  const postgres = await startPostgres();
  try {
    const { startMs } = await raced(await postgres.createDatabase(), undefined);
    let late = 0;
    for (let race = 0; race < POSTGRES_RACES; race += 1) {
      const { wasLate } = await raced(await postgres.createDatabase(), (random.next() * startMs) / 2);
      if (wasLate) late += 1;
    }
    console.log(
      `PostgreSQL: ${POSTGRES_RACES} installations begun by ${RACING_NODES} nodes at once of which one was killed, ${late} of them after its start`,
    );
  } finally {
    await postgres.stop();
  }
});

/** Starts all nodes at once on one empty database, kills one of them at the moment, and looks at what the others have made. */
async function raced(
  store: string,
  killAtMs: number | undefined,
): Promise<{ readonly startMs: number; readonly wasLate: boolean }> {
  const rootKeyDir = mkdtempSync(join(tmpdir(), 'keyhold-race-'));
  const nodes = await Promise.all(
    Array.from({ length: RACING_NODES }, async (_, at) => ({
      server: await ChildServer.load(),
      dataDir: join(rootKeyDir, `node-${at}`),
    })),
  );
  try {
    const begun = performance.now();
    const startings = nodes.map(({ server, dataDir }) => server.start({ dataDir, store, rootKeyDir }));
    // Which one goes first is chance, and so is whom it meets.
    const victim = killAtMs === undefined ? undefined : nodes[random.between(0, RACING_NODES - 1)];
    await pause(killAtMs ?? 0);
    await victim?.server.kill();
    const started = await Promise.all(startings);
    const startMs = performance.now() - begun;
    const served = started.find((start, at) => start !== undefined && nodes[at] !== victim);
    assert.ok(served !== undefined, 'the others start');
    const survivors = started.filter((_, at) => nodes[at] !== victim);
    assert.ok(!survivors.includes(undefined), 'all of the others start');
    // The file is where the start was finished: at the killed node, if its end came after that.
    const written = nodes.filter(({ dataDir }) => existsSync(join(dataDir, 'credentials.json')));
    const valid = [];
    for (const { dataDir } of written) {
      const client = new LoadClient({
        url: served.url,
        credentials: credentialsOf(dataDir),
        clockAheadMs: 0,
      });
      if ((await client.admin('/whoami'))?.status === 200) valid.push(client);
      else client.close();
    }
    const [client, ...more] = valid;
    assert.ok(client !== undefined && more.length === 0, 'one node has the credentials');
    await checkContents(client);
    client.close();
    return { startMs, wasLate: victim !== undefined && started[nodes.indexOf(victim)] !== undefined };
  } finally {
    await Promise.all(nodes.map(({ server }) => server.kill()));
    rmSync(rootKeyDir, { recursive: true, force: true });
  }
}

test('a node that stands still in a first start on PostgreSQL undoes nothing of the node that took over', async () => {
  const postgres = await startPostgres();
  try {
    const { startMs } = await raced(await postgres.createDatabase(), undefined);
    const ends = { conflict: 0, after: 0, before: 0 };
    for (let sleep = 0; sleep < POSTGRES_SLEEPS; sleep += 1) {
      ends[await sleptThrough(await postgres.createDatabase(), (random.next() * startMs) / 2)] += 1;
    }
    const { conflict, after, before } = ends;
    console.log(
      `PostgreSQL: ${POSTGRES_SLEEPS} nodes stood still; ${conflict} found that another had taken over, ${after} that all was done, ${before} had done it`,
    );
  } finally {
    await postgres.stop();
  }
});

/** Stops one node at the moment, lets another one take over, wakes the first one up, and looks at what there is. */
async function sleptThrough(store: string, stopAtMs: number): Promise<'conflict' | 'after' | 'before'> {
  const rootKeyDir = mkdtempSync(join(tmpdir(), 'keyhold-sleep-'));
  const [sleeper, waker] = await Promise.all([ChildServer.load(), ChildServer.load()]);
  const [first, second] = ['first', 'second'].map(name => join(rootKeyDir, name)) as [string, string];
  try {
    const starting = Promise.allSettled([sleeper.start({ dataDir: first, store, rootKeyDir })]);
    await pause(stopAtMs);
    sleeper.freeze();
    // What the sleeper holds has run out by the clock of the other one.
    const started = await startAtLast(waker, { dataDir: second, store, rootKeyDir });
    sleeper.thaw();
    const [end] = await starting;
    const tookOver = existsSync(join(second, 'credentials.json'));
    const credentials = credentialsOf(tookOver ? second : first);
    const client = new LoadClient({ url: started.url, credentials, clockAheadMs: LEASE_OVER_MS });
    await checkContents(client);
    client.close();
    if (end.status === 'rejected') {
      // The server cuts off whoever sleeps within a transaction.
      assert.ok(tookOver);
      assert.match(String(end.reason), /taken this work over|stood still|cannot be reached/);
      return 'conflict';
    }
    return tookOver ? 'after' : 'before';
  } finally {
    await Promise.all([sleeper.kill(), waker.kill()]);
    rmSync(rootKeyDir, { recursive: true, force: true });
  }
}

/** A start that waits too long for a lock that the sleeper holds gives up, as it should; by the next one the server has cut the sleeper off. */
async function startAtLast(node: ChildServer, settings: SettingTexts): Promise<Started> {
  for (let tries = 1; ; tries += 1) {
    try {
      const started = await node.start(settings, LEASE_OVER_MS);
      assert.ok(started !== undefined);
      return started;
    } catch (error) {
      if (tries === STARTS_MAX || !/PostgreSQL|audit log cannot be written/.test(String(error))) throw error;
    }
  }
}

interface Counts {
  installations: number;
  kills: number;
  /** Kills that came after the start was done. */
  late: number;
  /** How long a whole first start took lately: kills are aimed into it. */
  startMs: number;
}

function noCounts(): Counts {
  return { installations: 0, kills: 0, late: 0, startMs: 0 };
}

function print(name: string, { installations, kills, late, startMs }: Counts): void {
  console.log(
    `${name}: ${installations} installations after ${kills} kills, ${late} of them after the end of the start; a whole start took ${startMs.toFixed(0)} ms`,
  );
}

async function killedFirstStart(store: string, counts: Counts): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyhold-first-'));
  let server: ChildServer | undefined;
  try {
    const kills = counts.startMs === 0 ? 0 : random.between(1, KILLS_MAX);
    for (let kill = 0; kill < kills; kill += 1) {
      const victim = await ChildServer.load();
      const moment = random.next() * counts.startMs;
      const starting = victim.start({ dataDir, store }, -kill * BACK_MS);
      await pause(moment);
      await victim.kill();
      if ((await starting) !== undefined) counts.late += 1;
      counts.kills += 1;
    }
    server = await ChildServer.load();
    await checkInstallation(server, { dataDir, store, clockAheadMs: -kills * BACK_MS }, counts);
    counts.installations += 1;
  } finally {
    await server?.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface Installation {
  readonly dataDir: string;
  readonly store: string;
  readonly clockAheadMs: number;
}

async function checkInstallation(
  server: ChildServer,
  { dataDir, store, clockAheadMs }: Installation,
  counts: Counts,
): Promise<void> {
  const started = await server.start({ dataDir, store }, clockAheadMs);
  assert.ok(started !== undefined, 'a start after a kill succeeds');
  if (counts.startMs === 0) counts.startMs = started.startMs;
  assert.equal(statSync(join(dataDir, 'credentials.json')).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(dataDir).filter(name => /\.(?:new|tmp)$/.test(name)),
    [],
    'nothing half-written is left',
  );

  const client = new LoadClient({ url: started.url, credentials: credentialsOf(dataDir), clockAheadMs });
  await checkContents(client);
  client.close();
}

/** Keys work, and there is one of everybody, with one credential of each kind. */
async function checkContents(client: LoadClient): Promise<void> {
  const made = await client.call('CreateKey', {});
  assert.equal(made?.outcome, 'ok', JSON.stringify(made));
  const { KeyId } = made.output.KeyMetadata as { readonly KeyId: string };
  const sealed = await client.call('Encrypt', { KeyId, Plaintext: 'aGVsbG8=' });
  assert.equal(sealed?.outcome, 'ok');
  const opened = await client.call('Decrypt', { CiphertextBlob: sealed.output.CiphertextBlob });
  assert.equal(opened?.output.Plaintext, 'aGVsbG8=');

  const only = async (path: string) => {
    const reply = await client.admin(path);
    assert.equal(reply?.status, 200, `${path}: ${reply?.text}`);
    return (JSON.parse(reply.text) as { readonly items: readonly unknown[] }).items.length;
  };
  assert.equal(await only('/projects'), 1);
  assert.equal(await only('/principals'), 1);
  // An API key and a password.
  assert.equal(await only('/principals/admin/credentials'), 2);
  assert.equal(await only('/projects/default/principals/client/credentials'), 1);
  assert.equal(await only('/projects/default/principals/key-protect-client/credentials'), 1);
  await new LogWatch().verifyExport(client);
}
