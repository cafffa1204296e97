// A `null` in a list of texts is an empty text, as IBM's service decodes it: redstone, IBM's older Python client, encrypts with the list
// `[null]` as additional authentication data unless its caller gives it some.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultOf, type KeyProtectSubject, keyBody, startKeyProtect } from './support.ts';

let subject: KeyProtectSubject;
before(async () => {
  subject = await startKeyProtect();
});
after(() => subject.stop());

test('additional authentication data of null is the empty text', async () => {
  const made = await subject.send({ method: 'POST', path: '/keys', body: keyBody() });
  const path = `/keys/${made.json.resources[0].id}/actions`;
  const act = (action: string, body: unknown) =>
    subject.send({ method: 'POST', path: `${path}/${action}`, body });
  const wrapped = await act('wrap', { aad: [null] });
  assert.equal(wrapped.status, 200, wrapped.text);
  const { plaintext, ciphertext } = wrapped.json;
  for (const aad of [[null], ['']]) {
    assert.equal((await act('unwrap', { ciphertext, aad })).json.plaintext, plaintext);
  }
  for (const aad of [[], ['', '']]) {
    assert.equal(faultOf(await act('unwrap', { ciphertext, aad })), '422 UNPROCESSABLE_CIPHERTEXT_ERR');
  }
});
