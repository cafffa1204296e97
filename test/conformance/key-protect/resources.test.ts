// What belongs to keys and instances: key rings, aliases, policies, registrations, import tokens. By IBM's client wherever it has a call.

import assert from 'node:assert/strict';
import { createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  collection,
  faultOf,
  type Json,
  type KeyProtectSubject,
  keyBody,
  startKeyProtect,
} from './support.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CRN = 'crn:v1:bluemix:public:cloud-object-storage:global:a/1234:5678';

let subject: KeyProtectSubject;
before(async () => {
  subject = await startKeyProtect();
});
after(() => subject.stop());

const common = () => ({ bluemixInstance: subject.caller.instanceId });

const createKey = (members?: Readonly<Record<string, unknown>>, headers = {}): Promise<Json> =>
  subject.newKey(members, { headers });

const policy = (members: Readonly<Record<string, unknown>>) =>
  ({ type: 'application/vnd.ibm.kms.policy+json', ...members }) as const;

test('key rings are made, listed, filled and taken away', async () => {
  const client = subject.client();
  assert.equal((await client.createKeyRing({ ...common(), keyRingId: 'ring_1' })).status, 201);
  assert.match(faultOf(await subject.send({ method: 'POST', path: '/key_rings/ring_1' })), /^409/);
  const listed = (await client.listKeyRings(common())).result as Json;
  assert.equal(listed.metadata.collectionType, 'application/vnd.ibm.kms.key_ring+json');
  assert.deepEqual(listed.resources[0], { id: 'default' });
  const { id, createdBy } = listed.resources[1];
  assert.deepEqual([id, createdBy], ['ring_1', `iam-ServiceId-${subject.caller.principalId}`]);
  for (const bad of ['default', 'x', 'with%20blank', 'y'.repeat(101)]) {
    const made = await subject.send({ method: 'POST', path: `/key_rings/${bad}` });
    assert.equal(faultOf(made), '400 INVALID_FIELD_ERR', bad);
  }

  const key = await createKey({}, { 'x-kms-key-ring': 'ring_1' });
  assert.equal(key.keyRingID, 'ring_1');
  const ring = '/key_rings/ring_1';
  assert.equal(faultOf(await subject.send({ method: 'DELETE', path: ring })), '409 KEY_RING_NOT_EMPTY_ERR');
  const forced = { method: 'DELETE', path: `${ring}?force=true` };
  assert.equal(faultOf(await subject.send(forced)), '409 KEY_RING_KEYS_NOT_DELETED_ERR');
  await subject.send({ method: 'DELETE', path: `/keys/${key.id}` });
  assert.equal(faultOf(await subject.send({ method: 'DELETE', path: ring })), '409 KEY_RING_NOT_EMPTY_ERR');
  assert.equal((await subject.send(forced)).status, 204);
  assert.equal((await subject.send({ path: `/keys/${key.id}` })).json.resources[0].keyRingID, 'default');
  assert.equal(faultOf(await subject.send(forced)), '404 KEY_RING_NOT_FOUND_ERR');
  const made = await subject.send({
    method: 'POST',
    path: '/keys',
    body: keyBody(),
    headers: { 'x-kms-key-ring': 'ring_1' },
  });
  assert.equal(faultOf(made), '404 KEY_RING_NOT_FOUND_ERR');
  await client.createKeyRing({ ...common(), keyRingId: 'empty-one' });
  assert.equal((await client.deleteKeyRing({ ...common(), keyRingId: 'empty-one' })).status, 204);
});

test('aliases stand for ids, within their limits', async () => {
  const client = subject.client();
  const { id } = await createKey({ aliases: ['alias-1', 'alias-2'] });
  const made = await client.createKeyAlias({ ...common(), id, alias: 'alias-3' });
  assert.equal(made.status, 201);
  const [alias] = (made.result as Json).resources;
  assert.deepEqual([alias.keyId, alias.alias], [id, 'alias-3']);
  const add = (name: string, key = id) =>
    subject.send({ method: 'POST', path: `/keys/${key}/aliases/${name}` });
  const { id: other } = await createKey();
  assert.equal(faultOf(await add('alias-3', other)), '409 KEY_ALIAS_NOT_UNIQUE_ERR');
  for (const bad of ['x', 'y'.repeat(91), 'a.b', 'wrap', other]) {
    assert.equal(faultOf(await add(bad)), '400 INVALID_FIELD_ERR', bad);
  }
  for (const name of ['alias-4', 'alias-5']) assert.equal((await add(name, 'alias-1')).status, 201);
  assert.equal(faultOf(await add('alias-6')), '409 KEY_ALIAS_QUOTA_ERR');
  const remove = { method: 'DELETE', path: `/keys/${other}/aliases/alias-3` };
  assert.equal(faultOf(await subject.send(remove)), '404 KEY_NOT_FOUND_ERR');
  assert.equal((await client.deleteKeyAlias({ ...common(), id: 'alias-1', alias: 'alias-3' })).status, 204);
  assert.equal(faultOf(await subject.send({ path: '/keys/alias-3' })), '404 KEY_NOT_FOUND_ERR');
  const taken = await subject.send({
    method: 'POST',
    path: '/keys',
    body: keyBody({ aliases: ['alias-1'] }),
  });
  assert.equal(faultOf(taken), '409 KEY_ALIAS_NOT_UNIQUE_ERR');
});

