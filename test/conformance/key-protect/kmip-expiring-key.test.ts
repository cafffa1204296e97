// A KMIP adapter of a root key that will expire: refused unless the caller asks for it, as IBM's clients do since 2026.

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
let manager: Caller;
before(async () => {
  subject = await startKeyProtect();
  manager = await subject.addCaller('kmip-manager', ['registrar', 'manager', 'user']);
});
after(() => subject.stop());

test('an adapter takes a key that will expire only where that is allowed', async () => {
  const expirationDate = new Date(subject.keyhold.clock.now() + 86_400_000).toISOString();
  const key = await subject.send({ method: 'POST', path: '/keys', body: keyBody({ expirationDate }) });
  const [{ id: crk_id }] = key.json.resources;
  const create = (query: string) =>
    subject.send({
      method: 'POST',
      path: `/kmip_adapters${query}`,
      as: manager,
      body: collection('kmip_adapter', { profile: 'native_1.0', profile_data: { crk_id } }),
    });
  assert.equal(faultOf(await create('')), '409 NATIVE_INVALID_CRK_ERR');
  assert.equal(faultOf(await create('?allowExpiringKey=false')), '409 NATIVE_INVALID_CRK_ERR');
  assert.equal((await create('?allowExpiringKey=true')).status, 201);
});
