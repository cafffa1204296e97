// New material for an imported root key may have another of the lengths that root keys have: IBM's Node client has a test that imports 16
// bytes and rotates to 32.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultOf, type KeyProtectSubject, keyBody, startKeyProtect } from './support.ts';

let subject: KeyProtectSubject;
before(async () => {
  subject = await startKeyProtect();
});
after(() => subject.stop());

const material = (bytes: number) => Buffer.alloc(bytes, bytes).toString('base64');

test('an imported key takes material of each length, and opens what every version has wrapped', async () => {
  const made = await subject.send({
    method: 'POST',
    path: '/keys',
    body: keyBody({ payload: material(16) }),
  });
  const path = `/keys/${made.json.resources[0].id}`;
  const act = (action: string, body: unknown) =>
    subject.send({ method: 'POST', path: `${path}/actions/${action}`, body });
  const bits = async () => (await subject.send({ path })).json.resources[0].algorithmMetadata.bitLength;
  const wrapped = [(await act('wrap', {})).json];
  assert.equal(await bits(), '128');
  for (const bytes of [32, 24]) {
    const rotated = await act('rotate', { payload: material(bytes) });
    assert.equal(rotated.status, 204, rotated.text);
    assert.equal(await bits(), String(8 * bytes));
    wrapped.push((await act('wrap', {})).json);
    subject.keyhold.clock.advance(3_600_000);
  }
  for (const { ciphertext, plaintext } of wrapped) {
    assert.equal((await act('unwrap', { ciphertext })).json.plaintext, plaintext);
  }
  assert.equal(faultOf(await act('rotate', { payload: material(20) })), '400 INVALID_FIELD_ERR');
});
