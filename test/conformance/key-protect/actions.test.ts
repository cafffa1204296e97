// Actions on keys, in both forms of their paths: wrapping and what becomes of it, rotation, states, dual authorization.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { collection, faultOf, type Json, type KeyProtectSubject, startKeyProtect } from './support.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

let subject: KeyProtectSubject;
before(async () => {
  subject = await startKeyProtect();
});
after(() => subject.stop());

const common = () => ({ bluemixInstance: subject.caller.instanceId });

const createKey = async (members?: Readonly<Record<string, unknown>>): Promise<string> =>
  (await subject.newKey(members)).id;

const act = (id: string, action: string, body?: unknown, as = subject.caller) =>
  subject.send({ method: 'POST', path: `/keys/${id}/actions/${action}`, body, as });

test('the client wraps and unwraps what it brings, and what the service makes', async () => {
  const client = subject.client();
  const id = await createKey({ aliases: ['wrapping'] });
  const plaintext = Buffer.from('a data encryption key of 32 byte').toString('base64');
  const wrapped = (await client.wrapKey({ ...common(), id, keyActionWrapBody: { plaintext } as Json }))
    .result as Json;
  assert.deepEqual(Object.keys(wrapped).sort(), ['ciphertext', 'keyVersion']);
  const made = (await client.wrapKey({ ...common(), id: 'wrapping' })).result as Json;
  assert.equal(Buffer.from(made.plaintext, 'base64').length, 32);
  const open = async (ciphertext: string): Promise<Json> =>
    (await client.unwrapKey({ ...common(), id, keyActionUnwrapBody: { ciphertext } as Json })).result;
  assert.deepEqual(await open(wrapped.ciphertext), { plaintext, keyVersion: wrapped.keyVersion });
  assert.equal((await open(made.ciphertext)).plaintext, made.plaintext);
});

test('additional authentication data must be the same list in the same order', async () => {
  const id = await createKey();
  const aad = ['volume 1', 'disk'];
  const { ciphertext, plaintext } = (await act(id, 'wrap', { aad })).json;
  assert.equal((await act(id, 'unwrap', { ciphertext, aad })).json.plaintext, plaintext);
  for (const other of [undefined, [], ['disk', 'volume 1'], ['volume 1'], ['volume 1disk'], [...aad, '']]) {
    const refused = await act(id, 'unwrap', { ciphertext, aad: other });
    assert.equal(faultOf(refused), '422 UNPROCESSABLE_CIPHERTEXT_ERR', JSON.stringify(other));
  }
  assert.equal((await act(id, 'wrap', { aad: Array(255).fill('x'.repeat(250)) })).status, 200);
  assert.equal(faultOf(await act(id, 'wrap', { aad: Array(256).fill('x') })), '400 INVALID_FIELD_ERR');
  assert.equal(faultOf(await act(id, 'wrap', { aad: ['x'.repeat(256)] })), '400 INVALID_FIELD_ERR');
});

test('what an older version has wrapped comes back wrapped by the newest', async () => {
  const client = subject.client();
  const id = await createKey();
  const { ciphertext, plaintext, keyVersion: first } = (await act(id, 'wrap', { aad: ['x'] })).json;
  assert.equal((await client.rotateKey({ ...common(), id })).status, 204);
  const newest = (await subject.send({ path: `/keys/${id}` })).json.resources[0].keyVersion.id;
  const opened = (await act(id, 'unwrap', { ciphertext, aad: ['x'] })).json;
  assert.deepEqual(opened.keyVersion, first);
  assert.deepEqual(opened.rewrappedKeyVersion, { id: newest });
  assert.equal(opened.plaintext, plaintext);
  const again = (await act(id, 'unwrap', { ciphertext: opened.ciphertext, aad: ['x'] })).json;
  assert.deepEqual(again, { keyVersion: { id: newest }, plaintext });
  const rewrapBody = { ciphertext, aad: ['x'] } as Json;
  const rewrapped = (await client.rewrapKey({ ...common(), id, keyActionRewrapBody: rewrapBody }))
    .result as Json;
  assert.deepEqual(
    [rewrapped.keyVersion, rewrapped.rewrappedKeyVersion, 'plaintext' in rewrapped],
    [first, { id: newest }, false],
  );
  assert.equal(
    (await act(id, 'unwrap', { ciphertext: rewrapped.ciphertext, aad: ['x'] })).json.plaintext,
    plaintext,
  );
});

