// Every route, with whatever may stand in its path, its query and its body: it is served or refused in IBM's shape, and never a fault of
// the house.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ROUTES } from '../../../src/protocols/key-protect/routes.ts';
import {
  type Caller,
  collection,
  type Exchange,
  type KeyProtectSubject,
  keyBody,
  startKeyProtect,
} from './support.ts';

const NAMES = [
  '%00',
  '%F0%9F%98%80',
  '..%2F..',
  '%2500',
  "'%20or%201=1--",
  'a'.repeat(300),
  '__proto__',
  '-',
  '{}',
];
const QUERIES = [
  '',
  '?',
  '?x=1',
  '?policy=__proto__',
  '?limit=1e3',
  '?limit=%00',
  '?state=1&state=2',
  '?force=',
  '?sort=%00',
];
const VALUES: readonly unknown[] = [
  '',
  'null',
  '{}',
  '[]',
  '0',
  '"\\ud800"',
  '{"__proto__":{"x":1}}',
  '{"metadata":null,"resources":null}',
  '{"metadata":{},"resources":[null]}',
  '\ufeff{}',
  `{"a":${'['.repeat(50)}${']'.repeat(50)}}`,
  keyBody({ name: '\u0000\u0000' }),
  keyBody({ payload: '\u0000' }),
  keyBody({ tags: ['__proto__', 'constructor'] }),
  keyBody({ description: '\ud83d'.repeat(3) }),
  keyBody({ expirationDate: '9999-12-31T23:59:59.999999999Z' }),
  keyBody({ expirationDate: '+275760-09-13T00:00:00Z' }),
  collection('policy', { type: 'application/vnd.ibm.kms.policy+json', rotation: { interval_month: 1e308 } }),
  collection('policy', { policy_type: 'constructor', policy_data: { enabled: true } }),
  collection('registration_input', { registrationMetadata: '\u0000' }),
  collection('kmip_adapter', { profile: 'native_1.0', profile_data: { crk_id: '\u0000' } }),
  collection('kmip_client_certificate', {
    certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  }),
  { ciphertext: 'AA==', aad: ['\ud800'] },
  { plaintext: 'AA==', aad: Array(10).fill('\u0000') },
  { keyRingID: '__proto__' },
  { expiration: -0, maxAllowedRetrievals: 1.5 },
];

let subject: KeyProtectSubject;
let caller: Caller;
let known: Readonly<Record<string, string>>;
before(async () => {
  subject = await startKeyProtect();
  caller = await subject.addCaller('hostile', ['manager', 'user', 'exporter', 'registrar', 'purger']);
  const made = await subject.send({ method: 'POST', path: '/keys', body: keyBody(), as: caller });
  known = { id: made.json.resources[0].id };
});
after(() => subject.stop());

function requireAnswer({ status, json, text }: Exchange, what: string): void {
  assert.ok(status < 500, `${what}: ${status} ${text}`);
  if (status < 400) return;
  // What cannot be decoded as a path at all is refused before any protocol is asked.
  if (json?.requestId !== undefined) return;
  if (text === '') return;
  assert.ok(json?.metadata !== undefined, `${what}: ${status} ${text}`);
  assert.equal(json.metadata.collectionType, 'application/vnd.ibm.kms.error+json', what);
  assert.equal(typeof json.resources[0].errorMsg, 'string', what);
}

for (const route of ROUTES) {
  test(`${route.method} ${route.path}`, async () => {
    const pathOf = (name: string | undefined) =>
      route.path.replace(/:(\w+)/g, (_, parameter: string) => name ?? known[parameter] ?? 'nothing');
    const send = async (path: string, body?: unknown) => {
      const sent = { method: route.method, path, body, as: caller };
      requireAnswer(await subject.send(sent), JSON.stringify(sent).slice(0, 300));
    };
    for (const name of NAMES) await send(pathOf(name));
    for (const query of QUERIES) await send(pathOf(undefined) + query);
    if (route.method === 'GET' || route.method === 'HEAD') return;
    for (const value of VALUES) await send(pathOf(undefined), value);
  });
}
