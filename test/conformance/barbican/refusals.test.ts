// Every refusal of the reference, provoked: one table of requests and statuses, and the three forms of their bodies.

import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import { type BarbicanSubject, type Exchange, type HandMade, HELLO, startBarbican } from './support.ts';

const ABSENT = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const JSON_TYPE = { 'content-type': 'application/json' };

let subject: BarbicanSubject;
/** Ids by their names in the table: `{secret}` in a path is one of these. */
const ids: Record<string, string> = {};

before(async () => {
  subject = await startBarbican();
  ids.secret = await subject.secret();
  ids.awaiting = await subject.secret({ name: 'awaiting' });
  const made = async (path: string, body: unknown, status = 201) => {
    const answer = await subject.expect(status, { method: 'POST', path, body });
    return String(answer.headers.location).split('/').at(-1) ?? '';
  };
  ids.generic = await made('/containers', {
    type: 'generic',
    secret_refs: [{ name: 'a', secret_ref: subject.ref(ids.secret) }],
  });
  ids.rsa = await made('/containers', { type: 'rsa' });
  ids.order = await made('/orders', { type: 'key', meta: { algorithm: 'aes', bit_length: 256 } }, 202);
});
after(() => subject.stop());

type Row = readonly [
  status: number,
  method: string,
  path: string,
  body?: unknown,
  headers?: HandMade['headers'],
];

