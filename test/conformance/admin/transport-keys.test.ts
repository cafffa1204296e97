// Key material that comes in wrapped under a transport key of the project.

import assert from 'node:assert/strict';
import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { type Caller, caller, done, refused } from './client.ts';

const P = '/projects/default';
const KEYS = `${P}/transport-keys`;
const MINUTE_MS = 60_000;

let keyhold: TestKeyhold;
let admin: Caller;
before(async () => {
  keyhold = await startKeyhold();
  admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
});
after(() => keyhold.stop());

const make = (owner: string, more = {}) =>
  done(admin('POST', KEYS, { owner, algorithm: 'rsa-2048', ...more }));
const read = (owner: string) => admin('POST', `${KEYS}/${owner}/read`);

interface Parcel {
  readonly owner: string;
  readonly wrapped: string;
  readonly encryptedNonce?: string;
  readonly iv?: string;
}

/** Wraps as a client would: with the public key and the nonce that it has read. */
function pack(owner: string, reply: { publicKey: string; nonce: string }, material: Buffer): Parcel {
  const key = createPublicKey({ key: Buffer.from(reply.publicKey, 'base64'), format: 'der', type: 'spki' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const wrapped = publicEncrypt({ key, padding, oaepHash: 'sha256' }, material);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', material, iv);
  const nonce = Buffer.concat([
    cipher.update(Buffer.from(reply.nonce, 'base64')),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return {
    owner,
    wrapped: wrapped.toString('base64'),
    encryptedNonce: nonce.toString('base64'),
    iv: iv.toString('base64'),
  };
}

const bringIn = (transported: unknown, more = {}) =>
  admin('POST', `${P}/keys/import`, { algorithm: 'aes-256', transported, ...more });

test('material comes in wrapped, for a new key and for a new version of one', async () => {
  const made = await make('mover', { readsMax: 2 });
  assert.deepEqual([made.readsMax, made.readsLeft, made.publicKey], [2, 2, undefined]);
  const reply = await done(read('mover'));
  assert.equal(reply.readsLeft, 1);
  const key = await done(bringIn(pack('mover', reply, randomBytes(32))));
  assert.equal(key.origin, 'imported');
  const { ciphertext } = await done(
    admin('POST', `${P}/keys/${key.id}/encrypt`, { plaintext: Buffer.from('text').toString('base64') }),
  );
  const rotated = await done(
    admin('POST', `${P}/keys/${key.id}/import-version`, {
      transported: pack('mover', reply, randomBytes(32)),
    }),
  );
  assert.equal(rotated.primaryVersion, 2);
  const opened = await done(admin('POST', `${P}/decrypt`, { ciphertext }));
  assert.equal(Buffer.from(opened.plaintext, 'base64').toString(), 'text');
});

test('a transport key is read as often as it may be, also at once', async () => {
  await make('counted', { readsMax: 3 });
  const answers = await Promise.all(Array.from({ length: 8 }, () => read('counted')));
  assert.equal(answers.filter(answer => answer.status === 200).length, 3);
  for (const answer of answers) {
    if (answer.status !== 200) assert.equal(answer.body.error.code, 'expired');
  }
  assert.equal(await refused(read('nobody')), 'notFound');
});

test('what is over takes nothing in, and its private half is erased', async () => {
  await make('brief', { lifetimeMs: MINUTE_MS, readsMax: 9 });
  const reply = await done(read('brief'));
  keyhold.clock.advance(MINUTE_MS);
  assert.equal(await refused(read('brief')), 'expired');
  assert.equal(await refused(bringIn(pack('brief', reply, randomBytes(32)))), 'expired');
  assert.ok((await keyhold.runDueWork()).erased >= 1);
  assert.equal((await keyhold.runDueWork()).erased, 0);
  assert.equal(await refused(read('brief')), 'expired');

  await make('withdrawn', { readsMax: 9 });
  const other = await done(read('withdrawn'));
  await done(admin('DELETE', `${KEYS}/withdrawn`));
  assert.equal(await refused(bringIn(pack('withdrawn', other, randomBytes(32)))), 'expired');
});

test('a newer transport key takes the place of the older', async () => {
  await make('owner');
  const old = await done(read('owner'));
  await make('owner');
  const parcel = pack('owner', old, randomBytes(32));
  assert.equal(await refused(bringIn(parcel)), 'invalidKeyMaterial');
});

test('a parcel that is not whole is refused', async () => {
  await make('strict');
  const parcel = pack('strict', await done(read('strict')), randomBytes(32));
  const { iv: _iv, ...noIv } = parcel;
  assert.equal(await refused(bringIn(noIv)), 'invalidInput');
  assert.equal(await refused(bringIn({ ...parcel, wrapped: '?' })), 'invalidInput');
  assert.equal(await refused(bringIn(parcel, { material: 'AAAA' })), 'invalidInput');
  assert.equal(await refused(bringIn(undefined)), 'invalidInput');
  assert.equal(await refused(bringIn({ ...parcel, owner: 'nobody' })), 'notFound');
  const answer = await bringIn({ ...parcel, iv: Buffer.alloc(16).toString('base64') });
  assert.deepEqual([answer.body.error.code, answer.body.error.details.part], ['invalidKeyMaterial', 'iv']);
  await done(bringIn(parcel));
});
