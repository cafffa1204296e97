// Principals with a key ring of their own, and rings that a service has made for itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretBytes } from '../../src/base/secret-bytes.ts';
import { bindRole } from '../../src/core/operations/access/bindings.ts';
import {
  createPrincipal,
  deletePrincipal,
  updatePrincipal,
} from '../../src/core/operations/identity/principals.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { importKey } from '../../src/core/operations/keys/import-key.ts';
import { moveKey } from '../../src/core/operations/keys/move-key.ts';
import { searchKeys } from '../../src/core/operations/keys/search-keys.ts';
import { createProject } from '../../src/core/operations/projects/projects.ts';
import { createKeyRing, deleteKeyRing } from '../../src/core/operations/rings/key-rings.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { byId, type CoreSubject, onBothEngines } from './core-subject.ts';

onBothEngines('own key rings', subject => {
  const as = (core: CoreSubject, principal: Principal, projectId = principal.projectId) =>
    core.context({ actor: { type: 'principal', principal, credentialId: 'test' }, projectId });

  async function confined(core: CoreSubject, name: string) {
    const ring = await core.run(createKeyRing, { name });
    const principal = await core.run(createPrincipal, { name, kind: 'serviceAccount', keyRing: name });
    for (const role of ['manager', 'user'] as const)
      await core.run(bindRole, { principal: principal.id, role, scope: { on: 'keyRing', keyRing: ring.id } });
    return { ring, principal };
  }

  test('keys that name no ring go to the ring of who makes them, and no list shows him others', async () => {
    const core = subject();
    const { ring, principal } = await confined(core, 'payments');
    const elsewhere = await core.newKey();
    const context = as(core, principal);
    const { key } = await core.run(createKey, { algorithm: 'aes-256', location: 'here' }, context);
    const material = SecretBytes.copyOf(new Uint8Array(32).fill(7));
    const brought = await core.run(
      importKey,
      { algorithm: 'aes-256', location: 'here', material: { by: 'plain', material } },
      context,
    );
    assert.deepEqual([key.keyRingId, brought.key.keyRingId], [ring.id, ring.id]);
    const found = await core.run(searchKeys, { window: { offset: 0, limit: 100 } }, context);
    assert.deepEqual(found.items.map(({ key: { id } }) => id).sort(), [key.id, brought.key.id].sort());
    assert.equal(await core.outcome(destroyKey, byId(elsewhere.id), context), 'denied');
    const named = { algorithm: 'aes-256', location: 'here', keyRing: 'default' } as const;
    assert.equal(await core.outcome(createKey, named, context), 'denied');
  });

  test('a ring of its own counts in the home project alone', async () => {
    const core = subject();
    const { principal } = await confined(core, 'travellers');
    const system = core.context({ projectId: undefined });
    const { project } = await core.run(createProject, { name: 'abroad' }, system);
    const there = core.context({ projectId: project.id });
    await core.run(bindRole, { principal: principal.id, role: 'manager', scope: { on: 'realm' } }, there);
    const { key } = await core.run(
      createKey,
      { algorithm: 'aes-256', location: 'here' },
      as(core, principal, project.id),
    );
    const ring = await core.keyhold.kms.store.keyRings.find(key.keyRingId);
    assert.deepEqual([ring?.name, ring?.projectId], ['default', project.id]);
  });

  test('a ring in which somebody makes his keys stays until he makes them elsewhere', async () => {
    const core = subject();
    const { ring, principal } = await confined(core, 'orders');
    const deletion = { keyRing: ring.name, moveKeys: false };
    assert.equal(await core.outcome(deleteKeyRing, deletion), 'conflict');
    const unknown = { principal: principal.id, keyRing: 'no-such-ring' };
    assert.equal(await core.outcome(updatePrincipal, unknown), 'notFound');
    const moved = await core.run(updatePrincipal, { principal: principal.id, keyRing: 'default' });
    assert.notEqual(moved.keyRingId, ring.id);
    assert.equal(await core.outcome(deleteKeyRing, deletion), 'ok');
    assert.equal(await core.outcome(deletePrincipal, { principal: principal.id }), 'ok');
  });

  test('principals of the system have no ring', async () => {
    const core = subject();
    const input = { name: 'of-the-system', kind: 'user', keyRing: 'default' } as const;
    assert.equal(
      await core.outcome(createPrincipal, input, core.context({ projectId: undefined })),
      'notFound',
    );
  });

  test('the ring of a service takes no keys of others, and is deleted by nobody else', async () => {
    const core = subject();
    const key = await core.newKey();
    const { random, store } = core.keyhold.kms;
    const facts = { projectId: key.projectId, createdBy: 'test', createdAt: core.now() };
    const ring = { ...facts, id: random.uuid(), name: 'of-a-service', owner: 'service' };
    await store.transaction(tx => tx.keyRings.insert(ring));
    assert.equal(await core.outcome(moveKey, { ...byId(key.id), keyRing: ring.id }), 'reservedName');
    const made = await core.newKey({ keyRing: ring.name });
    assert.equal(await core.outcome(moveKey, { ...byId(made.id), keyRing: 'default' }), 'ok');
    assert.equal(await core.outcome(deleteKeyRing, { keyRing: ring.id, moveKeys: true }), 'reservedName');
  });
});
