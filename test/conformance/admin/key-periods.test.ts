// Cryptoperiods, revocations, usage limits and archives by the admin API: what is shown, and who may plan in which direction.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { type Caller, caller, done, refused } from './client.ts';

const P = '/projects/default';
const DAY_MS = 86_400_000;

let keyhold: TestKeyhold;
let admin: Caller;

before(async () => {
  keyhold = await startKeyhold();
  admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
});
after(() => keyhold.stop());

const newKey = async (body: object = {}): Promise<string> => {
  const { id } = await done(admin('POST', `${P}/keys`, body));
  return `${P}/keys/${id}`;
};

/** Somebody who may do these things alone. */
async function actor(name: string, permissions: readonly string[]): Promise<Caller> {
  const { id } = await done(admin('POST', `${P}/principals`, { name }));
  await done(admin('POST', `${P}/rules`, { effect: 'allow', principals: [id], permissions }));
  const { secret } = await done(admin('POST', `${P}/principals/${name}/credentials`, {}));
  return caller(keyhold.url, secret);
}

test('a key is made pre-active with its periods and its limit, and shown with them', async () => {
  const now = keyhold.clock.now();
  const periods = {
    activateAt: now + DAY_MS,
    processStartAt: now + 2 * DAY_MS,
    protectStopAt: now + 3 * DAY_MS,
    deactivateAt: now + 4 * DAY_MS,
  };
  const key = await newKey({ state: 'preActive', usageLimit: { unit: 'bytes', total: 5 }, ...periods });
  const shown = await done(admin('GET', key));
  assert.deepEqual({ ...shown, ...periods }, shown);
  assert.deepEqual([shown.state, shown.usageLimit], ['preActive', { unit: 'bytes', total: 5, left: 5 }]);
  const moved = await done(admin('PATCH', `${key}/cryptoperiod`, { activateAt: null, deactivateAt: null }));
  assert.deepEqual([moved.activateAt, moved.deactivateAt], [undefined, undefined]);
  assert.equal(moved.protectStopAt, periods.protectStopAt);
  const turned = admin('PATCH', `${key}/cryptoperiod`, { activateAt: now + 9 * DAY_MS });
  assert.equal(await refused(turned), 'invalidInput');
});

test('a plan by which a key is used longer demands the right to enable it, one by which it is used less long that to disable it', async () => {
  const enabler = await actor('enabler', ['key.enable']);
  const disabler = await actor('disabler', ['key.disable']);
  const key = `${await newKey({ deactivateAt: keyhold.clock.now() + 5 * DAY_MS })}/cryptoperiod`;
  const end = (days: number) => ({ deactivateAt: keyhold.clock.now() + days * DAY_MS });
  assert.equal(await refused(enabler('PATCH', key, end(4))), 'denied');
  await done(disabler('PATCH', key, end(4)));
  assert.equal(await refused(disabler('PATCH', key, end(6))), 'denied');
  await done(enabler('PATCH', key, end(6)));
  assert.equal(await refused(disabler('PATCH', key, { deactivateAt: null })), 'denied');
  // One way for the one instant and the other way for the other: both.
  const both = { protectStopAt: keyhold.clock.now() + DAY_MS, deactivateAt: null };
  assert.equal(await refused(enabler('PATCH', key, both)), 'denied');
  assert.equal(await refused(enabler('PATCH', key, {})), 'denied');
});

test('whoever compromises a disabled key makes it decrypt again, and must be allowed to', async () => {
  const disabler = await actor('second-disabler', ['key.disable']);
  const key = await newKey();
  await done(admin('POST', `${key}/disable`));
  assert.equal(await refused(disabler('POST', `${key}/compromise`)), 'denied');
  const lost = await done(admin('POST', `${key}/compromise`, { reason: 'caCompromise', message: 'lost' }));
  assert.deepEqual([lost.state, lost.revocation.reason], ['compromised', 'caCompromise']);
  assert.equal(
    await refused(admin('POST', `${key}/deactivate`, { reason: 'keyCompromise' })),
    'invalidInput',
  );
});

test('a limit is set, used up and kept; an archived key comes back', async () => {
  const key = await newKey();
  await done(admin('PUT', `${key}/usage-limit`, { unit: 'operations', total: 1 }));
  await done(admin('DELETE', `${key}/usage-limit`));
  await done(admin('PUT', `${key}/usage-limit`, { unit: 'operations', total: 2 }));
  const { usageLimit } = await done(admin('POST', `${key}/allocate-usage`, { amount: 1 }));
  assert.equal(usageLimit.left, 1);
  assert.equal(await refused(admin('DELETE', `${key}/usage-limit`)), 'conflict');
  await done(admin('POST', `${key}/encrypt`, { plaintext: 'AAAA' }));
  const beyond = admin('POST', `${key}/encrypt`, { plaintext: 'AAAA' });
  assert.equal(await refused(beyond), 'usageLimitExceeded');
  assert.ok((await done(admin('POST', `${key}/archive`))).archivedAt > 0);
  assert.equal(await refused(admin('POST', `${key}/rotate`)), 'keyArchived');
  assert.equal((await done(admin('POST', `${key}/recover`))).archivedAt, undefined);
});

test('a public key is a key of its own, and is listed as one', async () => {
  const { privateKey, publicKey } = await done(admin('POST', `${P}/keys/pairs`, { algorithm: 'ec-p256' }));
  assert.deepEqual([privateKey.publicOnly, publicKey.publicOnly], [false, true]);
  const shown = await done(admin('GET', `${P}/keys/${publicKey.id}/public-key`));
  const again = { algorithm: 'ec-p256', publicKey: shown.publicKey, label: 'of a friend' };
  assert.equal((await done(admin('POST', `${P}/keys/import-public`, again))).origin, 'imported');
  const wrong = admin('POST', `${P}/keys/import-public`, { ...again, algorithm: 'ed25519' });
  assert.equal(await refused(wrong), 'invalidKeyMaterial');
});
