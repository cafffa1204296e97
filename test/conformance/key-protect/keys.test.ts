// Keys through IBM's own client, and by hand where the client has no call: made, shown, moved, deleted, restored, purged.

import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { faultOf, type Json, type KeyProtectSubject, keyBody, startKeyProtect } from './support.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

let subject: KeyProtectSubject;
before(async () => {
  subject = await startKeyProtect();
});
after(() => subject.stop());

const common = () => ({ bluemixInstance: subject.caller.instanceId });
const resource = (answer: { readonly result?: Json }) => answer.result.resources[0];

const createKey = (members?: Readonly<Record<string, unknown>>, headers = {}): Promise<Json> =>
  subject.newKey(members, { headers });

test('a root key is made, and shown the same by its id and its alias', async () => {
  const client = subject.client();
  const body = keyBody({
    name: 'first root',
    aliases: ['root-1'],
    description: 'of the tests',
    tags: ['a', 'b c'],
  });
  const made = await client.createKey({ ...common(), body: body as Json, prefer: 'return=representation' });
  assert.equal(made.status, 201);
  const key = resource(made);
  assert.match(key.id, UUID);
  assert.equal(key.crn.split(':').length, 10);
  assert.equal(key.crn.split(':')[7], subject.caller.instanceId);
  assert.equal(key.crn.split(':')[9], key.id);
  assert.match(key.creationDate, DATE);
  assert.match(key.keyVersion.id, UUID);
  assert.notEqual(key.keyVersion.id, key.id);
  assert.deepEqual(
    [key.name, key.aliases, key.description, key.tags, key.state, key.extractable, key.imported],
    ['first root', ['root-1'], 'of the tests', ['a', 'b c'], 1, false, false],
  );
  assert.deepEqual([key.keyRingID, key.deleted, key.algorithmMetadata.bitLength], ['default', false, '256']);
  for (const absent of ['payload', 'lastUpdateDate', 'lastRotateDate', 'expirationDate', 'rotation']) {
    assert.equal(absent in key, false, absent);
  }
  assert.equal(key.createdBy, `iam-ServiceId-${subject.caller.principalId}`);
  const shown = resource(await client.getKey({ ...common(), id: key.id }));
  assert.deepEqual(shown, { ...key, lastUpdateDate: key.creationDate });
  assert.deepEqual(resource(await client.getKey({ ...common(), id: 'root-1' })), shown);
  assert.deepEqual(resource(await client.getKeyMetadata({ ...common(), id: 'root-1' })), shown);
});

test('a standard key shows its payload to those who may export it, and never in its metadata', async () => {
  const reader = await subject.addCaller('export-reader', ['user', 'exporter']);
  const payload = Buffer.from('a secret that is kept').toString('base64');
  const made = await createKey({ extractable: true, payload, name: 'password' });
  assert.equal('payload' in made, false);
  assert.deepEqual(
    [made.imported, made.algorithmMetadata.bitLength, made.keyVersion],
    [true, '168', undefined],
  );
  const path = `/keys/${made.id}`;
  assert.equal((await subject.send({ path, as: reader })).json.resources[0].payload, payload);
  assert.equal(faultOf(await subject.send({ path })), '401 UNAUTHORIZED_ERR');
  assert.equal(
    'payload' in (await subject.send({ path: `${path}/metadata`, as: reader })).json.resources[0],
    false,
  );
});

test('a generated standard key has 32 bytes, and is answered with them where that is asked for', async () => {
  const maker = await subject.addCaller('maker', ['user', 'exporter', 'provisioner']);
  const body = keyBody({ extractable: undefined, name: 'generated' });
  const headers = { prefer: 'return=representation' };
  const made = await subject.send({ method: 'POST', path: '/keys', body, headers, as: maker });
  const [key] = made.json.resources;
  assert.equal(key.extractable, true);
  assert.equal(Buffer.from(key.payload, 'base64').length, 32);
  const minimal = await subject.send({ method: 'POST', path: '/keys', body, as: maker });
  assert.equal('payload' in minimal.json.resources[0], false);
});

