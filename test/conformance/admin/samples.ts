// One request for each route that would be taken if it were allowed: for the tests that ask who may do what.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { type Caller, done } from './client.ts';

export interface Sample {
  readonly path: string;
  readonly body?: unknown;
}

/** Makes what the request needs, as an administrator. `base` is the path of the project, or nothing for the system. */
type SampleMaker = (admin: Caller, base: string) => Promise<Sample> | Sample;

const MATERIAL = Buffer.alloc(16, 1).toString('base64');

const PUBLIC_KEY = generateKeyPairSync('ed25519')
  .publicKey.export({ format: 'der', type: 'spki' })
  .toString('base64');

const fresh = () => `n${randomUUID()}`;
const absent = () => randomUUID();
const createKey = async (admin: Caller, base: string): Promise<string> =>
  (await done(admin('POST', `${base}/keys`, {}))).id;

const onKey =
  (suffix: string, body?: unknown): SampleMaker =>
  async (admin, base) => ({ path: `${base}/keys/${await createKey(admin, base)}${suffix}`, body });

const createKeyOf = async (admin: Caller, base: string, facts: object): Promise<string> =>
  (await done(admin('POST', `${base}/keys`, facts))).id;

const onKeyOf =
  (
    facts: object,
    suffix: string,
    more?: (admin: Caller, path: string) => Promise<object> | object,
  ): SampleMaker =>
  async (admin, base) => {
    const path = `${base}/keys/${await createKeyOf(admin, base, facts)}`;
    return { path: `${path}${suffix}`, body: await more?.(admin, path) };
  };

const SIGNING = { mechanism: 'ecdsa-sha-256', message: 'AAAA' };
const MACING = { mechanism: 'hmac-sha-256', message: 'AAAA' };

const onControlled =
  (suffix: string): SampleMaker =>
  async (admin, base) => {
    const { id } = await done(admin('POST', `${base}/keys`, { dualControl: true }));
    return { path: `${base}/keys/${id}${suffix}` };
  };

const at =
  (path: string, body?: unknown): SampleMaker =>
  (_admin, base) => ({ path: `${base}${path}`, body });

const onCiphertext =
  (pathOf: (key: string) => string, more?: (admin: Caller, base: string) => Promise<object>): SampleMaker =>
  async (admin, base) => {
    const key = await createKey(admin, base);
    const { ciphertext } = await done(admin('POST', `${base}/keys/${key}/encrypt`, { plaintext: 'AAAA' }));
    return { path: `${base}${pathOf(key)}`, body: { ciphertext, ...(await more?.(admin, base)) } };
  };

async function namedKey(admin: Caller, base: string) {
  const key = await createKey(admin, base);
  const text = fresh();
  await done(admin('POST', `${base}/names`, { text, key }));
  return { key, text };
}

async function registered(admin: Caller, base: string): Promise<string> {
  const path = `${base}/keys/${await createKey(admin, base)}/registrations`;
  await done(admin('POST', path, { resource: 'disk/1' }));
  return `${path}/disk%2F1`;
}

const onRegistration =
  (body?: unknown): SampleMaker =>
  async (admin, base) => ({ path: await registered(admin, base), body });

const onTransportKey =
  (suffix: string): SampleMaker =>
  async (admin, base) => {
    const owner = fresh();
    await done(admin('POST', `${base}/transport-keys`, { owner, algorithm: 'rsa-2048' }));
    return { path: `${base}/transport-keys/${owner}${suffix}` };
  };

