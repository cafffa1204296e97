// kill -9 during the very first start of an installation, as often as it takes: the next start finishes what was begun, there is one
// administrator with one credential of each kind, and credentials.json works.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ChildServer } from '../support/child-server.ts';
import { LoadClient } from '../support/load-client.ts';
import { LogWatch } from '../support/load-log.ts';
import { SEED, SeededRandom } from '../support/load-random.ts';
import { startPostgres } from '../support/postgres.ts';
import { credentialsOf } from './installation.ts';

const SQLITE_INSTALLATIONS = 20;
const POSTGRES_INSTALLATIONS = 8;
const KILLS_MAX = 3;
/** Longer than a node on PostgreSQL may take for a first start: what it began is then another's to finish. */
const CLAIM_OVER_MS = 31_000;

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
      const starting = victim.start({ dataDir, store }, kill * CLAIM_OVER_MS);
      await pause(moment);
      await victim.kill();
      if ((await starting) !== undefined) counts.late += 1;
      counts.kills += 1;
    }
    server = await ChildServer.load();
    await checkInstallation(server, { dataDir, store, clockAheadMs: kills * CLAIM_OVER_MS }, counts);
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
  client.close();
}
