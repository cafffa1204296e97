// The media types of answers. IBM's Python SDK hands `application/json` to its callers as a parsed object and everything else as the raw
// response, and programs written for it, IBM's own tests among them, ask that response for its JSON.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Exchange, type KeyProtectSubject, keyBody, startKeyProtect } from './support.ts';

let subject: KeyProtectSubject;
before(async () => {
  subject = await startKeyProtect();
});
after(() => subject.stop());

const typeOf = ({ headers }: Exchange) => headers['content-type'];

async function create(): Promise<string> {
  const made = await subject.send({ method: 'POST', path: '/keys', body: keyBody() });
  return made.json.resources[0].id;
}

test('a collection is answered in the media type that it names', async () => {
  const made = await subject.send({ method: 'POST', path: '/keys', body: keyBody() });
  assert.equal(made.status, 201);
  assert.equal(typeOf(made), 'application/vnd.ibm.kms.key+json');
  assert.equal(typeOf(made), made.json.metadata.collectionType);
  const rings = await subject.send({ path: '/key_rings' });
  assert.equal(typeOf(rings), 'application/vnd.ibm.kms.key_ring+json');
});

test('what is answered without an envelope has the media type of its kind', async () => {
  const path = `/keys/${await create()}/actions`;
  const wrapped = await subject.send({ method: 'POST', path: `${path}/wrap`, body: {} });
  assert.equal(typeOf(wrapped), 'application/vnd.ibm.kms.key_action+json');
  const { ciphertext } = wrapped.json;
  for (const action of ['unwrap', 'rewrap']) {
    const answer = await subject.send({ method: 'POST', path: `${path}/${action}`, body: { ciphertext } });
    assert.equal(typeOf(answer), 'application/vnd.ibm.kms.key_action+json', action);
  }
  const token = await subject.send({ method: 'POST', path: '/import_token', body: {} });
  assert.equal(typeOf(token), 'application/vnd.ibm.kms.import_token+json');
  const read = await subject.send({ path: '/import_token' });
  assert.equal(typeOf(read), 'application/vnd.ibm.kms.import_token+json');
});

test('a refusal has the media type of errors', async () => {
  const refused = await subject.send({ path: '/keys/8bfff9c9-7ecc-4e48-acc0-0dd458e5cddc' });
  assert.equal(refused.status, 404);
  assert.equal(typeOf(refused), 'application/vnd.ibm.kms.error+json');
});