test('a key has a rotation policy, and is rotated by it', async () => {
  const client = subject.client();
  const { id } = await createKey();
  const none = (await client.getPolicy({ ...common(), id })).result as Json;
  assert.deepEqual([none.metadata.collectionTotal, none.resources], [0, []]);
  const put = (members: Readonly<Record<string, unknown>>, query = '') =>
    subject.send({
      method: 'PUT',
      path: `/keys/${id}/policies${query}`,
      body: collection('policy', policy(members)),
    });
  const rotation = async () => (await subject.send({ path: `/keys/${id}` })).json.resources[0].rotation;

  assert.equal(faultOf(await put({ rotation: { enabled: true } })), '400 INVALID_FIELD_ERR');
  assert.equal((await put({ rotation: { enabled: false } })).status, 200);
  for (const interval of [0, -1, 13, 1.5]) {
    assert.match(faultOf(await put({ rotation: { interval_month: interval } })), /^400/, String(interval));
  }
  assert.equal(
    faultOf(await put({ rotation: { interval_month: 1 } }, '?policy=dualAuthDelete')),
    '400 BODY_QUERY_PARAM_MISMATCH_ERR',
  );
  const setKeyPoliciesOneOf = collection('policy', policy({ rotation: { interval_month: 1 } })) as Json;
  const set = (await client.putPolicy({ ...common(), id, setKeyPoliciesOneOf, policy: 'rotation' }))
    .result as Json;
  const [shown] = set.resources;
  assert.deepEqual(shown.rotation, { enabled: true, interval_month: 1 });
  assert.equal(shown.crn.split(':')[8], 'policy');
  assert.equal(shown.crn.split(':')[9], shown.id);
  assert.equal(shown.createdBy, `iam-ServiceId-${subject.caller.principalId}`);
  assert.deepEqual(await rotation(), { enabled: true, interval_month: 1 });

  const newest = async () => (await subject.send({ path: `/keys/${id}` })).json.resources[0].keyVersion.id;
  const before = await newest();
  subject.keyhold.clock.advance(30 * DAY_MS + HOUR_MS);
  await subject.keyhold.runDueWork();
  assert.notEqual(await newest(), before);

  await put({ rotation: { enabled: false } });
  assert.deepEqual(await rotation(), { enabled: false, interval_month: 1 });
  const paused = await newest();
  subject.keyhold.clock.advance(60 * DAY_MS);
  await subject.keyhold.runDueWork();
  assert.equal(await newest(), paused);
  await put({ rotation: { enabled: true } });
  assert.deepEqual(await rotation(), { enabled: true, interval_month: 1 });
});

test('rotation policies are for generated root keys, and dual authorization is for good', async () => {
  const put = (id: string, members: Readonly<Record<string, unknown>>) =>
    subject.send({
      method: 'PUT',
      path: `/keys/${id}/policies`,
      body: collection('policy', policy(members)),
    });
  const standard = await createKey({ extractable: true });
  assert.equal(faultOf(await put(standard.id, { rotation: { interval_month: 3 } })), '400 KEY_ROOT_REQ_ERR');
  const imported = await createKey({ payload: Buffer.alloc(32, 3).toString('base64') });
  assert.equal(faultOf(await put(imported.id, { rotation: { interval_month: 3 } })), '400 INVALID_FIELD_ERR');
  assert.equal((await put(imported.id, { dualAuthDelete: { enabled: false } })).status, 200);
  assert.equal((await put(imported.id, { dualAuthDelete: { enabled: true } })).status, 200);
  assert.equal(
    faultOf(await put(imported.id, { dualAuthDelete: { enabled: false } })),
    '400 INVALID_FIELD_ERR',
  );
  const { resources } = (await subject.send({ path: `/keys/${imported.id}/policies` })).json;
  assert.deepEqual(
    resources.map((one: Json) => one.dualAuthDelete),
    [{ enabled: true }],
  );
  assert.equal(
    faultOf(await put(imported.id, { dualauthdelete: { enabled: true, sure: 1 } })),
    '400 BAD_BODY_ERR',
  );
});

