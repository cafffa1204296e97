// kill -9 while hardware keys are made, rotated and destroyed, at random moments: what was acknowledged works after each restart, what was
// destroyed does not, and after `keyhold hsm check --erase` the token has the objects of living keys and no other.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Caller, caller } from '../../conformance/admin/client.ts';
import { credentialsOf } from '../../crash/installation.ts';
import { ChildServer } from '../../support/child-server.ts';
import { SEED, SeededRandom } from '../../support/load-random.ts';
import { run } from '../run.ts';
import { ask, assertGone, assertWorks, HardwareLane, KEYS, OBJECTS } from './hardware-lane.ts';
import { openToken, startSoftHsm } from './softhsm.ts';

const CYCLES = 40;
const LANES = 4;
/** A kill comes so many answers after the begin of the load, and so long after the last of them. */
const KILL_AFTER_ANSWERS = { from: 0, to: 12 } as const;
const KILL_AFTER_MS_MAX = 200;
/** Every so many cycles an operator types the command; else the requests that it sends are made. */
const TYPED_EVERY = 4;
/** Every so many cycles the start after the kill is killed as well, so that the recovery from one crash meets the next. */
const KILLED_START_EVERY = 5;
/** The clock of each server is so much ahead of the one before: what that has left is old enough to be erased. */
const CLOCK_STEP_MS = 61_000;

console.log(`TEST_SEED=${SEED}`);
const random = new SeededRandom(SEED);
const hsm = startSoftHsm();
const { label, pin, pinFile } = hsm.addToken('keyhold');
const scratch = mkdtempSync(join(tmpdir(), 'keyhold-hardware-'));
const dataDir = join(scratch, 'data');
const settings = {
  dataDir,
  store: 'sqlite',
  rootKey: 'pkcs11',
  pkcs11Library: hsm.library,
  pkcs11Label: label,
  pkcs11PinFile: pinFile,
};
/** The token as it is, whatever the server says of it. */
const token = openToken(hsm.library, { label, pin }, { waitingMax: 10 });
after(async () => {
  await token.close();
  rmSync(scratch, { recursive: true, force: true });
  hsm[Symbol.dispose]();
});

const lanes = Array.from(
  { length: LANES },
  (_, at) => new HardwareLane(new SeededRandom(SEED + 7_919 * (at + 1))),
);
const counts = { kills: 0, killedStarts: 0, erased: 0, halfWritten: 0 };
let clockAheadMs = 0;

async function start(server: ChildServer): Promise<{ readonly url: string; readonly admin: Caller }> {
  const started = await server.start(settings, clockAheadMs);
  assert.ok(started !== undefined, 'the server starts again on what a kill has left');
  return { url: started.url, admin: caller(started.url, credentialsOf(dataDir).admin.apiKey) };
}

/** `keyhold hsm check --erase`, as an operator types it. */
async function sweepByCommand(url: string): Promise<void> {
  const keyFile = join(scratch, 'api-key');
  writeFileSync(keyFile, credentialsOf(dataDir).admin.apiKey, { mode: 0o600 });
  const program = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
  const env = { PATH: process.env.PATH, KEYHOLD_URL: url, KEYHOLD_API_KEY_FILE: keyFile };
  const { status, report } = await run(process.execPath, [program, 'hsm', 'check', '--erase'], {
    env,
    msMax: 60_000,
  });
  assert.equal(status, 0, report);
  const [, erased = '0'] = /^(\d+) objects are erased\.$/m.exec(report) ?? [];
  assert.ok(!report.includes('Looking again'), report);
  counts.erased += Number(erased);
}

async function sweepByRequest(admin: Caller): Promise<void> {
  const { erased, young } = await ask(admin('POST', '/system/hardware/orphans'));
  assert.deepEqual(young, []);
  counts.erased += erased.length;
}

