// The ways in which IBM's clients write one and the same query: the Python client sends a list that nobody gave as an empty value, the
// older one its language's `False` for a boolean and a list of states as one parameter for each.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type Caller,
  collection,
  faultOf,
  type KeyProtectSubject,
  keyBody,
  startKeyProtect,
} from './support.ts';

let subject: KeyProtectSubject;
let caller: Caller;
let objects: string;
before(async () => {
  subject = await startKeyProtect();
  caller = await subject.addCaller('kmip-manager', ['manager', 'user', 'registrar']);
  const made = await subject.send({ method: 'POST', path: '/keys', body: keyBody() });
  const adapter = await subject.send({
    method: 'POST',
    path: '/kmip_adapters',
    as: caller,
    body: collection('kmip_adapter', {
      name: 'queried',
      profile: 'native_1.0',
      profile_data: { crk_id: made.json.resources[0].id },
    }),
  });
  assert.equal(adapter.status, 201, adapter.text);
  objects = '/kmip_adapters/queried/kmip_objects';
});
after(() => subject.stop());

const get = async (path: string) => faultOf(await subject.send({ path, as: caller }));

async function accepted(path: string): Promise<void> {
  const answer = await subject.send({ path, as: caller });
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
}

test('an empty value is no value', async () => {
  for (const query of ['state=', 'limit=', 'offset=&limit=', 'totalCount=']) {
    await accepted(`${objects}?${query}`);
  }
  await accepted('/instance/policies?policy=');
  assert.equal(await get('/key_rings?state='), '400 INVALID_QUERY_PARAM_ERR');
});

test('a boolean is written in any of the ways that the service reads', async () => {
  const { json } = await subject.send({ path: '/key_rings?totalCount=True' });
  assert.equal(json.metadata.totalCount, json.resources.length);
  for (const word of ['1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False']) {
    await accepted(`/key_rings?totalCount=${word}`);
  }
  for (const word of ['yes', 'tRUE', '2', ' true']) {
    const path = `/key_rings?totalCount=${encodeURIComponent(word)}`;
    assert.equal(await get(path), '400 INVALID_QUERY_PARAM_ERR', word);
  }
});

test('states come in one parameter, or in one each', async () => {
  await accepted(`${objects}?state=1,2,3,4`);
  await accepted(`${objects}?state=1&state=2&state=3&state=4`);
  assert.equal(await get(`${objects}?state=1&state=7`), '400 INVALID_QUERY_PARAM_ERR');
  assert.equal(await get(`${objects}?limit=1&limit=2`), '400 INVALID_QUERY_PARAM_ERR');
});
