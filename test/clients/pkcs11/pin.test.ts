// The PIN of a token (SoftHSM2 behind shim.c): one that is refused is tried once, however many ask at once and however often, since every
// attempt brings the token nearer to locking it; and another one in its place is tried.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { utf8 } from '../../../src/base/bytes.ts';
import { SecretBytes } from '../../../src/base/secret-bytes.ts';
import { Token } from '../../../src/custody/pkcs11/token.ts';
import { systemClock } from '../../../src/server/time-and-chance.ts';
import { caller, done } from '../../conformance/admin/client.ts';
import { startKeyhold } from '../../support/keyhold.ts';
import { buildShim } from './shim.ts';
import { startSoftHsm, tokenSettings } from './softhsm.ts';

const hsm = startSoftHsm();
const folder = mkdtempSync(join(tmpdir(), 'keyhold-pin-'));
const shim = buildShim(hsm.library, folder);
const { label, pin, pinFile } = hsm.addToken('keyhold');
afterEach(() => {
  shim.order();
  rmSync(shim.journal, { force: true });
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
  hsm[Symbol.dispose]();
});

const logins = (): number => shim.journaled().filter(name => name === 'C_Login').length;

test('a wrong PIN is tried once, by however many at once and however often, and another one then', async () => {
  shim.order(`journal ${shim.journal}`);
  let given = `${pin}0`;
  const token = new Token({
    library: shim.library,
    selector: { label },
    readPin: async () => SecretBytes.own(utf8(given)),
    clock: systemClock(),
    sessions: 4,
    waitingMax: 100,
    callMsMax: 60_000,
  });
  const ask = () => token.run('random', { bytes: 1 });
  for (let round = 0; round < 4; round += 1) {
    for (const { status, reason } of (await Promise.allSettled([
      ask(),
      ask(),
      ask(),
      ask(),
    ])) as PromiseRejectedResult[])
      assert.deepEqual([status, reason.message], ['rejected', 'The PIN of token "keyhold" is wrong.']);
    await pause(1_050);
  }
  assert.equal(logins(), 1);
  given = pin;
  assert.equal((await ask()).length, 1);
  await token.close();
});

test('a server whose PIN was changed while it worked opens again once the file has the new one', async () => {
  const settings = { rootKey: 'pkcs11', ...tokenSettings(shim.library, { label, pin, pinFile }) };
  const keyhold = await startKeyhold({ settings });
  const admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  const ready = async () => (await fetch(`${keyhold.url}/ready`)).status;
  const { id } = await done(
    admin('POST', '/projects/default/keys', { algorithm: 'hmac-sha-256', protection: 'hsm' }),
  );
  const mac = () =>
    admin('POST', `/projects/default/keys/${id}/mac`, { mechanism: 'hmac-sha-256', message: 'AAAA' });
  await done(mac());
  // From now on the PIN of the file is none of the token any more. Sessions that are open stay so, until the token goes away.
  writeFileSync(pinFile, '999999999\n');
  await done(mac());
  shim.order('answer C_Sign 0xb3', `journal ${shim.journal}`);
  assert.equal((await mac()).status, 503);
  shim.order(`journal ${shim.journal}`);
  for (let second = 0; second < 3; second += 1) {
    await pause(1_050);
    assert.equal((await mac()).status, 503);
    assert.equal(await ready(), 503);
  }
  assert.equal(logins(), 1);
  writeFileSync(pinFile, `${pin}\n`);
  while ((await ready()) !== 200) await pause(100);
  await done(mac());
  await keyhold.stop();
});
