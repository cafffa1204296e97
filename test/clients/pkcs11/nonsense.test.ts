// A library that gives lengths and counts which cannot be, and return values that nobody expects (SoftHSM2 behind shim.c): a request fails and
// the process does not, no ciphertext is called broken because the token is in trouble, and afterwards everything works.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answered, type Caller, caller, done } from '../../conformance/admin/client.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { buildShim } from './shim.ts';
import { startSoftHsm, tokenSettings } from './softhsm.ts';

const KEYS = '/projects/default/keys';
const MESSAGE = Buffer.from('sixteen bytes it').toString('base64');
const IV = Buffer.alloc(16).toString('base64');
const HUGE = ['0x7fffffffffff', '0xffffffffffffffff', '0x100000', '0x80000000'];

const hsm = startSoftHsm();
const folder = mkdtempSync(join(tmpdir(), 'keyhold-nonsense-'));
const shim = buildShim(hsm.library, folder);
const token = hsm.addToken('keyhold');
let keyhold: TestKeyhold;
let admin: Caller;
let uses: Readonly<Record<string, () => Promise<Answered>>>;

before(async () => {
  keyhold = await startKeyhold({
    settings: { rootKey: 'file', ...tokenSettings(shim.library, token), pkcs11Sessions: '2' },
  });
  admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  const made = async (algorithm: string): Promise<string> =>
    `${KEYS}/${(await done(admin('POST', KEYS, { algorithm, protection: 'hsm' }))).id}`;
  const [ec, aes] = [await made('ec-p256'), await made('aes-256')];
  const by = { mechanism: 'aes-cbc-pkcs7', iv: IV };
  const { ciphertext } = await done(admin('POST', `${aes}/encrypt-by`, { ...by, plaintext: MESSAGE }));
  uses = {
    C_Sign: () => admin('POST', `${ec}/sign`, { mechanism: 'ecdsa-sha-256', message: MESSAGE }),
    C_Encrypt: () => admin('POST', `${aes}/encrypt-by`, { ...by, plaintext: MESSAGE }),
    C_Decrypt: () => admin('POST', `${aes}/decrypt-by`, { ...by, ciphertext }),
  };
});
afterEach(() => shim.order());
after(async () => {
  await keyhold?.stop();
  rmSync(folder, { recursive: true, force: true });
  hsm[Symbol.dispose]();
});

/** Within the second in which a token that was lost is looked for. */
async function worksAgain(act: () => Promise<Answered>): Promise<Answered> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await act();
    if (answer.status < 300) return answer;
    assert.ok(attempt < 50, JSON.stringify(answer.body));
    await pause(100);
  }
}

const useOf = (name: string): (() => Promise<Answered>) => uses[name] ?? assert.fail(name);

test('an output longer than there was room for is none', async () => {
  for (const name of ['C_Sign', 'C_Encrypt', 'C_Decrypt'])
    for (const length of HUGE) {
      shim.order(`write ${name} 4 0 ${length}`);
      const { status, body } = await useOf(name)();
      assert.deepEqual([status, body.error.code], [500, 'internal'], `${name} ${length}`);
      shim.order();
      await worksAgain(useOf(name));
    }
});

test('a library that wants more room than anything needs does not get it', async () => {
  for (const length of HUGE.filter(each => each !== '0x100000')) {
    shim.order('lose C_Sign 0x150', `write C_Sign 4 0 ${length}`);
    assert.equal((await useOf('C_Sign')()).status, 500, length);
    shim.order();
    await worksAgain(useOf('C_Sign'));
  }
});

test('attributes, objects and mechanisms of impossible numbers fail the request', async () => {
  const create = () => admin('POST', KEYS, { algorithm: 'ec-p256', protection: 'hsm' });
  for (const length of HUGE) {
    shim.order(`write C_GetAttributeValue 2 2 ${length}`);
    assert.ok((await create()).status >= 500, length);
    // The second of them says by the standard that an attribute is not told: such an object is none of ours.
    const { status, body } = await admin('GET', '/system/hardware');
    assert.ok(status >= 500 || body.objects === 0, length);
    shim.order(`write C_FindObjects 3 0 ${length}`);
    assert.ok((await admin('GET', '/system/hardware')).status >= 500, length);
    assert.ok((await create()).status >= 500, length);
    shim.order(`write C_GetMechanismList 2 0 ${length}`);
    const progress = await admin('POST', '/system/root-rotations', { to: 'pkcs11' });
    assert.match(JSON.stringify(progress.body), /internal|invalidInput|sealed/, length);
    shim.order();
    await worksAgain(create);
  }
  await worksAgain(() => admin('GET', '/system/hardware'));
});

test('a value that means nothing, or trouble of the token, is no word about a ciphertext', async () => {
  for (const value of [
    '0x80000123',
    '0x1',
    '0x2',
    '0x31',
    '0x50',
    '0x90',
    '0x91',
    '0xb1',
    '0x7fffffff',
    '0xffffffffffffffff',
  ]) {
    for (const name of ['C_Sign', 'C_Encrypt', 'C_Decrypt']) {
      shim.order(`lose ${name} ${value}`);
      const { status, body } = await useOf(name)();
      assert.ok(status >= 500 && body.error.code !== 'invalidCiphertext', `${name} ${value}: ${status}`);
      shim.order();
      await worksAgain(useOf(name));
    }
  }
  for (const value of ['0x5', '0x40', '0x41']) {
    shim.order(`lose C_Decrypt ${value}`);
    assert.equal((await useOf('C_Decrypt')()).body.error.code, 'invalidCiphertext', value);
    shim.order();
    await worksAgain(useOf('C_Decrypt'));
  }
});

test('an operation that a library has not ended stands in nobody’s way for longer than a moment', async () => {
  // Without its second call, what the first has begun goes on in each session.
  shim.order('answer C_Sign 0x5');
  await Promise.all(Array.from({ length: 8 }, useOf('C_Sign')));
  shim.order();
  await worksAgain(useOf('C_Sign'));
});