test('root keys are imported with 16, 24 or 32 bytes', async () => {
  for (const [bytes, bits] of [
    [16, '128'],
    [24, '192'],
    [32, '256'],
  ] as const) {
    const key = await createKey({ payload: Buffer.alloc(bytes, 7).toString('base64') });
    assert.deepEqual([key.imported, key.algorithmMetadata.bitLength], [true, bits]);
  }
  const body = keyBody({ payload: Buffer.alloc(20).toString('base64') });
  const refused = await subject.send({ method: 'POST', path: '/keys', body });
  assert.equal(faultOf(refused), '400 INVALID_FIELD_ERR');
  assert.deepEqual(refused.json.resources[0].reasons[0].target, { type: 'field', name: 'payload' });
});

test('a key expires: it goes on unwrapping and wraps no more', async () => {
  const at = new Date(subject.keyhold.clock.now() + HOUR_MS).toISOString();
  const key = await createKey({ expirationDate: at, name: 'short lived' });
  assert.equal(key.expirationDate, `${at.slice(0, 19)}Z`);
  const wrap = { method: 'POST', path: `/keys/${key.id}/actions/wrap`, body: {} };
  const { ciphertext, plaintext } = (await subject.send(wrap)).json;
  subject.keyhold.clock.advance(2 * HOUR_MS);
  assert.equal((await subject.send({ path: `/keys/${key.id}` })).json.resources[0].state, 3);
  assert.equal(faultOf(await subject.send(wrap)), '409 KEY_ACTION_INVALID_STATE_ERR');
  const unwrap = { method: 'POST', path: `/keys/${key.id}/actions/unwrap`, body: { ciphertext } };
  assert.equal((await subject.send(unwrap)).json.plaintext, plaintext);
  const rewrap = { method: 'POST', path: `/keys/${key.id}/actions/rewrap`, body: { ciphertext } };
  assert.equal((await subject.send(rewrap)).status, 200);
});

test('deletion, its dates, restoring and purging keep to their times', async () => {
  const client = subject.client();
  const { clock } = subject.keyhold;
  const purger = await subject.addCaller('purger', ['purger']);
  const { id } = await createKey({ aliases: ['deleted-one'], name: 'to go' });
  const path = `/keys/${id}`;

  const deleted = await client.deleteKey({ ...common(), id, prefer: 'return=representation' });
  assert.equal(deleted.status, 200);
  const key = resource(deleted);
  const times = (name: string) => Date.parse(key[name]) - Date.parse(key.deletionDate);
  assert.deepEqual([key.state, key.deleted, key.restoreAllowed, key.purgeAllowed], [5, true, false, false]);
  assert.equal(key.deletedBy, `iam-ServiceId-${subject.caller.principalId}`);
  assert.equal(times('purgeAllowedFrom'), 4 * HOUR_MS);
  assert.equal(times('restoreExpirationDate'), 30 * DAY_MS);
  assert.equal(times('purgeScheduledOn'), 90 * DAY_MS);
  assert.equal(faultOf(await subject.send({ method: 'DELETE', path })), '410 KEY_DELETED_ERR');
  assert.equal(
    faultOf(await subject.send({ method: 'POST', path: `${path}/actions/wrap` })),
    '410 KEY_DELETED_ERR',
  );
  assert.equal(faultOf(await subject.send({ path: `${path}/versions` })), '410 KEY_DELETED_ERR');
  assert.equal((await subject.send({ path })).status, 200);

  const restore = { method: 'POST', path: `${path}/restore` };
  assert.equal(faultOf(await subject.send(restore)), '409 REQ_TOO_EARLY_ERR');
  clock.advance(31 * SECOND_MS);
  assert.equal((await subject.send({ path })).json.resources[0].restoreAllowed, true);
  const restored = await client.restoreKey({ ...common(), id });
  assert.equal(restored.status, 201);
  const shown = JSON.parse(await text(restored.result as NodeJS.ReadableStream)).resources[0];
  assert.deepEqual([shown.state, shown.deleted, shown.aliases], [1, false, ['deleted-one']]);
  for (const gone of ['deletionDate', 'deletedBy', 'purgeAllowedFrom', 'restoreExpirationDate']) {
    assert.equal(gone in shown, false, gone);
  }

  assert.equal((await client.deleteKey({ ...common(), id })).status, 204);
  const purge = { method: 'DELETE', path: `${path}/purge` };
  assert.equal(faultOf(await subject.send(purge)), '401 UNAUTHORIZED_ERR');
  assert.equal(faultOf(await subject.send({ ...purge, as: purger })), '409 REQ_TOO_EARLY_ERR');
  clock.advance(4 * HOUR_MS);
  assert.equal((await subject.send({ path })).json.resources[0].purgeAllowed, true);
  const headers = { prefer: 'return=representation' };
  const purged = await subject.send({ ...purge, as: purger, headers });
  assert.deepEqual([purged.status, purged.json.resources[0].id], [200, id]);
  assert.equal(faultOf(await subject.send({ path })), '404 KEY_NOT_FOUND_ERR');
  assert.equal(faultOf(await subject.send({ path: '/keys/deleted-one' })), '404 KEY_NOT_FOUND_ERR');
});