test('a key rotates once an hour, with material of its own kind alone', async () => {
  const generated = await createKey();
  assert.equal((await act(generated, 'rotate', 'null')).status, 204);
  assert.equal(faultOf(await act(generated, 'rotate')), '409 KEY_ROTATION_NOT_PERMITTED');
  const payload = Buffer.alloc(32, 1).toString('base64');
  const refused = await act(generated, 'rotate', { payload });
  assert.equal(faultOf(refused), '400 INVALID_QUERY_PARAM_ERR');
  assert.deepEqual(refused.json.resources[0].reasons[0].target, { type: 'query_param', name: 'payload' });
  subject.keyhold.clock.advance(HOUR_MS);
  assert.equal((await act(generated, 'rotate', {})).status, 204);

  const imported = await createKey({ payload });
  const { ciphertext, plaintext } = (await act(imported, 'wrap')).json;
  assert.equal(faultOf(await act(imported, 'rotate')), '400 KEY_PAYLOAD_REQ_ERR');
  const next = Buffer.alloc(32, 2).toString('base64');
  assert.equal((await act(imported, 'rotate', { payload: next })).status, 204);
  assert.equal((await act(imported, 'unwrap', { ciphertext })).json.plaintext, plaintext);
  const shown = (await subject.send({ path: `/keys/${imported}` })).json.resources[0];
  assert.equal(typeof shown.lastRotateDate, 'string');
});

test('a disabled key does nothing, and is enabled after half a minute', async () => {
  const client = subject.client();
  const id = await createKey();
  const { ciphertext } = (await act(id, 'wrap')).json;
  assert.equal(faultOf(await act(id, 'enable')), '409 KEY_ACTION_INVALID_STATE_ERR');
  assert.equal((await client.disableKey({ ...common(), id })).status, 204);
  for (const [action, body] of [
    ['wrap', {}],
    ['unwrap', { ciphertext }],
    ['rewrap', { ciphertext }],
    ['rotate', {}],
    ['disable', undefined],
  ] as const) {
    assert.equal(faultOf(await act(id, action, body)), '409 KEY_ACTION_INVALID_STATE_ERR', action);
  }
  assert.equal((await subject.send({ path: `/keys/${id}` })).json.resources[0].state, 2);
  assert.equal(faultOf(await act(id, 'enable', 'null')), '409 REQ_TOO_EARLY_ERR');
  subject.keyhold.clock.advance(30 * SECOND_MS);
  assert.equal((await client.enableKey({ ...common(), id })).status, 204);
  assert.equal((await act(id, 'unwrap', { ciphertext })).status, 200);
});

test('actions are for root keys', async () => {
  const id = await createKey({ extractable: true });
  for (const action of ['wrap', 'rotate', 'disable', 'enable', 'sync']) {
    assert.equal(faultOf(await act(id, action)), '400 KEY_ROOT_REQ_ERR', action);
  }
  for (const action of ['unwrap', 'rewrap']) {
    assert.equal(faultOf(await act(id, action, { ciphertext: 'AAAA' })), '400 KEY_ROOT_REQ_ERR', action);
  }
});