test('a key is made with policies of its own in place of those of the instance', async () => {
  const create = (members: Readonly<Record<string, unknown>>) =>
    subject.send({ method: 'POST', path: '/keys_with_policy_overrides', body: keyBody(members) });
  const made = await create({
    rotation: { enabled: true, interval_month: 4 },
    dualAuthDelete: { enabled: true },
  });
  assert.equal(made.status, 201, made.text);
  const [key] = made.json.resources;
  assert.deepEqual(key.rotation, { enabled: true, interval_month: 4 });
  assert.equal(key.dualAuthDelete.enabled, true);
  const standard = await create({ extractable: true, rotation: { enabled: true, interval_month: 4 } });
  assert.equal(faultOf(standard), '400 KEY_ROOT_REQ_ERR');
  assert.equal(faultOf(await create({ rotation: { interval_month: 13 } })), '400 INVALID_FIELD_ERR');
  const plain = await subject.send({
    method: 'POST',
    path: '/keys',
    body: keyBody({ rotation: { interval_month: 1 } }),
  });
  assert.equal(faultOf(plain), '400 BAD_BODY_ERR');
});

test('registrations are made by services, read by everybody, and keep a key from being deleted', async () => {
  const client = subject.client();
  const { id, keyVersion } = await createKey({ name: 'registered' });
  const path = `/keys/${id}/registrations/${encodeURIComponent(`${CRN}:bucket:one`)}`;
  const body = (members: Readonly<Record<string, unknown>> = {}) => collection('registration_input', members);
  const made = await subject.send({
    method: 'POST',
    path,
    body: body({ preventKeyDeletion: true, description: 'a bucket' }),
  });
  assert.deepEqual([made.status, made.headers.etag], [201, 'W/"1"']);
  const { creationDate, lastUpdated, ...shown } = made.json.resources[0];
  const by = `iam-ServiceId-${subject.caller.principalId}`;
  assert.deepEqual(shown, {
    keyId: id,
    keyName: 'registered',
    resourceCrn: `${CRN}:bucket:one`,
    createdBy: by,
    updatedBy: by,
    description: 'a bucket',
    preventKeyDeletion: true,
    keyVersion,
  });
  assert.equal(creationDate, lastUpdated);
  await subject.send({
    method: 'POST',
    path: `/keys/${id}/registrations/${encodeURIComponent(`${CRN}:bucket:two`)}`,
    body: body(),
  });

  const query = encodeURIComponent(`${CRN}:bucket:o*`);
  const own = await client.getRegistrations({
    ...common(),
    id,
    urlEncodedResourceCrnQuery: query,
    totalCount: true,
  });
  assert.deepEqual((own.result as Json).metadata, {
    collectionType: 'application/vnd.ibm.kms.registration+json',
    collectionTotal: 1,
    totalCount: 1,
  });
  const all = await client.getRegistrationsAllKeys({ ...common(), preventKeyDeletion: false });
  assert.deepEqual(
    (all.result as Json).resources.map((one: Json) => one.resourceCrn),
    [`${CRN}:bucket:two`],
  );

  const remove = (force: boolean) => subject.send({ method: 'DELETE', path: `/keys/${id}?force=${force}` });
  assert.equal(faultOf(await remove(true)), '409 PREV_KEY_DEL_ERR');
  const changed = await subject.send({
    method: 'PATCH',
    path,
    body: body({ preventKeyDeletion: false }),
    headers: { 'if-match': '"7", W/"1"' },
  });
  assert.deepEqual([changed.status, changed.headers.etag], [200, 'W/"2"']);
  assert.equal(changed.json.resources[0].description, 'a bucket');
  const stale = await subject.send({ method: 'PUT', path, body: body(), headers: { 'if-match': '"1"' } });
  assert.equal(stale.status, 412);
  const replaced = await subject.send({ method: 'PUT', path, body: body({ keyVersionId: keyVersion.id }) });
  assert.equal(replaced.json.resources[0].description, '');
  assert.equal(faultOf(await remove(false)), '409 PROTECTED_RESOURCE_ERR');
  assert.equal((await remove(true)).status, 204);
  assert.equal((await subject.send({ path: `/keys/${id}/registrations` })).json.metadata.collectionTotal, 2);
  assert.equal((await subject.send({ method: 'DELETE', path })).status, 204);
});

test('registrations are of active root keys, at versions that they have', async () => {
  const { id } = await createKey();
  const at = (key: string, crn = `${CRN}:x:y`) => `/keys/${key}/registrations/${encodeURIComponent(crn)}`;
  const post = (path: string, members: Readonly<Record<string, unknown>> = {}) =>
    subject.send({ method: 'POST', path, body: collection('registration_input', members) });
  const standard = await createKey({ extractable: true });
  assert.equal(faultOf(await post(at(standard.id))), '422 KEY_ROOT_REQ_REG_ERR');
  assert.equal(faultOf(await post(at(id), { keyVersionId: id })), '422 KEY_VERSION_INVALID');
  assert.equal(faultOf(await post(at(id, 'crn:v1:bluemix:public:kms'))), '400 INVALID_FIELD_ERR');
  await subject.send({ method: 'POST', path: `/keys/${id}/actions/disable` });
  assert.equal(faultOf(await post(at(id))), '422 KEY_INVALID_STATE_ERR');
});