export const SAMPLES: Readonly<Record<string, SampleMaker>> = {
  'POST /projects': at('/projects', { name: 'default' }),
  'GET /projects': at('/projects'),
  'GET /projects/:project': at(''),
  'PATCH /projects/:project': at('', {}),
  'POST /projects/:project/key-rings': at('/key-rings', { name: 'default' }),
  'GET /projects/:project/key-rings': at('/key-rings'),
  'GET /projects/:project/key-rings/:keyRing': at('/key-rings/default'),
  'DELETE /projects/:project/key-rings/:keyRing': at('/key-rings/default'),
  'POST /projects/:project/keys': at('/keys', {}),
  'POST /projects/:project/keys/search': at('/keys/search', {}),
  'GET /projects/:project/keys': at('/keys'),
  'GET /projects/:project/keys/:key': onKey(''),
  'PATCH /projects/:project/keys/:key': onKey('', { description: 'x' }),
  'POST /projects/:project/keys/:key/tags': onKey('/tags', {}),
  'PUT /projects/:project/keys/:key/rotation': onKey('/rotation', { periodMs: 86_400_000 }),
  'DELETE /projects/:project/keys/:key/rotation': onKey('/rotation'),
  'POST /projects/:project/keys/:key/rotate': onKey('/rotate'),
  'POST /projects/:project/keys/:key/enable': onKey('/enable'),
  'POST /projects/:project/keys/:key/disable': onKey('/disable'),
  'POST /projects/:project/keys/:key/schedule-destruction': onKey('/schedule-destruction', { delayMs: 1 }),
  'POST /projects/:project/keys/:key/cancel-destruction': onKey('/cancel-destruction'),
  'POST /projects/:project/keys/:key/dual-control': onKey('/dual-control'),
  'POST /projects/:project/keys/:key/approve-destruction': onControlled('/approve-destruction'),
  'POST /projects/:project/keys/:key/withdraw-approval': onControlled('/withdraw-approval'),
  'POST /projects/:project/keys/import': at('/keys/import', { algorithm: 'aes-128', material: MATERIAL }),
  'POST /projects/:project/keys/import-public': at('/keys/import-public', {
    algorithm: 'ed25519',
    publicKey: PUBLIC_KEY,
  }),
  'POST /projects/:project/keys/pairs': at('/keys/pairs', { algorithm: 'ed25519' }),
  'POST /projects/:project/keys/:key/import-version': onKey('/import-version', { material: MATERIAL }),
  'POST /projects/:project/keys/:key/export': onKey('/export', {}),
  'POST /projects/:project/keys/:key/move': onKey('/move', { keyRing: 'default' }),
  'POST /projects/:project/keys/:key/activate': onKey('/activate'),
  'POST /projects/:project/keys/:key/deactivate': onKey('/deactivate'),
  'PATCH /projects/:project/keys/:key/cryptoperiod': onKey('/cryptoperiod', { protectStopAt: 4e12 }),
  'POST /projects/:project/keys/:key/compromise': onKey('/compromise'),
  'PUT /projects/:project/keys/:key/usage-limit': onKey('/usage-limit', { unit: 'bytes', total: 1 }),
  'DELETE /projects/:project/keys/:key/usage-limit': onKey('/usage-limit'),
  'POST /projects/:project/keys/:key/allocate-usage': onKeyOf(
    { usageLimit: { unit: 'bytes', total: 9 } },
    '/allocate-usage',
    () => ({ amount: 1 }),
  ),
  'POST /projects/:project/keys/:key/archive': onKey('/archive'),
  'POST /projects/:project/keys/:key/recover': onKey('/recover'),
  'POST /projects/:project/keys/:key/purge': onKey('/purge'),
  'GET /projects/:project/keys/:key/versions': onKey('/versions'),
  'GET /projects/:project/keys/:key/links': onKey('/links'),
  'GET /projects/:project/keys/:key/links-to': onKey('/links-to?type=derivedFrom'),
  'GET /projects/:project/keys/:key/last-use': onKey('/last-use'),
  'POST /projects/:project/keys/:key/encrypt': onKey('/encrypt', { plaintext: 'AAAA' }),
  'POST /projects/:project/keys/:key/decrypt': onCiphertext(key => `/keys/${key}/decrypt`),
  'POST /projects/:project/decrypt': onCiphertext(() => '/decrypt'),
  'POST /projects/:project/reencrypt': onCiphertext(
    () => '/reencrypt',
    async (admin, base) => ({ key: await createKey(admin, base) }),
  ),
  'POST /projects/:project/keys/:key/data-keys': onKey('/data-keys', {}),
  'POST /projects/:project/keys/:key/wrapped-data-keys': onKey('/wrapped-data-keys', {}),
  'POST /projects/:project/keys/:key/encrypt-by': onKey('/encrypt-by', {
    mechanism: 'aes-gcm',
    plaintext: 'AAAA',
  }),
  'POST /projects/:project/keys/:key/decrypt-by': onKeyOf({}, '/decrypt-by', async (admin, path) => {
    const mechanism = 'aes-gcm';
    const sealed = await done(admin('POST', `${path}/encrypt-by`, { mechanism, plaintext: 'AAAA' }));
    return { mechanism, ciphertext: sealed.ciphertext, iv: sealed.iv };
  }),
  'POST /projects/:project/keys/:key/sign': onKeyOf({ algorithm: 'ec-p256' }, '/sign', () => SIGNING),
  'POST /projects/:project/keys/:key/verify': onKeyOf({ algorithm: 'ec-p256' }, '/verify', () => ({
    ...SIGNING,
    signature: 'AAAA',
  })),
  'POST /projects/:project/keys/:key/mac': onKeyOf({ algorithm: 'hmac-sha-256' }, '/mac', () => MACING),
  'POST /projects/:project/keys/:key/verify-mac': onKeyOf(
    { algorithm: 'hmac-sha-256' },
    '/verify-mac',
    () => ({ ...MACING, mac: 'AAAA' }),
  ),
  'POST /projects/:project/keys/:key/agree': onKeyOf(
    { algorithm: 'x25519' },
    '/agree',
    async (admin, path) => ({
      peerPublicKey: (await done(admin('GET', `${path}/public-key`))).publicKey,
    }),
  ),
  'POST /projects/:project/keys/:key/encapsulate': onKeyOf({ algorithm: 'ml-kem-512' }, '/encapsulate'),
  'POST /projects/:project/keys/:key/decapsulate': onKeyOf(
    { algorithm: 'ml-kem-512' },
    '/decapsulate',
    async (admin, path) => ({
      ciphertext: (await done(admin('POST', `${path}/encapsulate`))).ciphertext,
    }),
  ),
  'GET /projects/:project/keys/:key/public-key': onKeyOf({ algorithm: 'ed25519' }, '/public-key'),
  'POST /projects/:project/keys/:key/wrap': async (admin, base) => ({
    path: `${base}/keys/${await createKeyOf(admin, base, { exportable: true })}/wrap`,
    body: { under: await createKey(admin, base), mechanism: 'aes-kw' },
  }),
  'POST /projects/:project/keys/:key/derive': onKey('/derive', {
    mechanism: 'hkdf-sha-256',
    algorithm: 'aes-256',
  }),
  'POST /projects/:project/random': at('/random', {}),
  'POST /projects/:project/names': async (admin, base) => ({
    path: `${base}/names`,
    body: { text: fresh(), key: await createKey(admin, base) },
  }),
  'PUT /projects/:project/names': async (admin, base) => ({
    path: `${base}/names`,
    body: await namedKey(admin, base),
  }),
  'GET /projects/:project/names': at('/names'),
  'DELETE /projects/:project/names': async (admin, base) => ({
    path: `${base}/names?text=${(await namedKey(admin, base)).text}`,
  }),
  'POST /projects/:project/keys/:key/registrations': onKey('/registrations', { resource: 'disk/1' }),
  'GET /projects/:project/keys/:key/registrations': onKey('/registrations'),
  'GET /projects/:project/registrations': at('/registrations'),
  'GET /projects/:project/keys/:key/registrations/:resource': onRegistration(),
  'PATCH /projects/:project/keys/:key/registrations/:resource': onRegistration({}),
  'PUT /projects/:project/keys/:key/registrations/:resource': onRegistration({}),
  'DELETE /projects/:project/keys/:key/registrations/:resource': onRegistration(),
  'POST /projects/:project/transport-keys': at('/transport-keys', { owner: 'test', algorithm: 'rsa-2048' }),
  'POST /projects/:project/transport-keys/:owner/read': onTransportKey('/read'),
  'DELETE /projects/:project/transport-keys/:owner': onTransportKey(''),
  'GET /whoami': at('/whoami'),
  'GET /authority': at('/authority'),
  ...inBoth({
    'POST /principals': (_admin, base) => ({ path: `${base}/principals`, body: { name: fresh() } }),
    'GET /principals': at('/principals'),
    'GET /principals/:principal': at('/principals/nobody'),
    'PATCH /principals/:principal': at('/principals/nobody', {}),
    'DELETE /principals/:principal': at('/principals/nobody'),
    'POST /principals/:principal/credentials': at('/principals/nobody/credentials', {}),
    'POST /principals/:principal/certificates': at('/principals/nobody/certificates', { certificate: '' }),
    'POST /principals/:principal/certified-keys': at('/principals/nobody/certified-keys', { publicKey: '' }),
    'POST /principals/:principal/password': at('/principals/nobody/password', { password: 'c2VjcmV0' }),
    'GET /principals/:principal/credentials': at('/principals/nobody/credentials'),
    'DELETE /principals/:principal/credentials/:credential': at('/principals/nobody/credentials/none'),
    'GET /principals/:principal/bindings': at('/principals/nobody/bindings'),
    'POST /bindings': at('/bindings', { principal: 'nobody', role: 'viewer' }),
    'GET /bindings': at('/bindings'),
    'DELETE /bindings/:binding': (_admin, base) => ({ path: `${base}/bindings/${absent()}` }),
    'POST /rules': at('/rules', { effect: 'deny', principals: ['nobody'], permissions: ['key.read'] }),
    'GET /rules': at('/rules'),
    'DELETE /rules/:rule': (_admin, base) => ({ path: `${base}/rules/${absent()}` }),
    'POST /explain': at('/explain', { principal: 'nobody', permission: 'key.read' }),
    'GET /audit/entries': at('/audit/entries?limit=1'),
    // Nobody waits for it to end: see the test.
    'GET /audit/follow': at('/audit/follow'),
    'GET /audit/checkpoint': at('/audit/checkpoint'),
    'GET /audit/receipts/:index': at('/audit/receipts/0'),
  }),
  'GET /audit/export': at('/audit/export'),
  'GET /system/status': at('/system/status'),
  'POST /system/root-rotations': at('/system/root-rotations'),
  'POST /system/backups': at('/system/backups'),
  'GET /system/seal': at('/system/seal'),
  'POST /system/seal': at('/system/seal'),
  'POST /system/unseal': at('/system/unseal', {}),
  'DELETE /system/unseal': at('/system/unseal'),
  'POST /system/root-shares': at('/system/root-shares', { parts: 3, threshold: 2 }),
  'GET /system/custody': at('/system/custody'),
  'GET /system/hardware': at('/system/hardware'),
  'POST /system/hardware/orphans': at('/system/hardware/orphans'),
  'POST /system/token-keys': at('/system/token-keys', {}),
};

function inBoth(makers: Readonly<Record<string, SampleMaker>>): Record<string, SampleMaker> {
  const both = { ...makers };
  for (const [name, maker] of Object.entries(makers)) both[name.replace(' ', ' /projects/:project')] = maker;
  return both;
}
