// Barbican's secret stores with a token (SoftHSM2): both are listed, a project prefers one, what it keeps from then on is there and opens with
// the token alone, and a backup of all of it comes back.

import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { restoreBackup } from '../../../src/server/backup/restore.ts';
import {
  type BarbicanSubject,
  HELLO,
  type Json,
  startBarbican,
  type User,
} from '../../conformance/barbican/support.ts';
import { CoreSubject } from '../../contract/core-subject.ts';
import { backUp, dataDirWithRootKeyOf, PARTS, settingsOf } from '../../support/backup-subject.ts';
import { type StartOptions, startKeyhold } from '../../support/keyhold.ts';
import { startSoftHsm, tokenSettings } from './softhsm.ts';

const hsm = startSoftHsm();
const token = hsm.addToken('keyhold');
const settings = tokenSettings(hsm.library, token);
let subject: BarbicanSubject;
let stores: readonly Json[];
before(async () => {
  subject = await startBarbican({ settings });
  stores = (await subject.expect(200, { path: '/secret-stores' })).json.secret_stores;
});
after(async () => {
  await subject.stop();
  hsm[Symbol.dispose]();
});

const idOf = (ref: string): string => ref.split('/').at(-1) ?? '';
const software = (): string => idOf(stores[0].secret_store_ref);
const inToken = (): string => idOf(stores[1].secret_store_ref);
const preferred = (store: string): string => `/secret-stores/${store}/preferred`;
const levelOf = async (id: string) => (await subject.keyhold.kms.store.keys.find(id))?.protection;
const payload = async (id: string) => (await subject.expect(200, { path: `/secrets/${id}/payload` })).text;

async function prefer(store: string): Promise<void> {
  await subject.expect(204, { method: 'POST', path: preferred(store) });
}

test('both stores are listed, one by one too, with exactly the members that Barbican gives', async () => {
  const members =
    'created,crypto_plugin,global_default,name,secret_store_plugin,secret_store_ref,status,updated';
  for (const store of stores) {
    assert.equal(Object.keys(store).sort().join(), members);
    assert.ok(store.secret_store_ref.startsWith(`${subject.keyhold.url}/v1/secret-stores/`));
    assert.match(store.created, /^\d{4}-\d\d-\d\dT[\d:.]+$/);
    const path = `/secret-stores/${idOf(store.secret_store_ref)}`;
    assert.deepEqual((await subject.expect(200, { path })).json, store);
  }
  assert.deepEqual(
    stores.map(({ name, crypto_plugin, secret_store_plugin, global_default, status }) =>
      [name, crypto_plugin, secret_store_plugin, global_default, status].join(),
    ),
    [
      'Software Only Crypto,simple_crypto,store_crypto,true,ACTIVE',
      'PKCS11 HSM,p11_crypto,store_crypto,false,ACTIVE',
    ],
  );
  assert.deepEqual((await subject.expect(200, { path: '/secret-stores/global-default' })).json, stores[0]);
  for (const version of ['key-manager 1.0', 'key-manager 1.2']) {
    const headers = { 'openstack-api-version': version };
    assert.deepEqual(
      (await subject.expect(200, { path: '/secret-stores', headers })).json.secret_stores,
      stores,
    );
  }
});

test('a project prefers one store or none, and hears of what is not there', async () => {
  const absent = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
  for (const [status, method, path] of [
    [404, 'GET', '/secret-stores/preferred'],
    [404, 'DELETE', preferred(software())],
    [404, 'GET', `/secret-stores/${absent}`],
    [404, 'GET', '/secret-stores/0'],
    [404, 'POST', preferred(absent)],
    [404, 'DELETE', preferred(absent)],
    [405, 'POST', '/secret-stores'],
    [405, 'PUT', preferred(software())],
    [405, 'GET', preferred(software())],
    [405, 'DELETE', '/secret-stores/preferred'],
  ] as const) {
    const { json } = await subject.expect(status, { method, path });
    assert.equal(json.code, status, path);
  }
  for (const [at, store] of [software(), inToken(), inToken()].entries()) {
    await prefer(store);
    const { json } = await subject.expect(200, { path: '/secret-stores/preferred' });
    assert.equal(idOf(json.secret_store_ref), store, String(at));
  }
  // Whichever is named: a project has one preference.
  await subject.expect(204, { method: 'DELETE', path: preferred(software()) });
  await subject.expect(404, { path: '/secret-stores/preferred' });
});

