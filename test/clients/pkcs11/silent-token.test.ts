// A token whose library does not come back from a call (SoftHSM2 behind shim.c): nobody waits for it without a limit, at the start, while the
// server works and at its end; no threads pile up behind it; and it is used again once it answers.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CLASS, KEY_TYPE } from '../../../src/custody/pkcs11/names.ts';
import { caller, done } from '../../conformance/admin/client.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { run } from '../run.ts';
import { buildShim } from './shim.ts';
import { openToken, startSoftHsm, tokenSettings } from './softhsm.ts';

/** How long a call may take. */
const CALL_MS_MAX = 1_500;
const SILENT = `The token does not answer: a call has taken more than ${CALL_MS_MAX} ms.`;
const KEYS = '/projects/default/keys';
const MESSAGE = Buffer.from('a message').toString('base64');
const hangs = (name: string): string => `delay ${name} 3600000`;

const hsm = startSoftHsm();
const folder = mkdtempSync(join(tmpdir(), 'keyhold-silent-'));
const shim = buildShim(hsm.library, folder);
const token = hsm.addToken('silent');
const settings = {
  rootKey: 'pkcs11',
  ...tokenSettings(shim.library, token),
  pkcs11Sessions: '2',
  pkcs11TimeoutMs: String(CALL_MS_MAX),
};
afterEach(() => shim.order());
after(() => {
  rmSync(folder, { recursive: true, force: true });
  hsm[Symbol.dispose]();
});

/** Worker threads of this process, by the name that the system shows: one that hangs answers no question of the runtime. */
const threads = (): number =>
  readdirSync('/proc/self/task').filter(id =>
    readFileSync(`/proc/self/task/${id}/comm`, 'utf8').startsWith('WorkerThread'),
  ).length;

async function readiness({ url }: TestKeyhold): Promise<number> {
  return (await fetch(`${url}/ready`)).status;
}

async function untilReady(keyhold: TestKeyhold): Promise<void> {
  while ((await readiness(keyhold)) !== 200) await pause(100);
}

test('a call that hangs is waited for as long as one may take, and others find the token away at once', async () => {
  const opened = openToken(shim.library, token, { sessions: 2, callMsMax: CALL_MS_MAX });
  await opened.run('random', { bytes: 1 });
  shim.order(hangs('C_GenerateRandom'));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => opened.run('random', { bytes: 1 })),
  );
  for (const outcome of outcomes) {
    assert.equal(outcome.status, 'rejected');
    assert.deepEqual([outcome.reason.code, outcome.reason.message], ['sealed', SILENT]);
  }
  // Attempts to get it back hang as well: the threads that wait are so many, however many attempts there are.
  for (let attempt = 0; attempt < 40; attempt += 1) {
    await assert.rejects(opened.run('random', { bytes: 1 }), { code: 'sealed' });
    await pause(100);
  }
  assert.ok(threads() <= 5, `${threads()} threads`);
  shim.order();
  for (let attempt = 0; ; attempt += 1) {
    const answered = await opened.run('random', { bytes: 1 }).catch(() => undefined);
    if (answered !== undefined) break;
    assert.ok(attempt < 100, 'it is there again');
    await pause(100);
  }
  while (threads() > 2) await pause(50);
  await opened.close();
  assert.equal(threads(), 0);
});

test('a key is made for longer than other calls may take', async () => {
  const opened = openToken(shim.library, token, { callMsMax: 300 });
  await opened.run('facts', {}).catch(() => undefined);
  while (opened.refusal() !== undefined) await pause(100);
  shim.order('delay C_GenerateKey 1500');
  await opened.run('generateKey', {
    mechanism: { name: 'aesKeyGen' },
    template: { class: CLASS.secretKey, keyType: KEY_TYPE.aes, token: false, valueLength: 32 },
  });
  await opened.close();
});

test('a server whose token hangs from the start is up and sealed, and opens once the token answers', async () => {
  const dataDir = mkdtempSync(join(folder, 'data-'));
  await (await startKeyhold({ dataDir, settings })).stop();
  for (const call of ['C_Initialize', 'C_GetSlotList', 'C_OpenSession', 'C_Login', 'C_FindObjects']) {
    shim.order(hangs(call));
    const keyhold = await startKeyhold({ dataDir, settings });
    const admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
    assert.equal(await readiness(keyhold), 503, call);
    const state = await done(admin('GET', '/system/seal'));
    assert.deepEqual([state.sealed, state.reason], [true, SILENT], call);
    assert.ok(state.nextAttemptAt > 0, call);
    shim.order();
    await untilReady(keyhold);
    await done(admin('POST', KEYS, {}));
    await keyhold.stop();
  }
});