const secret = (members: object): Row => [400, 'POST', '/secrets', { ...HELLO, ...members }];
const container = (members: object): Row => [400, 'POST', '/containers', { type: 'generic', ...members }];
const order = (meta: object, type: unknown = 'key'): Row => [400, 'POST', '/orders', { type, meta }];
const acl = (body: unknown): Row => [400, 'PUT', '/secrets/{secret}/acl', body];
const KEY = { algorithm: 'aes', bit_length: 256 };
const MEMBER = (id: string) => ({ name: 'b', secret_ref: `{url}/v1/secrets/${id}` });

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  'secrets that cannot be kept': [
    secret({ name: 7 }),
    secret({ name: 'x'.repeat(256) }),
    secret({ name: 'a\0b' }),
    secret({ algorithm: null }),
    secret({ algorithm: 256 }),
    secret({ mode: null }),
    secret({ mode: 'x'.repeat(256) }),
    ...[0, -1, 32_768, 1.5, '256', null, {}].map(bit_length => secret({ bit_length })),
    ...['2010-01-01', 'soon', '2095-02-30', '2095-W01', 7].map(expiration => secret({ expiration })),
    secret({ secret_type: 'other' }),
    secret({ payload: '' }),
    secret({ payload: '   ' }),
    secret({ payload: 7 }),
    secret({ payload: ['a'] }),
    secret({ payload_content_type: undefined }),
    secret({ payload_content_type: 'text/plain;charset=latin1' }),
    secret({ payload_content_type: 'image/png' }),
    secret({ payload_content_type: 7 }),
    secret({ payload: undefined }),
    secret({ payload_content_encoding: 'base64' }),
    secret({ payload_content_type: 'application/octet-stream' }),
    secret({ payload_content_type: 'application/octet-stream', payload_content_encoding: 'hex' }),
    secret({
      payload: '=',
      payload_content_type: 'application/octet-stream',
      payload_content_encoding: 'base64',
    }),
    secret({ payload: 'YQ', payload_content_type: 'application/pkcs8', payload_content_encoding: 'base64' }),
    secret({ transport_key_id: ABSENT }),
    secret({ transport_key_needed: 'true' }),
    secret({ transport_key_needed: true }),
    [400, 'POST', '/secrets', '{"name":', JSON_TYPE],
    [400, 'POST', '/secrets', '[]', JSON_TYPE],
    [400, 'POST', '/secrets', '', JSON_TYPE],
    [400, 'POST', '/secrets', '{"payload":"\n","payload_content_type":"text/plain"}', JSON_TYPE],
    [400, 'POST', '/secrets', `{"name":"${'x'.repeat(25_000)}"}`, JSON_TYPE],
    [413, 'POST', '/secrets', { ...HELLO, payload: 'x'.repeat(20_001) }],
    [415, 'POST', '/secrets', '{}', { 'content-type': 'text/plain' }],
    [415, 'POST', '/secrets', '{}'],
  ],
  'secrets that are not there, and what is done with them': [
    ...['nothing', ABSENT, ABSENT.toUpperCase(), '6f9619ff-8b86-1d01-b42d-00cf4fc964ff'].flatMap(id =>
      ['', '/payload', '/metadata', '/metadata/a', '/acl', '/consumers'].map(
        (rest): Row => [404, 'GET', `/secrets/${id}${rest}`],
      ),
    ),
    [404, 'DELETE', `/secrets/${ABSENT}`],
    [404, 'PUT', `/secrets/${ABSENT}`, 'x', { 'content-type': 'text/plain' }],
    [404, 'GET', '/secrets/{secret}/unknown'],
    [404, 'GET', '/secrets/{secret}/metadata/absent'],
    [404, 'GET', '/secrets/{secret}/consumers/one'],
    [404, 'GET', '/secrets/{awaiting}/payload'],
    [409, 'PUT', '/secrets/{secret}', 'x', { 'content-type': 'text/plain' }],
    [400, 'PUT', '/secrets/{awaiting}', '', { 'content-type': 'text/plain' }],
    [400, 'PUT', '/secrets/{awaiting}', Buffer.of(0xff), { 'content-type': 'text/plain' }],
    [413, 'PUT', '/secrets/{awaiting}', 'x'.repeat(20_001), { 'content-type': 'text/plain' }],
    [415, 'PUT', '/secrets/{awaiting}', 'x', { 'content-type': 'application/pkcs8' }],
    [415, 'PUT', '/secrets/{awaiting}', 'x'],
    [406, 'GET', '/secrets/{secret}/payload', undefined, { accept: 'application/json' }],
    [406, 'GET', '/secrets', undefined, { accept: 'text/plain' }],
    [405, 'POST', '/secrets/{secret}/payload', '{}', JSON_TYPE],
    [405, 'PATCH', '/secrets/{secret}', '{}', JSON_TYPE],
    [405, 'DELETE', '/secrets'],
  ],
  'lists that cannot be made': [
    ...['other', 'name,name', 'name:up', 'name:asc:desc', 'name,'].map(
      (sort): Row => [400, 'GET', `/secrets?sort=${sort}`],
    ),
    ...['created', 'updated', 'expiration'].flatMap(name =>
      ['yesterday', 'gt:', 'eq:2020-01-01', 'gt:2020-01-01,gte:2020-01-02', '2020-01-01,lte:2021-01-01'].map(
        (value): Row => [400, 'GET', `/secrets?${name}=${value}`],
      ),
    ),
    [400, 'GET', '/secrets?name=%00'],
  ],
  metadata: [
    [400, 'PUT', '/secrets/{secret}/metadata', { metadata: { a: 1 } }],
    [400, 'PUT', '/secrets/{secret}/metadata', { metadata: { ä: 'x' } }],
    [400, 'PUT', '/secrets/{secret}/metadata', {}],
    [400, 'POST', '/secrets/{secret}/metadata', { key: 'a' }],
    [400, 'POST', '/secrets/{secret}/metadata', { key: 'a', value: 'b', more: 'c' }],
    [400, 'POST', '/secrets/{secret}/metadata', { key: 'x'.repeat(256), value: 'b' }],
    [404, 'PUT', '/secrets/{secret}/metadata/absent', { key: 'absent', value: 'b' }],
    [404, 'PUT', '/secrets/{secret}/metadata/absent', { key: 'other', value: 'b' }],
    [415, 'PUT', '/secrets/{secret}/metadata', '{}', { 'content-type': 'text/plain' }],
  ],
  consumers: [
    [400, 'POST', '/containers/{generic}/consumers', { name: 'a' }],
    [400, 'POST', '/containers/{generic}/consumers', { name: '', URL: 'u' }],
    [400, 'POST', '/containers/{generic}/consumers', { name: 'x'.repeat(37), URL: 'u' }],
    [400, 'POST', '/containers/{generic}/consumers', { name: 'a', URL: 'x'.repeat(256) }],
    [400, 'POST', '/secrets/{secret}/consumers', { service: 'a', resource_type: 'b' }],
    [404, 'DELETE', '/containers/{generic}/consumers', { name: 'a', URL: 'u' }],
    [404, 'DELETE', '/secrets/{secret}/consumers', { service: 'a', resource_type: 'b', resource_id: 'c' }],
    [404, 'POST', `/containers/${ABSENT}/consumers`, { name: 'a', URL: 'u' }],
    [415, 'DELETE', '/containers/{generic}/consumers', '{}', { 'content-type': 'text/plain' }],
    [405, 'PUT', '/containers/{generic}/consumers', '{}', JSON_TYPE],
  ],
  containers: [
    container({ type: 'other' }),
    container({ type: undefined }),
    container({ name: 7 }),
    container({ secret_refs: {} }),
    container({ secret_refs: ['a'] }),
    container({ secret_refs: [{}] }),
    container({ secret_refs: [{ secret_ref: ABSENT }] }),
    container({ secret_refs: [{ secret_ref: `http://elsewhere.example/v1/secrets/${ABSENT}` }] }),
    container({ secret_refs: [MEMBER('{secret}'), MEMBER('{awaiting}')] }),
    container({ secret_refs: [MEMBER('{secret}'), { ...MEMBER('{secret}'), name: 'c' }] }),
    container({ type: 'rsa', secret_refs: [MEMBER('{secret}')] }),
    container({ type: 'certificate', secret_refs: [{ ...MEMBER('{secret}'), name: 'private_key' }] }),
    [404, 'POST', '/containers', { type: 'generic', secret_refs: [MEMBER(ABSENT)] }],
    [404, 'GET', `/containers/${ABSENT}`],
    [404, 'DELETE', `/containers/${ABSENT}`],
    [404, 'GET', '/containers/nothing'],
    [405, 'PUT', '/containers/{generic}', '{}', JSON_TYPE],
    [405, 'PATCH', '/containers/{generic}', '{}', JSON_TYPE],
    [405, 'GET', '/containers/{generic}/secrets'],
    [400, 'POST', '/containers/{rsa}/secrets', MEMBER('{secret}')],
    [404, 'POST', '/containers/{generic}/secrets', MEMBER(ABSENT)],
    [409, 'POST', '/containers/{generic}/secrets', { ...MEMBER('{secret}'), name: 'a' }],
    [404, 'DELETE', '/containers/{generic}/secrets', MEMBER('{awaiting}')],
    [415, 'POST', '/containers', '{}', { 'content-type': 'text/plain' }],
  ],
  orders: [
    order({}),
    order({ ...KEY, algorithm: undefined }),
    order({ ...KEY, algorithm: '' }),
    order({ ...KEY, algorithm: 'x'.repeat(256) }),
    order({ ...KEY, bit_length: undefined }),
    order({ ...KEY, bit_length: 129 }),
    order({ ...KEY, bit_length: '256' }),
    order({ ...KEY, bit_length: 0 }),
    order({ ...KEY, payload: 'x' }),
    order({ ...KEY, expiration: '2010-01-01' }),
    order({ ...KEY, payload_content_type: 'image/png' }),
    order(KEY, 'KEY'),
    order(KEY, null),
    [400, 'POST', '/orders', { type: 'key' }],
    [404, 'GET', `/orders/${ABSENT}`],
    [404, 'DELETE', `/orders/${ABSENT}`],
    [404, 'GET', '/orders/nothing'],
    [405, 'PUT', '/orders', '{}', JSON_TYPE],
    [405, 'PUT', '/orders/{order}', '{}', JSON_TYPE],
    [415, 'POST', '/orders', '{}', { 'content-type': 'text/plain' }],
  ],
  'access lists': [
    acl({ write: {} }),
    acl({ read: { users: 'a' } }),
    acl({ read: { users: [1] } }),
    acl({ read: { users: [''] } }),
    acl({ read: { 'project-access': 'yes' } }),
    acl({ read: { other: true } }),
    acl([]),
    [405, 'POST', '/secrets/{secret}/acl', '{}', JSON_TYPE],
    [404, 'GET', `/containers/${ABSENT}/acl`],
    [415, 'PUT', '/secrets/{secret}/acl', '{}', { 'content-type': 'text/plain' }],
  ],
  'what the service does not have': [
    [404, 'GET', '/cas'],
    [404, 'GET', `/cas/${ABSENT}`],
    [404, 'GET', '/secret-stores'],
    [404, 'GET', '/secret-stores/preferred'],
    [404, 'GET', '/secret-stores/global-default'],
    [404, 'GET', `/transport_keys/${ABSENT}`],
    [403, 'POST', '/transport_keys', {}],
    [405, 'POST', '/quotas', '{}', JSON_TYPE],
    [405, 'POST', '/v1'],
  ],
};

