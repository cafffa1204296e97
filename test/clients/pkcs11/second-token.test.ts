// A server whose root key moves from one token to another: both are named until it has moved, and the new one alone afterwards.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { readSettings, type SettingTexts } from '../../../src/server/settings.ts';
import { type Caller, caller, done } from '../../conformance/admin/client.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { openToken, startSoftHsm } from './softhsm.ts';

const hsm = startSoftHsm();
after(() => hsm[Symbol.dispose]());
const [old, next] = [hsm.addToken('old'), hsm.addToken('next')];
const dataDir = await temporaryDirectory();
const KEYS = '/projects/default/keys';
const PLAINTEXT = Buffer.from('a message').toString('base64');

const inToken = ({ label, pinFile }: typeof old): SettingTexts => ({
  rootKey: 'pkcs11',
  pkcs11Library: hsm.library,
  pkcs11Label: label,
  pkcs11PinFile: pinFile,
});
const former = { pkcs11FormerLabel: old.label, pkcs11FormerPinFile: old.pinFile };

async function withServer<T>(
  settings: SettingTexts,
  act: (admin: Caller, server: TestKeyhold) => Promise<T>,
): Promise<T> {
  const server = await startKeyhold({ dataDir, settings });
  try {
    return await act(caller(server.url, server.credentials.admin.apiKey), server);
  } finally {
    await server.stop();
  }
}

/** How many root keys a token has. */
async function rootKeysIn({ label, pin }: typeof old): Promise<number> {
  const token = openToken(hsm.library, { label, pin }, { waitingMax: 10 });
  const found = await token.run('find', { template: { token: true } });
  await token.close();
  return found.filter(object => /^keyhold\/[^/]+\/root\/\d+$/.test(object.label)).length;
}

test('a root key moves to another token, which alone is needed afterwards', async () => {
  const { id, ciphertext } = await withServer(inToken(old), async admin => {
    const key = await done(admin('POST', KEYS, {}));
    const sealed = await done(admin('POST', `${KEYS}/${key.id}/encrypt`, { plaintext: PLAINTEXT }));
    return { id: key.id, ciphertext: sealed.ciphertext };
  });
  const opens = async (admin: Caller): Promise<void> => {
    const { plaintext } = await done(admin('POST', `${KEYS}/${id}/decrypt`, { ciphertext }));
    assert.equal(plaintext, PLAINTEXT);
  };
  // The new one alone does not open it, and says which root key is missing.
  await withServer(inToken(next), async admin => {
    const { sealed, reason } = await done(admin('GET', '/system/seal'));
    assert.equal(sealed, true);
    assert.match(
      reason,
      /The token "next" has no key with the CKA_ID [0-9a-f]{32}, which is root key generation 1/,
    );
  });
  await withServer({ ...inToken(next), ...former }, async admin => {
    await opens(admin);
    const progress: string = await done(admin('POST', '/system/root-rotations', { to: 'pkcs11' }));
    assert.match(progress, /"generation":2/);
    await opens(admin);
  });
  assert.deepEqual([await rootKeysIn(old), await rootKeysIn(next)], [0, 1]);
  await withServer(inToken(next), opens);
});

test('settings of a former token come whole, and beside those of the other', () => {
  const read = (texts: SettingTexts) => () => readSettings({ dataDir, ...texts }, {});
  const usual = inToken(next);
  assert.throws(read({ ...usual, pkcs11FormerPinFile: old.pinFile }), /pkcs11-former-label|FORMER_LABEL/);
  assert.throws(read({ ...usual, pkcs11FormerLabel: old.label }), /pkcs11-former-pin-file|FORMER_PIN_FILE/);
  assert.throws(read(former), /pkcs11-library|PKCS11_LIBRARY/);
  assert.equal(read({ ...usual, ...former })().formerToken?.library, hsm.library);
});