test('a key under dual authorization is deleted by another than the one who allowed it', async () => {
  const other = await subject.addCaller('second', ['manager', 'user']);
  const id = await createKey();
  assert.equal(faultOf(await act(id, 'setKeyForDeletion')), '409 NOT_DUAL_AUTH_ERR');
  assert.equal(faultOf(await act(id, 'unsetKeyForDeletion')), '409 NOT_DUAL_AUTH_ERR');
  const policy = { type: 'application/vnd.ibm.kms.policy+json', dualAuthDelete: { enabled: true } };
  const put = await subject.send({
    method: 'PUT',
    path: `/keys/${id}/policies?policy=dualAuthDelete`,
    body: collection('policy', policy),
  });
  assert.equal(put.status, 200, put.text);
  const dual = async () => (await subject.send({ path: `/keys/${id}` })).json.resources[0].dualAuthDelete;
  assert.deepEqual(await dual(), { enabled: true, keySetForDeletion: false });
  const remove = { method: 'DELETE', path: `/keys/${id}` };
  assert.equal(faultOf(await subject.send(remove)), '409 AUTHORIZATIONS_NOT_MET');

  const client = subject.client();
  assert.equal((await client.setKeyForDeletion({ ...common(), id })).status, 204);
  const { authExpiration, ...set } = await dual();
  assert.deepEqual(set, { enabled: true, keySetForDeletion: true });
  assert.ok(Math.abs(Date.parse(authExpiration) - subject.keyhold.clock.now() - 7 * DAY_MS) < 60 * SECOND_MS);
  assert.equal(faultOf(await subject.send(remove)), '409 AUTHORIZATIONS_NOT_MET');
  assert.equal((await client.unsetKeyForDeletion({ ...common(), id })).status, 204);
  assert.equal(faultOf(await subject.send({ ...remove, as: other })), '409 AUTHORIZATIONS_NOT_MET');
  await act(id, 'setKeyForDeletion');
  subject.keyhold.clock.advance(7 * DAY_MS);
  assert.equal(faultOf(await subject.send({ ...remove, as: other })), '409 AUTHORIZATIONS_NOT_MET');
  await act(id, 'setKeyForDeletion');
  assert.equal((await subject.send({ ...remove, as: other })).status, 204);
});

test('associated services are asked once an hour', async () => {
  const client = subject.client();
  const id = await createKey();
  assert.equal((await client.syncAssociatedResources({ ...common(), id })).status, 204);
  assert.equal(faultOf(await act(id, 'sync')), '409 REQ_TOO_EARLY_ERR');
  subject.keyhold.clock.advance(HOUR_MS);
  assert.equal((await act(id, 'sync')).status, 204);
});

test('the older form of actions does the same', async () => {
  const id = await createKey();
  const old = (action: string, body?: unknown) =>
    subject.send({ method: 'POST', path: `/keys/${id}?action=${action}`, body });
  const { ciphertext, plaintext } = (await old('wrap', { aad: ['1'] })).json;
  assert.equal((await old('unwrap', { ciphertext, aad: ['1'] })).json.plaintext, plaintext);
  assert.equal((await old('rewrap', { ciphertext, aad: ['1'] })).status, 200);
  for (const action of ['rotate', 'disable']) assert.equal((await old(action)).status, 204, action);
  subject.keyhold.clock.advance(30 * SECOND_MS);
  assert.equal((await old('enable', 'null')).status, 204);
  assert.equal(faultOf(await old('setKeyForDeletion')), '409 NOT_DUAL_AUTH_ERR');
  await subject.send({ method: 'DELETE', path: `/keys/${id}` });
  subject.keyhold.clock.advance(30 * SECOND_MS);
  const restored = await old(
    'restore',
    collection('key', { type: 'application/vnd.ibm.kms.key+json', payload: '' }),
  );
  assert.equal(restored.status, 201, restored.text);
  assert.equal(faultOf(await old('nothing')), '400 INVALID_QUERY_PARAM_ERR');
  assert.equal(
    faultOf(await subject.send({ method: 'POST', path: `/keys/${id}` })),
    '400 INVALID_QUERY_PARAM_ERR',
  );
});
