// KMIP management: adapters, their client certificates and their objects.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../support/certificates.ts';
import {
  type Caller,
  collection,
  faultOf,
  type Json,
  type KeyProtectSubject,
  startKeyProtect,
} from './support.ts';

let subject: KeyProtectSubject;
let manager: Caller;
before(async () => {
  subject = await startKeyProtect();
  manager = await subject.addCaller('kmip-manager', ['registrar', 'manager', 'user']);
});
after(() => subject.stop());

const send = (method: string, path: string, body?: unknown, as = manager) =>
  subject.send({ method, path, body, as });

const createRoot = async (members?: Readonly<Record<string, unknown>>): Promise<string> =>
  (await subject.newKey(members, { as: manager })).id;

const adapterOf = (crk_id: string, members: Readonly<Record<string, unknown>> = {}) =>
  collection('kmip_adapter', { profile: 'native_1.0', profile_data: { crk_id }, ...members });

async function createAdapter(crkId: string, members: Readonly<Record<string, unknown>> = {}): Promise<Json> {
  const made = await send('POST', '/kmip_adapters', adapterOf(crkId, members));
  assert.equal(made.status, 201, made.text);
  return made.json.resources[0];
}

test('an adapter is shown as it was made, by its id and its name', async () => {
  const id = await createRoot({ aliases: ['root-of-adapter'] });
  const made = await createAdapter('root-of-adapter', { name: 'adapter-1', description: 'of a disk array' });
  assert.deepEqual(
    [made.name, made.description, made.profile, made.profile_data],
    ['adapter-1', 'of a disk array', 'native_1.0', { crk_id: id }],
  );
  for (const reference of [made.id, 'adapter-1']) {
    assert.deepEqual((await send('GET', `/kmip_adapters/${reference}`)).json.resources[0], made);
  }
  const { name } = await createAdapter(id);
  assert.match(name, /^kmip_adapter_/);
  const listed = (await send('GET', `/kmip_adapters?crk_id=${id}&totalCount=true&limit=1`)).json;
  assert.deepEqual([listed.metadata.totalCount, listed.metadata.collectionTotal], [2, 1]);
  assert.equal((await send('GET', '/kmip_adapters?crk_id=nothing')).json.metadata.collectionTotal, 0);
});

test('an adapter stands on an active root key without an end, which cannot be deleted while it does', async () => {
  const id = await createRoot();
  const create = async (crk: string, members = {}) =>
    faultOf(await send('POST', '/kmip_adapters', adapterOf(crk, members)));
  const { name, id: adapter } = await createAdapter(id, { name: 'adapter-2' });
  assert.equal(await create(id, { name }), '409 KMIP_ADAPTER_DUPLICATE_NAME_ERR');
  assert.equal(await create('no-such-key'), '404 NATIVE_CRK_ID_NOT_FOUND_ERR');
  assert.equal(await create(await createRoot({ extractable: true })), '409 NATIVE_INVALID_CRK_ERR');
  const ending = new Date(subject.keyhold.clock.now() + 3_600_000).toISOString();
  assert.equal(await create(await createRoot({ expirationDate: ending })), '409 NATIVE_INVALID_CRK_ERR');
  assert.equal(await create(id, { profile: 'other' }), '400 INVALID_FIELD_ERR');
  assert.equal(await create(id, { name: 'x' }), '400 INVALID_FIELD_ERR');
  assert.equal(faultOf(await send('DELETE', `/keys/${id}?force=true`)), '409 PREV_KEY_DEL_ERR');
  assert.equal((await send('DELETE', `/kmip_adapters/${adapter}`)).status, 204);
  assert.equal(faultOf(await send('GET', `/kmip_adapters/${name}`)), '404 KMIP_OBJECT_NOT_FOUND_ERR');
  assert.equal((await send('DELETE', `/keys/${id}?force=true`)).status, 204);
});

test('client certificates are named, shown with their text one by one, and proven from then on', async () => {
  const adapter = await createAdapter(await createRoot(), { name: 'adapter-3' });
  const path = `/kmip_adapters/${adapter.name}/certificates`;
  const first = selfSigned();
  const made = await send(
    'POST',
    path,
    collection('kmip_client_certificate', { name: 'cert-1', certificate: first }),
  );
  assert.equal(made.status, 201, made.text);
  const [certificate] = made.json.resources;
  assert.equal(certificate.certificate.replaceAll(/\s/g, ''), first.replaceAll(/\s/g, ''));
  const [listed] = (await send('GET', path)).json.resources;
  assert.deepEqual([listed.name, 'certificate' in listed], ['cert-1', false]);
  for (const reference of ['cert-1', certificate.id]) {
    assert.deepEqual((await send('GET', `${path}/${reference}`)).json.resources[0], certificate);
  }
  const add = async (members: Readonly<Record<string, unknown>>) =>
    faultOf(await send('POST', path, collection('kmip_client_certificate', members)));
  assert.equal(await add({ certificate: first }), '409 KMIP_CERT_DUPLICATE_ERR');
  assert.equal(await add({ name: 'cert-1', certificate: selfSigned() }), '409 KMIP_CERT_DUPLICATE_NAME_ERR');
  assert.equal(await add({ certificate: 'no certificate' }), '400 INVALID_FIELD_ERR');
  assert.equal(await add({}), '400 INVALID_FIELD_ERR');
  assert.equal((await send('DELETE', `${path}/cert-1`)).status, 204);
  assert.equal(faultOf(await send('GET', `${path}/cert-1`)), '404 KMIP_OBJECT_NOT_FOUND_ERR');
});

test('other service accounts are no adapters', async () => {
  for (const reference of [subject.caller.principalId, 'tester', 'no.such']) {
    assert.equal(faultOf(await send('GET', `/kmip_adapters/${reference}`)), '404 KMIP_OBJECT_NOT_FOUND_ERR');
    assert.equal(
      faultOf(await send('DELETE', `/kmip_adapters/${reference}`)),
      '404 KMIP_OBJECT_NOT_FOUND_ERR',
    );
  }
});