test('roles: who reads quotas sees the stores, and administrators alone prefer one', async () => {
  const roles = {
    admin: ['admin'],
    creator: ['creator'],
    observer: ['observer'],
    audit: ['audit'],
    service: ['key-manager:service-admin'],
    member: ['member'],
    reader: ['reader'],
    nobody: [],
  } as const;
  for (const [who, names] of Object.entries(roles)) {
    const as: User = await subject.addUser(who, names);
    const seen = who === 'nobody' ? 403 : 200;
    for (const path of ['/secret-stores', '/secret-stores/global-default', `/secret-stores/${inToken()}`])
      await subject.expect(seen, { path, as });
    await subject.expect(who === 'nobody' ? 403 : 404, { path: '/secret-stores/preferred', as });
    const changed = who === 'admin' ? 204 : 403;
    await subject.expect(changed, { method: 'POST', path: preferred(inToken()), as });
    await subject.expect(changed, { method: 'DELETE', path: preferred(inToken()), as });
  }
});

test('secrets and orders go where the project prefers, each is read the same, and what is there stays', async () => {
  const before = await subject.secret({ ...HELLO, name: 'before' });
  await prefer(inToken());
  const oneStep = await subject.secret();
  const binary = {
    secret_type: 'symmetric',
    algorithm: 'aes',
    payload: Buffer.alloc(32, 7).toString('base64'),
  };
  const type = { payload_content_type: 'application/octet-stream', payload_content_encoding: 'base64' };
  const symmetric = await subject.secret({ ...binary, ...type });
  const twoSteps = await subject.secret({ name: 'later' });
  const headers = { 'content-type': 'text/plain' };
  await subject.expect(204, { method: 'PUT', path: `/secrets/${twoSteps}`, body: 'hello', headers });
  const order = async (members: Json) => {
    const made = await subject.expect(202, { method: 'POST', path: '/orders', body: members });
    return (await subject.expect(200, { path: `/orders/${idOf(made.json.order_ref)}` })).json;
  };
  const key = await order({ type: 'key', meta: { algorithm: 'aes', bit_length: 256 } });
  const pair = await order({ type: 'asymmetric', meta: { algorithm: 'rsa', bit_length: 2048 } });
  const locked = { algorithm: 'rsa', bit_length: 2048, passphrase: 'swordfish' };
  const lockedPair = await order({ type: 'asymmetric', meta: locked });
  await subject.expect(204, { method: 'DELETE', path: preferred(inToken()) });
  const afterwards = await subject.secret();

  for (const id of [before, afterwards]) assert.equal(await levelOf(id), 'software');
  for (const id of [oneStep, twoSteps, symmetric, idOf(key.secret_ref)])
    assert.equal(await levelOf(id), 'hsmWrapped');
  for (const id of [before, oneStep, twoSteps, afterwards]) assert.equal(await payload(id), 'hello');
  const bytes = await subject.expect(200, { path: `/secrets/${symmetric}/payload` });
  assert.deepEqual(bytes.bytes, Buffer.alloc(32, 7));
  for (const { container_ref } of [pair, lockedPair]) {
    const { json } = await subject.expect(200, { path: `/containers/${idOf(container_ref)}` });
    const refs: Readonly<Record<string, string>> = Object.fromEntries(
      json.secret_refs.map((ref: Json) => [ref.name, idOf(ref.secret_ref)]),
    );
    const levels = await Promise.all(Object.values(refs).map(levelOf));
    assert.deepEqual(levels.sort(), [
      'hsmWrapped',
      ...('private_key_passphrase' in refs ? ['hsmWrapped'] : []),
      'software',
    ]);
    const passphrase = refs.private_key_passphrase && (await payload(refs.private_key_passphrase));
    const privateKey = createPrivateKey({ key: await payload(refs.private_key ?? ''), passphrase });
    const spki = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' });
    assert.equal(await payload(refs.public_key ?? ''), spki);
  }
  await subject.expect(204, { method: 'DELETE', path: `/secrets/${oneStep}` });
  await subject.expect(404, { path: `/secrets/${oneStep}/payload` });
});

