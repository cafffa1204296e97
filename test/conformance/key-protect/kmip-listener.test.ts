// The certificate of a KMIP adapter opens Keyhold's own KMIP port, and there the objects of that adapter alone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { make } from '../../../src/wire/ttlv/index.ts';
import { CLIENT_AUTHENTICATION } from '../../support/certificates.ts';
import {
  answered,
  attribute,
  certified,
  type KmipConnection,
  kmipListener,
  newAes256,
  openConnection,
  request,
} from '../kmip/support.ts';
import {
  type Caller,
  collection,
  faultOf,
  type Json,
  type KeyProtectSubject,
  keyBody,
  startKeyProtect,
} from './support.ts';

let subject: KeyProtectSubject;
let manager: Caller;
before(async () => {
  using listener = kmipListener();
  subject = await startKeyProtect({ settings: listener.settings });
  manager = await subject.addCaller('kmip-manager', ['registrar', 'manager', 'user']);
});
after(() => subject.stop());

const send = (method: string, path: string, body?: unknown) =>
  subject.send({ method, path, body, as: manager });

async function resource(method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await send(method, path, body);
  assert.ok(answer.status < 300, answer.text);
  return answer.json.resources[0];
}

interface Array {
  readonly path: string;
  readonly crkId: string;
  readonly certificateId: string;
  readonly connection: KmipConnection;
}

/** An adapter on a root key of its own, with one certificate and a connection by it. */
async function addArray(name: string): Promise<Array> {
  const { id: crkId } = await resource('POST', '/keys', keyBody());
  const profile = { profile: 'native_1.0', profile_data: { crk_id: crkId } };
  await resource('POST', '/kmip_adapters', collection('kmip_adapter', { name, ...profile }));
  const { certificate, privateKey } = certified(name, CLIENT_AUTHENTICATION);
  const path = `/kmip_adapters/${name}`;
  const body = collection('kmip_client_certificate', { certificate });
  const { id: certificateId } = await resource('POST', `${path}/certificates`, body);
  const connection = await openConnection(subject.keyhold.kmipPort ?? 0, { certificate, privateKey });
  return { path, crkId, certificateId, connection };
}

const named = (text: string) =>
  attribute(
    'Name',
    make.structure('AttributeValue', [
      make.textString('NameValue', text),
      make.enumeration('NameType', 'UninterpretedTextString'),
    ]),
  );
const key = (id: string) => make.textString('UniqueIdentifier', id);

type Asked = Parameters<typeof request>[1][number];

async function ask({ connection }: Array, operation: Asked['operation'], payload: Asked['payload'] = []) {
  return answered(await connection.ask(request('1.4', [{ operation, payload }])));
}

async function create(array: Array, name?: string): Promise<string> {
  const payload = newAes256(...(name === undefined ? [] : [named(name)]));
  const { status, ids } = await ask(array, 'Create', payload);
  assert.equal(status, 0);
  return ids[0] ?? '';
}

const PERMISSION_DENIED = 12;
const OBJECT_NOT_FOUND = 1;

test('a key that a client makes is an object of its adapter, from creation to its end', async () => {
  const array = await addArray('array-1');
  const id = await create(array);
  const [object] = (await send('GET', `${array.path}/kmip_objects`)).json.resources;
  assert.deepEqual(
    [object.id, object.kmip_object_type, object.state, object.created_by_kmip_client_cert_id],
    [id, 2, 2, array.certificateId],
  );
  assert.equal((await ask(array, 'Get', [key(id)])).status, 0);
  assert.deepEqual((await ask(array, 'Locate')).ids, [id]);
  assert.equal((await send('DELETE', array.path)).status, 409);
  assert.equal((await send('DELETE', `${array.path}/kmip_objects/${id}`)).status, 409);
  const reason = make.structure('RevocationReason', [make.enumeration('RevocationReasonCode', 'Superseded')]);
  assert.equal((await ask(array, 'Revoke', [key(id), reason])).status, 0);
  assert.equal((await ask(array, 'Destroy', [key(id)])).status, 0);
  const gone = await resource('GET', `${array.path}/kmip_objects?state=5`);
  assert.deepEqual(
    [gone.id, gone.state, gone.recoverable, gone.destroyed_by_kmip_client_cert_id],
    [id, 5, false, array.certificateId],
  );
  assert.equal((await send('DELETE', array.path)).status, 204);
  assert.equal((await ask(array, 'Locate')).status, 1);
});

test('clients of one adapter neither find nor name what another has, nor any other key of the instance', async () => {
  const [first, second] = [await addArray('array-2'), await addArray('array-3')];
  const id = await create(first);
  assert.deepEqual((await ask(second, 'Locate')).ids, []);
  for (const foreign of [id, first.crkId, second.crkId]) {
    for (const operation of ['Get', 'GetAttributes', 'Activate', 'Destroy'] as const) {
      const { status, reason } = await ask(second, operation, [key(foreign)]);
      assert.deepEqual(
        [status, [PERMISSION_DENIED, OBJECT_NOT_FOUND].includes(reason ?? 0)],
        [1, true],
        operation,
      );
    }
  }
  const path = `/keys/${(await resource('POST', '/keys', keyBody())).id}`;
  const { keyRingID } = (await send('GET', `/keys/${id}/metadata`)).json.resources[0];
  const moved = await subject.send({
    method: 'PATCH',
    path,
    body: { keyRingID },
    as: manager,
    headers: { 'x-kms-key-ring': 'default' },
  });
  assert.equal(faultOf(moved), '400 INVALID_FIELD_ERR');
  const deleted = await send('DELETE', `/key_rings/${keyRingID}?force=true`);
  assert.equal(faultOf(deleted), '400 INVALID_FIELD_ERR');
});

test('two adapters may have objects of the same name', async () => {
  const arrays = [await addArray('array-4'), await addArray('array-5')];
  for (const array of arrays) {
    const id = await create(array, 'volume');
    assert.deepEqual((await ask(array, 'Locate', [named('volume')])).ids, [id]);
  }
});

test('nothing is done for a client while the root key of its adapter is disabled', async () => {
  const array = await addArray('array-6');
  const id = await create(array);
  assert.equal((await send('POST', `/keys/${array.crkId}/actions/disable`)).status, 204);
  assert.deepEqual(await ask(array, 'Get', [key(id)]), { status: 1, reason: PERMISSION_DENIED, ids: [] });
  subject.keyhold.clock.advance(60_000);
  assert.equal((await send('POST', `/keys/${array.crkId}/actions/enable`)).status, 204);
  assert.equal((await ask(array, 'Get', [key(id)])).status, 0);
});

test('a certificate that is taken away opens nothing, on open connections either', async () => {
  const array = await addArray('array-7');
  await create(array);
  assert.equal((await send('DELETE', `${array.path}/certificates/${array.certificateId}`)).status, 204);
  assert.equal((await ask(array, 'Locate')).status, 1);
  assert.equal(
    faultOf(await send('GET', `${array.path}/certificates/${array.certificateId}`)),
    '404 KMIP_OBJECT_NOT_FOUND_ERR',
  );
});