function filled(value: string): string {
  return value
    .replaceAll('{url}', subject.keyhold.url)
    .replaceAll(/\{(secret|awaiting|generic|rsa|order)\}/g, (_, name: string) => ids[name] ?? '');
}

for (const [title, rows] of Object.entries(TABLE)) {
  test(`refused: ${title} (${rows.length} requests)`, async () => {
    for (const [status, method, path, body, headers] of rows) {
      const given =
        typeof body === 'object' && !(body instanceof Uint8Array)
          ? JSON.parse(filled(JSON.stringify(body)))
          : body;
      const answer = await subject.send({
        method,
        path: filled(path),
        body: given,
        ...(headers && { headers }),
      });
      assert.equal(
        answer.status,
        status,
        `${method} ${path} ${JSON.stringify(body)?.slice(0, 200)}: ${answer.text}`,
      );
      requireForm(answer, `${method} ${path}`);
      if (status === 405) assert.ok(answer.headers.allow, path);
    }
  });
}

function requireForm({ status, json, headers }: Exchange, asked: string): void {
  assert.equal(headers['content-type'], 'application/json', asked);
  assert.deepEqual(Object.keys(json).sort(), ['code', 'description', 'title'], asked);
  assert.equal(json.code, status);
  assert.equal(typeof json.description, 'string');
}

