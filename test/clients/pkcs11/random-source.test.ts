// The generator of a token (SoftHSM2 behind shim.c) mixed into that of the system: from the start on, or not at all, and never without a word.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hex } from '../../../src/base/bytes.ts';
import type { Logger } from '../../../src/base/logger.ts';
import type { Random } from '../../../src/core/ports/clock.ts';
import { mixedRandom } from '../../../src/server/mixed-random.ts';
import { readSettings } from '../../../src/server/settings.ts';
import { SYSTEM_RANDOM, systemClock } from '../../../src/server/time-and-chance.ts';
import { tokenRandom } from '../../../src/server/token-random.ts';
import { CoreSubject } from '../../contract/core-subject.ts';
import { startKeyhold } from '../../support/keyhold.ts';
import { run } from '../run.ts';
import { buildShim, type Shim } from './shim.ts';
import { openToken, startSoftHsm, tokenSettings } from './softhsm.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const AWAY = 'answer C_GenerateRandom 0x32';
const WITHOUT_GENERATOR = 'answer C_GenerateRandom 0x121';
/** It says that all is well, and gives zeros. */
const STUCK = 'answer C_GenerateRandom 0';

const hsm = startSoftHsm();
const token = hsm.addToken('random');
const folder = mkdtempSync(join(tmpdir(), 'keyhold-shim-'));
let shim: Shim;
before(() => {
  shim = buildShim(hsm.library, folder);
});
afterEach(() => shim.order());
after(() => {
  hsm[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const start = (dataDir: string) =>
  startKeyhold({
    dataDir,
    settings: {
      randomSource: 'pkcs11',
      ...tokenSettings(shim.library, token),
    },
  });

async function pages(url: string) {
  const [health, ready] = await Promise.all(
    ['/health', '/ready'].map(async path => {
      const response = await fetch(`${url}${path}`);
      const body = (await response.json()) as { randomSource?: Readonly<Record<string, unknown>> };
      return { status: response.status, body };
    }),
  );
  return { source: health?.body.randomSource ?? {}, ready: ready?.status };
}

test('bytes of the token are asked for before the first key is made, and health tells of it', async () => {
  shim.order(`journal ${shim.journal}`);
  const keyhold = await start(join(folder, 'first'));
  const calls = shim.journaled();
  assert.ok(calls.includes('C_GenerateRandom'));
  const { source, ready } = await pages(keyhold.url);
  assert.deepEqual([source.name, source.fresh, ready], ['pkcs11', true, 200]);
  assert.ok(Math.abs(Date.parse(String(source.mixedAt)) - Date.now()) < 60_000);
  await keyhold.stop();
});

test('a server whose token is away starts sealed, makes nothing, and opens when it is back', async () => {
  shim.order(AWAY);
  const keyhold = await start(join(folder, 'first'));
  assert.deepEqual(await pages(keyhold.url), { source: { name: 'pkcs11', fresh: false }, ready: 503 });
  const { reason } = await keyhold.house.sealing.state();
  assert.match(reason ?? '', /^The token gives no random bytes: The token of the hardware keys is away/);
  assert.throws(() => keyhold.kms.random.bytes(16), { code: 'sealed' });
  const doctor = await run(process.execPath, [PROGRAM, 'doctor', '--url', keyhold.url], {
    env: process.env,
    msMax: 30_000,
  });
  assert.match(doctor.report, /warning +version \S+; the random source pkcs11 gives no bytes/);
  shim.order();
  let at = await pages(keyhold.url);
  for (; at.ready !== 200; at = await pages(keyhold.url)) await setTimeout(100);
  assert.equal(at.source.fresh, true);
  assert.equal((await new CoreSubject(keyhold).newKey()).state, 'active');
  await keyhold.stop();
});

test('a token without a generator, or with one that is stuck, keeps a new server from starting', async () => {
  shim.order(WITHOUT_GENERATOR);
  await assert.rejects(start(join(folder, 'second')), {
    code: 'invalidInput',
    message: 'The token has no generator of random bytes. Name another random source.',
  });
  shim.order(STUCK);
  await assert.rejects(start(join(folder, 'second')), {
    code: 'invalidInput',
    message: 'The random source pkcs11 is broken: it gives one byte over and over.',
  });
});

test('a token that no setting names is asked for', () => {
  assert.throws(() => readSettings({ randomSource: 'pkcs11' }, {}), {
    code: 'invalidInput',
    message: /PKCS11_LIBRARY.* must be given with the random bytes of a token/,
  });
});

test('a token that goes away later is told of, and what it gave goes on counting', async () => {
  const logged: string[] = [];
  const logger: Logger = {
    log(level, message, _fields, cause) {
      if (level === 'warn' || level === 'info') logged.push(`${level}: ${message} ${String(cause ?? '')}`);
    },
  };
  const opened = openToken(shim.library, token, { waitingMax: 10 });
  const parts = { source: tokenRandom(opened), clock: systemClock(), systemPool: join(folder, 'pool') };
  const random = mixedRandom({ ...parts, system: ALL_ZEROS, logger, refreshMs: 20 });
  await random.begin();
  const [one, other] = [hex(random.bytes(32)), hex(random.bytes(32))];
  assert.notEqual(one, other);
  assert.notEqual(one, '00'.repeat(32));
  for (const [order, wanted] of [
    [AWAY, false],
    ['', true],
    [STUCK, false],
    ['', true],
  ] as const) {
    shim.order(order);
    while (random.state().fresh !== wanted) await setTimeout(20);
    assert.notEqual(hex(random.bytes(32)), '00'.repeat(32));
  }
  random.stop();
  await opened.close();
  assert.deepEqual(
    logged.map(line => line.replace(/: .*?(?:gives bytes again|go on counting)/, '')),
    [
      'warn KmsError: The token gives no random bytes: The token of the hardware keys is away.',
      'info ',
      'warn KmsError: The random source pkcs11 is broken: it gives one byte over and over.',
      'info ',
    ],
  );
});

const ALL_ZEROS: Random = { ...SYSTEM_RANDOM, bytes: count => new Uint8Array(count) };