test('another project prefers for itself, and wraps by a key of its own', async () => {
  await prefer(inToken());
  const as = await subject.addUser('elsewhere', ['admin'], await subject.addProject('elsewhere'));
  await subject.expect(404, { path: '/secret-stores/preferred', as });
  assert.equal(await levelOf(await subject.secret(HELLO, as)), 'software');
  await subject.expect(204, { method: 'POST', path: preferred(inToken()), as });
  const [theirs, ours] = [await subject.secret(HELLO, as), await subject.secret()];
  assert.deepEqual([await levelOf(theirs), await levelOf(ours)], ['hsmWrapped', 'hsmWrapped']);
  const { store, custody } = subject.keyhold.kms;
  const [their, our] = [await store.keys.findWithVersion(theirs), await store.keys.findWithVersion(ours)];
  assert.ok(their && our);
  const moved = { ...their.key, projectId: our.key.projectId };
  await assert.rejects(custody.exportMaterial(moved, their.version), { name: 'BrokenInvariant' });
  await subject.expect(204, { method: 'DELETE', path: preferred(inToken()) });
});

test('while the token is away its store is 503 with the reason, nothing goes into the other one, and the rest is served', async () => {
  const soft = await subject.secret();
  await prefer(inToken());
  const hard = await subject.secret();
  renameSync(hsm.directory, `${hsm.directory}-away`);
  try {
    for (const request of [
      { path: `/secrets/${hard}/payload` },
      { method: 'POST', path: '/secrets', body: HELLO },
      { method: 'POST', path: '/orders', body: { type: 'key', meta: { algorithm: 'aes', bit_length: 256 } } },
    ]) {
      const { json, headers } = await subject.expect(503, request);
      assert.deepEqual([json.code, json.title, headers['retry-after']], [503, 'Service Unavailable', '1']);
      assert.match(json.description, /token/);
    }
    assert.equal(await payload(soft), 'hello');
    await subject.expect(200, { path: `/secrets/${hard}` });
  } finally {
    renameSync(`${hsm.directory}-away`, hsm.directory);
  }
  let status = 0;
  for (let attempt = 0; attempt < 100 && status !== 200; attempt += 1) {
    await new Promise(resolve => setTimeout(resolve, 100));
    status = (await subject.send({ path: `/secrets/${hard}/payload` })).status;
  }
  assert.equal(status, 200);
  await subject.expect(204, { method: 'DELETE', path: preferred(inToken()) });
});

test('a backup with keys of every level comes back, and opens where the token is', async () => {
  await subject.secret();
  await prefer(inToken());
  const hard = await subject.secret();
  const core = new CoreSubject(subject.keyhold);
  await core.run(createKey, { algorithm: 'ec-p256', location: 'here', protection: 'hsm' });
  const file = await backUp(subject.keyhold.kms);
  const dataDir = dataDirWithRootKeyOf(subject.keyhold.dataDir);
  try {
    const { proved } = await restoreBackup({ file, settings: settingsOf({ dataDir }) }, PARTS);
    assert.ok((proved?.keyVersionsOpened ?? 0) > 0);
    copyFileSync(join(subject.keyhold.dataDir, 'credentials.json'), join(dataDir, 'credentials.json'));
    await withRestored({ dataDir, settings }, async ask => {
      const answer = await ask(`/secrets/${hard}/payload`);
      assert.deepEqual([answer.status, await answer.text()], [200, 'hello']);
    });
    await withRestored({ dataDir }, async ask => {
      // The preference holds all the same: what was to be in the token does not go anywhere else.
      for (const answer of [await ask(`/secrets/${hard}/payload`), await ask('/secrets', HELLO)])
        assert.deepEqual([answer.status, /token/.test(await answer.text())], [503, true]);
      assert.equal((await ask('/secret-stores')).status, 404);
    });
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

type Ask = (path: string, body?: unknown) => Promise<Response>;

async function withRestored(options: StartOptions, work: (ask: Ask) => Promise<void>): Promise<void> {
  const keyhold = await startKeyhold(options);
  const headers = { 'x-auth-token': subject.admin.token, 'content-type': 'application/json' };
  try {
    await work((path, body) => {
      const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      return fetch(`${keyhold.url}/v1${path}`, { headers, ...sent });
    });
  } finally {
    await keyhold.stop();
  }
}