test('nothing is restored after 30 days, and after 90 the key is purged by itself', async () => {
  const { id } = await createKey();
  await subject.send({ method: 'DELETE', path: `/keys/${id}` });
  subject.keyhold.clock.advance(30 * DAY_MS);
  const restore = { method: 'POST', path: `/keys/${id}/restore`, body: {} };
  assert.equal(faultOf(await subject.send(restore)), '400 KEY_RESTORE_EXPIRED');
  subject.keyhold.clock.advance(60 * DAY_MS);
  await subject.keyhold.runDueWork();
  assert.equal(faultOf(await subject.send({ path: `/keys/${id}` })), '404 KEY_NOT_FOUND_ERR');
});

test('a key that has expired while it was deleted is not restored', async () => {
  const at = new Date(subject.keyhold.clock.now() + HOUR_MS).toISOString();
  const { id } = await createKey({ expirationDate: at });
  await subject.send({ method: 'DELETE', path: `/keys/${id}` });
  subject.keyhold.clock.advance(2 * HOUR_MS);
  const restore = { method: 'POST', path: `/keys/${id}/restore`, body: 'null' };
  assert.equal(faultOf(await subject.send(restore)), '400 KEY_EXPIRED_ERR');
});

test('versions are listed newest first, and in other states only where that is asked for', async () => {
  const { id } = await createKey();
  await subject.client().rotateKey({ ...common(), id });
  subject.keyhold.clock.advance(HOUR_MS);
  // A client that has not noticed that its token is over.
  const client = subject.client();
  await client.rotateKey({ ...common(), id });
  const shown = resource(await client.getKey({ ...common(), id }));
  const versions = (await client.getKeyVersions({ ...common(), id })).result as Json;
  assert.equal(versions.metadata.collectionType, 'application/vnd.ibm.kms.key.version+json');
  assert.equal(versions.metadata.collectionTotal, 3);
  assert.deepEqual(versions.resources[0], shown.keyVersion);
  const page = await subject.send({ path: `/keys/${id}/versions?limit=1&offset=2&totalCount=true` });
  assert.deepEqual(page.json.metadata.totalCount, 3);
  assert.deepEqual(page.json.resources, [versions.resources[2]]);
  await client.disableKey({ ...common(), id });
  assert.equal(
    faultOf(await subject.send({ path: `/keys/${id}/versions` })),
    '409 KEY_ACTION_INVALID_STATE_ERR',
  );
  assert.equal((await subject.send({ path: `/keys/${id}/versions?allKeyStates=true` })).status, 200);
});

test('a key moves to another key ring and is looked for there', async () => {
  const client = subject.client();
  await client.createKeyRing({ ...common(), keyRingId: 'ring-of-move' });
  const { id } = await createKey();
  const move = (keyRing: unknown, body: Json = { KeyRingID: keyRing }) =>
    subject.send({ method: 'PATCH', path: `/keys/${id}`, body, headers: { 'x-kms-key-ring': 'default' } });
  assert.equal(faultOf(await move('no-such-ring')), '404 KEY_RING_NOT_FOUND_ERR');
  assert.equal(faultOf(await move(undefined, {})), '400 INVALID_FIELD_ERR');
  const moved = await move('ring-of-move');
  assert.deepEqual([moved.status, moved.json.resources[0].keyRingID], [200, 'ring-of-move']);
  assert.equal(faultOf(await move('default')), '404 KEY_NOT_FOUND_ERR');
  const found = await client.getKey({ ...common(), id, xKmsKeyRing: 'ring-of-move' });
  assert.equal(resource(found).id, id);
});