test('what needs a token that hangs while the server works is refused in time, and served again afterwards', async () => {
  const keyhold = await startKeyhold({ settings });
  const admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  const { id } = await done(admin('POST', KEYS, { algorithm: 'ec-p256', protection: 'hsm' }));
  const sign = () => admin('POST', `${KEYS}/${id}/sign`, { mechanism: 'ecdsa-sha-256', message: MESSAGE });
  await done(sign());
  for (const call of ['C_SignInit', 'C_Sign', '*']) {
    shim.order(hangs(call));
    const answers = await Promise.all(Array.from({ length: 30 }, sign));
    for (const { status, body } of answers)
      assert.deepEqual([status, body.error.code, body.error.message], [503, 'sealed', SILENT], call);
    assert.equal(await readiness(keyhold), 503);
    for (const path of ['/system/hardware', '/system/custody', '/system/status'])
      assert.ok((await admin('GET', path)).status > 0, path);
    shim.order();
    await untilReady(keyhold);
    await done(sign());
  }
  assert.ok(threads() <= 5, `${threads()} threads`);
  await keyhold.stop();
});

test('commands of an operator at such a server end, and say why', async () => {
  const keyhold = await startKeyhold({ settings });
  const keyFile = join(folder, 'api-key');
  writeFileSync(keyFile, keyhold.credentials.admin.apiKey, { mode: 0o600 });
  const program = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
  const env = { PATH: process.env.PATH, KEYHOLD_URL: keyhold.url, KEYHOLD_API_KEY_FILE: keyFile };
  const command = (...words: string[]) => run(process.execPath, [program, ...words], { env, msMax: 60_000 });
  for (const words of ['hsm check', 'hsm check --erase', 'root rotate', 'root rotate --to pkcs11']) {
    shim.order(hangs('*'));
    const { status, report } = await command(...words.split(' '));
    assert.notEqual(status, 0, words);
    assert.ok(report.includes(SILENT), `${words}: ${report}`);
    const doctor = await command('doctor');
    assert.notEqual(doctor.status, 0);
    assert.match(doctor.report, /rootKey: sealed/);
    shim.order();
    await untilReady(keyhold);
  }
  await keyhold.stop();
});

test('a server ends in time on SIGTERM, while its token hangs', async () => {
  for (const from of ['the start', 'its work']) {
    const dataDir = mkdtempSync(join(folder, 'data-'));
    await (await startKeyhold({ dataDir, settings })).stop();
    if (from === 'the start') shim.order(hangs('*'));
    const server = fork(dataDir);
    const url = await server.url;
    // It says where it is a moment before it listens to signals.
    await fetch(`${url}/health`);
    if (from === 'its work') {
      shim.order(hangs('*'));
      const { admin } = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
      assert.equal((await caller(url, admin.apiKey)('GET', '/system/hardware')).status, 503);
    }
    server.process.kill('SIGTERM');
    const [code, signal] = await once(server.process, 'exit');
    assert.deepEqual([code, signal], [0, null], from);
    shim.order();
  }
});

/** `keyhold serve`, as an operator starts it. */
function fork(dataDir: string) {
  const program = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
  const env = {
    PATH: process.env.PATH,
    SOFTHSM2_CONF: process.env.SOFTHSM2_CONF,
    KEYHOLD_ROOT_KEY: 'pkcs11',
    KEYHOLD_PKCS11_LIBRARY: shim.library,
    KEYHOLD_PKCS11_LABEL: token.label,
    KEYHOLD_PKCS11_PIN_FILE: token.pinFile,
    KEYHOLD_PKCS11_TIMEOUT_MS: String(CALL_MS_MAX),
  };
  const options = ['serve', '--data-dir', dataDir, '--port', '0', '--kmip', 'off'];
  const child = spawn(process.execPath, [program, ...options], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let heard = '';
  const url = new Promise<string>(resolve => {
    child.stdout.on('data', (chunk: Buffer) => {
      heard += String(chunk);
      const [told] = /http:\/\/127\.0\.0\.1:\d+/.exec(heard) ?? [];
      if (told !== undefined) resolve(told);
    });
  });
  child.stderr.resume();
  return { process: child, url };
}