/** Everything that the server holds of hardware keys, and everything in the token, is what the lanes were told. */
async function compare(admin: Caller): Promise<void> {
  for (const lane of lanes)
    for (const key of lane.keys) await (key.isDestroyed ? assertGone(admin, key) : assertWorks(admin, key));
  const objects = await token.run('find', { template: { token: true } });
  const expected = lanes
    .flatMap(lane => lane.living)
    .reduce((sum, { algorithm, versions }) => sum + versions * OBJECTS[algorithm], 0);
  const ROOT_KEY = 1;
  assert.equal(objects.length, expected + ROOT_KEY, 'there are the objects of living keys, and the root key');
  // SoftHSM writes an object in several steps. What a kill has left of the first ones has neither name nor value, and is none of the token by
  // its own word (CKA_TOKEN is false): nothing tells it from an object that is being made, and it is left.
  const everything = await token.run('find', { template: {} });
  const named = everything.filter(({ id, label: text }) => id.length > 0 || text !== '');
  assert.equal(named.length, objects.length, 'nothing else in the token has a name');
  counts.halfWritten = everything.length - objects.length;
}

async function recover(server: ChildServer): Promise<Caller> {
  clockAheadMs += CLOCK_STEP_MS;
  const { url, admin } = await start(server);
  const known = new Set(lanes.flatMap(({ keys }) => keys.map(({ id }) => id)));
  const strangers = new Map<string, { readonly algorithm: string }>();
  let cursor = '';
  do {
    const page = await ask(admin('GET', `${KEYS}?limit=100${cursor && `&cursor=${cursor}`}`));
    for (const key of page.items) if (!known.has(key.id)) strangers.set(key.id, key);
    cursor = page.next ?? '';
  } while (cursor !== '');
  for (const lane of lanes) await lane.settle(admin, strangers);
  assert.deepEqual([...strangers], [], 'the keys are those that were acknowledged or in doubt');
  await (counts.kills % TYPED_EVERY === 0 ? sweepByCommand(url) : sweepByRequest(admin));
  await compare(admin);
  return admin;
}

async function workAndKill(server: ChildServer, admin: Caller): Promise<void> {
  const answers = random.between(KILL_AFTER_ANSWERS.from, KILL_AFTER_ANSWERS.to);
  const afterMs = random.between(0, KILL_AFTER_MS_MAX);
  const kill = (): Promise<void> => pause(afterMs).then(() => server.kill());
  let killing = answers === 0 ? kill() : undefined;
  let heard = 0;
  const answered = (): void => {
    heard += 1;
    if (heard >= answers) killing ??= kill();
  };
  await Promise.all(lanes.map(lane => lane.run(admin, answered)));
  assert.ok(killing !== undefined, 'the load ended because of the kill');
  await killing;
}

test(`${CYCLES} kills while hardware keys are made, rotated and destroyed lose none and leave no object`, async t => {
  let next = ChildServer.load();
  let server = await next;
  try {
    for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
      const admin = await recover(server);
      next = ChildServer.load();
      await workAndKill(server, admin);
      counts.kills += 1;
      server = await next;
      if (cycle % KILLED_START_EVERY !== 0) continue;
      next = ChildServer.load();
      const dying = server;
      await Promise.all([
        dying.start(settings, clockAheadMs),
        pause(random.between(0, 1_000)).then(() => dying.kill()),
      ]);
      counts.killedStarts += 1;
      server = await next;
    }
    await recover(server);
  } finally {
    await server.kill();
    await (await next).kill();
  }
  const total = (of: (lane: HardwareLane) => number): number =>
    lanes.reduce((sum, lane) => sum + of(lane), 0);
  const acknowledged = (['create', 'rotate', 'destroy', 'use'] as const).map(
    name => `${total(({ counts: each }) => each[name])} ${name}`,
  );
  const cut = (['create', 'rotate', 'destroy'] as const).map(
    name => `${total(lane => lane.cut[name])} ${name}`,
  );
  t.diagnostic(
    `${counts.kills} kills under load and ${counts.killedStarts} during a start; acknowledged: ${acknowledged.join(', ')}; ` +
      `cut off: ${cut.join(', ')}, of which ${total(lane => lane.cut.happened)} had happened; ${counts.erased} orphans erased, ${counts.halfWritten} half-written by SoftHSM are left`,
  );
  assert.equal(counts.kills, CYCLES);
});
