// Material that comes again: into a destroyed key, and under an id that is brought.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { hex } from '../../src/base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../src/base/secret-bytes.ts';
import { execute } from '../../src/core/execute.ts';
import { bindRole } from '../../src/core/operations/access/bindings.ts';
import { createRule } from '../../src/core/operations/access/rules.ts';
import { decrypt } from '../../src/core/operations/crypto/decrypt.ts';
import { encrypt } from '../../src/core/operations/crypto/encrypt.ts';
import { createPrincipal } from '../../src/core/operations/identity/principals.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { destroyKey } from '../../src/core/operations/keys/destroy-key.ts';
import { exportKey } from '../../src/core/operations/keys/export-key.ts';
import { importKey } from '../../src/core/operations/keys/import-key.ts';
import { importPublicKey } from '../../src/core/operations/keys/public-keys.ts';
import { reimportKey } from '../../src/core/operations/keys/reimport-key.ts';
import { updateKey } from '../../src/core/operations/keys/update-key.ts';
import { linkKeys } from '../../src/core/operations/links/key-links.ts';
import { setAccessList } from '../../src/core/operations/secrets/access-lists.ts';
import { keepSecret } from '../../src/core/operations/secrets/keep-secret.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { startKeyhold } from '../support/keyhold.ts';
import { CoreSubject, codeOf } from './core-subject.ts';

let core: CoreSubject;
before(async () => {
  core = new CoreSubject(await startKeyhold());
});
after(() => core.keyhold.stop());

const run: CoreSubject['run'] = (operation, input) => core.run(operation, input);

const plain = (bytes: Uint8Array) => ({ by: 'plain', material: SecretBytes.copyOf(bytes) }) as const;

test('a destroyed key gets material again as another version, and what was destroyed stays so', async () => {
  const { key } = await run(createKey, { algorithm: 'aes-256', location: 'here' });
  const named = { key: { by: 'id', id: key.id } } as const;
  const context = { kind: 'list', items: [] } as const;
  const { ciphertext } = await run(encrypt, { ...named, plaintext: randomBytes(16), context });
  const again = {
    ...named,
    algorithm: 'aes-128',
    material: plain(randomBytes(16)),
    exportable: true,
  } as const;
  await assert.rejects(run(reimportKey, again), { code: 'conflict' });
  await run(destroyKey, named);
  const made = await run(reimportKey, again);
  assert.deepEqual(
    [made.key.algorithm, made.key.state, made.key.origin, made.key.primaryVersion, made.version.number],
    ['aes-128', 'active', 'imported', 2, 2],
  );
  const { material } = await run(exportKey, named);
  assert.equal(hex(revealSecretBytes(material)), hex(revealSecretBytes(again.material.material)));
  const first = await core.keyhold.kms.store.keys.findWithVersion(key.id, 1);
  assert.deepEqual([first?.version.state, first?.version.wrapped.length], ['destroyed', 0]);
  await assert.rejects(run(decrypt, { ciphertext, context }));
  const fresh = await run(encrypt, { ...named, plaintext: randomBytes(16), context });
  await run(decrypt, { ciphertext: fresh.ciphertext, context });
});

test('a key that was a public half comes again as one, and as nothing else', async () => {
  const publicKey = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' });
  const { key } = await run(importPublicKey, { algorithm: 'ed25519', publicKey, location: 'here' });
  const named = { key: { by: 'id', id: key.id } } as const;
  await run(destroyKey, named);
  const secret = { ...named, algorithm: 'aes-256', material: plain(randomBytes(32)) } as const;
  await assert.rejects(run(reimportKey, secret), { code: 'conflict' });
  const half = { by: 'public', publicKey } as const;
  const { version } = await run(reimportKey, {
    ...named,
    algorithm: 'ed25519',
    usages: ['verify'],
    material: half,
  });
  assert.equal(hex(version.publicKey ?? new Uint8Array()), hex(publicKey));
});

test('a key is imported under an id that is brought, where nobody has had it', async () => {
  const id = randomUUID();
  const input = { algorithm: 'aes-256', location: 'here', material: plain(randomBytes(32)) } as const;
  assert.equal((await run(importKey, { ...input, id })).key.id, id);
  await assert.rejects(run(importKey, { ...input, id }), { code: 'alreadyExists' });
  for (const unfit of ['', 'key-7', id.toUpperCase(), `${id}0`])
    await assert.rejects(run(importKey, { ...input, id: unfit }), { code: 'invalidInput' });
});