describe('refusals before the service', () => {
  it('of tokens have the form of Keystone', async () => {
    const stranger = { ...subject.admin, token: 'kh_unknown' };
    for (const headers of [
      {},
      { 'x-project-id': subject.admin.projectId, 'x-roles': 'admin', 'x-identity-status': 'Confirmed' },
    ]) {
      const answer = await subject.expect(401, { path: '/secrets', as: stranger, headers });
      const message = 'The request you have made requires authentication.';
      assert.deepEqual(answer.json, { error: { code: 401, title: 'Unauthorized', message } });
      assert.equal(answer.headers['www-authenticate'], `Keystone uri="${subject.keyhold.url}/v3"`);
    }
    const nobody = { 'x-auth-token': undefined };
    for (const path of ['/secrets', '/secrets/a/b/c', '/orders/nothing/payload']) {
      await subject.expect(401, { path, headers: nobody });
    }
    await subject.expect(401, { method: 'PUT', path: '/orders', headers: nobody });
  });

  it('of versions are texts, or JSON for those who take it', async () => {
    for (const [header, status] of [
      ['key-manager 1.9', 406],
      ['key-manager 2.0', 406],
      ['key-manager one', 400],
      ['key-manager 1', 400],
    ] as const) {
      const headers = { 'openstack-api-version': header };
      const plain = await subject.expect(status, { path: '/secrets', headers });
      assert.equal(plain.headers['content-type'], 'text/plain');
      assert.equal(plain.headers['openstack-api-version'], undefined);
      const json = await subject.expect(status, {
        path: '/',
        headers: { ...headers, accept: 'application/json' },
      });
      const title = status === 406 ? 'Not Acceptable' : 'Bad Request';
      assert.deepEqual([json.json.code, json.json.title], [`${status} ${title}`, title]);
    }
  });

  it('of an end that is over speaks of it in the word of the request', async () => {
    const { json } = await subject.expect(400, {
      method: 'POST',
      path: '/secrets',
      body: { ...HELLO, expiration: '2010-01-01T00:00:00' },
    });
    assert.match(json.description, /'expiration' is before current time/);
  });

  it('of an unknown type names those that there are, as clients look for it', async () => {
    const { json } = await subject.expect(400, {
      method: 'POST',
      path: '/secrets',
      body: { ...HELLO, payload_content_type: 'plain-text' },
    });
    assert.ok(
      json.description.startsWith(
        "Provided object does not match schema 'Secret': payload_content_type is not one of ['text/plain', 'text/plain;charset=utf-8', 'text/plain; charset=utf-8', 'application/octet-stream'",
      ),
    );
  });

  it('are in the audit log, each with its caller', async () => {
    const before = await auditEntries();
    await subject.expect(400, { method: 'POST', path: '/secrets', body: { name: 7 } });
    await subject.expect(404, { path: `/secrets/${ABSENT}` });
    const after = await auditEntries();
    assert.deepEqual(
      after.slice(before.length).map(({ operation, outcome }) => [operation, outcome]),
      [
        ['request.refuse', 'invalidInput'],
        ['secret.read', 'notFound'],
      ],
    );
  });
});

async function auditEntries(): Promise<readonly { operation: string; outcome: string }[]> {
  const filter = { principalId: subject.admin.principalId };
  const rows = await subject.keyhold.kms.store.log.search(filter, { limit: 1_000, newestFirst: false });
  return rows.map(({ leaf }) => JSON.parse(Buffer.from(leaf).toString()));
}
