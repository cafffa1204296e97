// Asking the registered services to read a key again: too early within an hour of anything that they were told of the key. IBM's older
// Python client has a test that deletes a key and is refused its synchronization for that reason; making a key, or writing its policies,
// does not count.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { collection, faultOf, type KeyProtectSubject, startKeyProtect } from './support.ts';

const HOUR_MS = 3_600_000;
const TOO_EARLY = '409 REQ_TOO_EARLY_ERR';

let subject: KeyProtectSubject;
before(async () => {
  subject = await startKeyProtect();
});
after(() => subject.stop());

const createRoot = async (): Promise<string> => `/keys/${(await subject.newKey()).id}`;

const post = (path: string) => subject.send({ method: 'POST', path });

test('a key that was just made can be synchronized, once an hour', async () => {
  const key = await createRoot();
  const policy = { type: 'application/vnd.ibm.kms.policy+json', rotation: { interval_month: 2 } };
  const body = collection('policy', policy);
  assert.equal((await subject.send({ method: 'PUT', path: `${key}/policies`, body })).status, 200);
  assert.equal((await post(`${key}/actions/sync`)).status, 204);
  assert.equal(faultOf(await post(`${key}/actions/sync`)), TOO_EARLY);
  const { json } = await subject.send({ path: `${key}/policies` });
  assert.equal(json.resources[0].rotation.interval_month, 2);
  subject.keyhold.clock.advance(HOUR_MS);
  assert.equal((await post(`${key}/actions/sync`)).status, 204);
});

test('a synchronization is too early within an hour of a rotation, a suspension and a deletion', async () => {
  for (const action of ['rotate', 'disable']) {
    const key = await createRoot();
    assert.equal((await post(`${key}/actions/${action}`)).status, 204);
    assert.equal(faultOf(await post(`${key}/actions/sync`)), TOO_EARLY, action);
    subject.keyhold.clock.advance(HOUR_MS);
    assert.equal((await post(`${key}/actions/sync`)).status, 204, action);
  }
  const key = await createRoot();
  assert.equal((await subject.send({ method: 'DELETE', path: key })).status, 204);
  assert.equal(faultOf(await post(`${key}/actions/sync`)), TOO_EARLY);
  subject.keyhold.clock.advance(HOUR_MS);
  assert.equal(faultOf(await post(`${key}/actions/sync`)), '410 KEY_DELETED_ERR');
});