test('what was in hardware does not come again in software under its name', async () => {
  const { key } = await run(createKey, { algorithm: 'aes-256', location: 'here' });
  const destroyed = await run(destroyKey, { key: { by: 'id', id: key.id } });
  // No token is at hand: its row is what tells.
  const id = randomUUID();
  const version = { ...destroyed.version, keyId: id, state: 'destroyed', wrapped: new Uint8Array() } as const;
  await core.keyhold.kms.store.transaction(tx =>
    tx.keys.insert({ ...destroyed.key, id, protection: 'hsm' }, version),
  );
  const again = { algorithm: 'aes-256', material: plain(randomBytes(32)) } as const;
  await assert.rejects(run(reimportKey, { key: { by: 'id', id }, ...again }), { code: 'conflict' });
});

test('nothing that was given on the older key counts for the new one, and what was denied is denied', async () => {
  const projectId = core.keyhold.credentials.project.id;
  const { key } = await run(createKey, { algorithm: 'aes-256', location: 'here', exportable: true });
  const { key: other } = await run(createKey, { algorithm: 'aes-256', location: 'here' });
  const named = { key: { by: 'id', id: key.id } } as const;
  const scope = { on: 'key', ...named } as const;
  const principals: Principal[] = [];
  for (const name of ['by-role', 'by-rule', 'denied']) {
    principals.push(await run(createPrincipal, { name, kind: 'serviceAccount' }));
  }
  const [byRole, byRule, denied] = principals.map(({ id }) => id);
  assert.ok(byRole !== undefined && byRule !== undefined && denied !== undefined);
  await run(bindRole, { principal: byRole, role: 'user', scope });
  const rule = { scope, permissions: ['key.encrypt'], conditions: [] } as const;
  await run(createRule, { ...rule, effect: 'allow', principals: [byRule] });
  await run(createRule, { ...rule, effect: 'deny', principals: [denied] });
  await run(bindRole, { principal: denied, role: 'user', scope: { on: 'realm' } });
  await run(linkKeys, { ...named, type: 'next', to: { by: 'id', id: other.id }, mutual: true });
  await run(linkKeys, { key: { by: 'id', id: other.id }, type: 'certificate', to: named.key });
  await run(updateKey, { ...named, facet: { protocol: 'test', document: { of: 'the older key' } } });

  const outcome = async (id: string): Promise<string> => {
    const principal = principals.find(each => each.id === id);
    assert.ok(principal);
    const actor = { type: 'principal', principal, credentialId: 'none' } as const;
    const context = { requestId: randomUUID(), protocol: 'test', actor, projectId };
    const input = { ...named, plaintext: randomBytes(16), context: { kind: 'list', items: [] } } as const;
    return codeOf(execute(core.keyhold.kms, encrypt, context, input));
  };
  assert.deepEqual(await Promise.all([byRole, byRule, denied].map(outcome)), ['ok', 'ok', 'denied']);

  await run(destroyKey, named);
  await run(reimportKey, { ...named, algorithm: 'aes-256', material: plain(randomBytes(32)) });
  assert.deepEqual(await Promise.all([byRole, byRule, denied].map(outcome)), ['denied', 'denied', 'denied']);
  const { store } = core.keyhold.kms;
  for (const id of [key.id, other.id]) assert.deepEqual(await store.keyLinks.ofKey(id), []);
  assert.equal(await store.facets.get(key.id, 'test'), undefined);
  await run(bindRole, { principal: byRole, role: 'user', scope });
  assert.equal(await outcome(byRole), 'ok');
});

test('an access list of an older secret lets nobody at a payload that comes under its id', async () => {
  const material = SecretBytes.copyOf(randomBytes(16));
  const payload = { material, contentType: 'application/octet-stream' };
  const secret = await run(keepSecret, { type: 'opaque', location: 'here', payload });
  const list = { of: { noun: 'secret', id: secret.id }, openToProject: false } as const;
  await run(setAccessList, { ...list, principals: [{ id: 'somebody', name: 'somebody' }] });
  const named = { key: { by: 'id', id: secret.id } } as const;
  await run(destroyKey, named);
  await run(reimportKey, { ...named, algorithm: 'aes-256', material: plain(randomBytes(32)) });
  const { store } = core.keyhold.kms;
  assert.equal(await store.secrets.find(secret.id), undefined);
  assert.equal(await store.accessLists.find(secret.id), undefined);
});
