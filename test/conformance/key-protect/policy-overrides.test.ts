// Keys made with policies of their own have those alone: IBM's Go client has a test that makes one with none, in an instance that rotates
// its keys, and finds no rotation.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { collection, type Json, type KeyProtectSubject, keyBody, startKeyProtect } from './support.ts';

let subject: KeyProtectSubject;
before(async () => {
  subject = await startKeyProtect();
  const policies = [
    { policy_type: 'rotation', policy_data: { enabled: true, attributes: { interval_month: 5 } } },
    { policy_type: 'dualAuthDelete', policy_data: { enabled: true } },
  ];
  const body = collection('policy', ...policies);
  assert.equal((await subject.send({ method: 'PUT', path: '/instance/policies', body })).status, 204);
});
after(() => subject.stop());

async function made(path: string, members: Readonly<Record<string, unknown>>): Promise<Json> {
  const answer = await subject.send({ method: 'POST', path, body: keyBody(members) });
  assert.equal(answer.status, 201, answer.text);
  const [{ id, rotation, dualAuthDelete }] = answer.json.resources;
  const policies = await subject.send({ path: `/keys/${id}/policies` });
  return [rotation?.interval_month, dualAuthDelete.enabled, policies.json.resources.length];
}

test('a key made with overrides takes no policy of the instance', async () => {
  const overriding = '/keys_with_policy_overrides';
  assert.deepEqual(await made('/keys', {}), [5, true, 2]);
  assert.deepEqual(await made(overriding, {}), [undefined, false, 0]);
  assert.deepEqual(await made(overriding, { rotation: { interval_month: 3 } }), [3, false, 1]);
  assert.deepEqual(await made(overriding, { dualAuthDelete: { enabled: true } }), [undefined, true, 1]);
});

test('a key that is imported takes no rotation with it', async () => {
  const payload = Buffer.alloc(32, 7).toString('base64');
  const body = keyBody({ payload, rotation: { interval_month: 3 } });
  const refused = await subject.send({ method: 'POST', path: '/keys_with_policy_overrides', body });
  assert.equal(refused.status, 400, refused.text);
  const [{ code, target }] = refused.json.resources[0].reasons;
  assert.deepEqual([code, target.name], ['INVALID_FIELD_ERR', 'rotation']);
  assert.deepEqual(await made('/keys_with_policy_overrides', { payload, rotation: { enabled: false } }), [
    undefined,
    false,
    0,
  ]);
});