test('keys come in under the import token of the instance', async () => {
  const client = subject.client();
  assert.equal((await subject.send({ path: '/import_token' })).status, 404);
  const made = await client.postImportToken({ ...common(), expiration: 300, maxAllowedRetrievals: 2 });
  assert.equal(made.status, 200);
  const facts = made.result as Json;
  assert.deepEqual([facts.maxAllowedRetrievals, facts.remainingRetrievals], [2, 2]);
  assert.equal(Date.parse(facts.expirationDate) - Date.parse(facts.creationDate), 300_000);
  const token = (await client.getImportToken(common())).result as Json;
  assert.equal(token.remainingRetrievals, 1);

  const publicKey = createPublicKey(Buffer.from(token.payload, 'base64').toString('latin1'));
  const seal = (key: Buffer, nonce: Buffer) => {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    const encryptedNonce = Buffer.concat([cipher.update(nonce), cipher.final(), cipher.getAuthTag()]);
    return {
      payload: publicEncrypt({ key: publicKey, oaepHash: 'sha256' }, key).toString('base64'),
      encryptedNonce: encryptedNonce.toString('base64'),
      iv: iv.toString('base64'),
      encryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    };
  };
  const nonce = Buffer.from(token.nonce, 'base64');
  const key = await createKey(seal(Buffer.alloc(32, 9), nonce));
  assert.deepEqual([key.imported, key.extractable, key.algorithmBitSize], [true, false, 256]);
  const rotate = {
    method: 'POST',
    path: `/keys/${key.id}/actions/rotate`,
    body: seal(Buffer.alloc(32, 8), nonce),
  };
  assert.equal((await subject.send(rotate)).status, 204);

  const create = (members: Readonly<Record<string, unknown>>) =>
    subject.send({ method: 'POST', path: '/keys', body: keyBody(members) });
  const good = seal(Buffer.alloc(32, 7), nonce);
  assert.equal(faultOf(await create(seal(Buffer.alloc(32, 7), randomBytes(12)))), '400 INCORRECT_NONCE_ERR');
  assert.equal(
    faultOf(await create({ ...good, iv: randomBytes(11).toString('base64') })),
    '400 INCORRECT_NONCE_IV_ERR',
  );
  assert.equal(
    faultOf(await create({ ...good, payload: Buffer.alloc(512, 1).toString('base64') })),
    '400 INVALID_FIELD_ERR',
  );
  assert.equal(
    faultOf(await create({ ...good, encryptionAlgorithm: 'RSAES_OAEP_SHA_1' })),
    '400 INVALID_FIELD_ERR',
  );
  assert.equal(faultOf(await create({ ...good, iv: undefined })), '400 INVALID_FIELD_ERR');
  assert.equal((await client.getImportToken(common())).status, 200);
  assert.equal(faultOf(await subject.send({ path: '/import_token' })), '409 IMPORT_TOKEN_EXPIRED_ERR');
  subject.keyhold.clock.advance(301_000);
  assert.equal(faultOf(await create(good)), '409 IMPORT_TOKEN_EXPIRED_ERR');
  for (const body of [
    { expiration: 299 },
    { expiration: 86_401 },
    { maxAllowedRetrievals: 0 },
    { maxAllowedRetrievals: 501 },
  ]) {
    const refused = await subject.send({ method: 'POST', path: '/import_token', body });
    assert.equal(faultOf(refused), '400 INVALID_FIELD_ERR', JSON.stringify(body));
  }
});

test('the port of the allow-list and the endpoints of the instance are told', async () => {
  const port = (await subject.client().getAllowedIpPort(common())).result as Json;
  assert.deepEqual(port.resources, [{ private_endpoint_port: Number(new URL(subject.keyhold.url).port) }]);
  const { instanceId } = subject.caller;
  const endpoints = await subject.send({ path: `/crypto_v2/instances/${instanceId}`, instanceId: undefined });
  assert.deepEqual(endpoints.json.kms.public, subject.keyhold.url);
  const foreign = '00000000-0000-4000-8000-000000000001';
  const other = await subject.send({ path: `/crypto_v2/instances/${foreign}`, instanceId: undefined });
  assert.equal(faultOf(other), '401 UNAUTHORIZED_ERR');
  const configs = await subject.send({
    path: '/governance/v1/configs?resource_kind=instance',
    instanceId: undefined,
  });
  assert.equal(configs.json.config_state[0].additional_target_attributes.instance_id, instanceId);
});
