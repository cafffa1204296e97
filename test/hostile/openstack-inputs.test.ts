// Requests of somebody who may, with every hostile value at every place of every body, in queries and in headers: each one is served or
// refused in the words of Barbican and Keystone, and never a fault of the house.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Json, misencoded, spoiled } from './bodies.ts';
import { type OpenStackTarget, startOpenStackTarget } from './openstack.ts';
import { inParallel } from './rounds.ts';
import { blobs, CONFUSIONS, lengths, TEXTS } from './values.ts';

let target: OpenStackTarget;
let secret: string;
let container: string;
before(async () => {
  target = await startOpenStackTarget();
  secret = await target.barbican.secret();
  const made = await target.barbican.expect(201, {
    method: 'POST',
    path: '/containers',
    body: { type: 'generic' },
  });
  container = made.json.container_ref.split('/').at(-1);
});
after(() => target.stop());

interface Row {
  /** Instead of an administrator of the project: one of the installation. */
  readonly bySystem?: true;
  readonly method: string;
  readonly path: () => string;
  readonly good: () => Json;
  readonly values?: readonly string[];
}

const BASE64 = { payload_content_type: 'application/octet-stream', payload_content_encoding: 'base64' };
const NAMED = {
  name: 'a',
  expiration: '2099-01-01T00:00:00Z',
  algorithm: 'aes',
  bit_length: 256,
  mode: 'cbc',
};
const ref = () => target.barbican.ref(secret);
/** Each failure of a login is made to take its time. */
const FEWER = [...CONFUSIONS, ...TEXTS.slice(0, 9)];
/** Payloads at and around what they may have, as texts and in base64. */
const PAYLOADS = [...blobs(0, 1, 14_999, 15_000, 15_001), ...lengths(0, 1, 20_000, 20_001)];

const BARBICAN: Readonly<Record<string, Row>> = {
  'a text': {
    method: 'POST',
    path: () => '/v1/secrets',
    good: () => ({ ...NAMED, secret_type: 'passphrase', payload: 'x', payload_content_type: 'text/plain' }),
    values: [...CONFUSIONS, ...TEXTS, ...PAYLOADS],
  },
  'a symmetric key': {
    method: 'POST',
    path: () => '/v1/secrets/',
    good: () => ({
      ...NAMED,
      secret_type: 'symmetric',
      payload: Buffer.alloc(32).toString('base64'),
      ...BASE64,
    }),
    values: [...CONFUSIONS, ...TEXTS, ...PAYLOADS],
  },
  'user metadata': {
    method: 'PUT',
    path: () => `/v1/secrets/${secret}/metadata`,
    good: () => ({ metadata: { description: 'text' } }),
  },
  'one more of them': {
    method: 'POST',
    path: () => `/v1/secrets/${secret}/metadata`,
    good: () => ({ key: 'a', value: 'b' }),
  },
  'one of them': {
    method: 'PUT',
    path: () => `/v1/secrets/${secret}/metadata/description`,
    good: () => ({ key: 'description', value: 'b' }),
  },
  'a consumer of a secret': {
    method: 'POST',
    path: () => `/v1/secrets/${secret}/consumers`,
    good: () => ({ service: 'volumes', resource_type: 'volume', resource_id: 'one' }),
  },
  'a consumer that goes': {
    method: 'DELETE',
    path: () => `/v1/secrets/${secret}/consumers`,
    good: () => ({ service: 'volumes', resource_type: 'volume', resource_id: 'one' }),
  },
  'a container': {
    method: 'POST',
    path: () => '/v1/containers',
    good: () => ({ name: 'a', type: 'generic', secret_refs: [{ name: 'a', secret_ref: ref() }] }),
  },
  'a container of a pair': {
    method: 'POST',
    path: () => '/v1/containers',
    good: () => ({
      type: 'rsa',
      secret_refs: [
        { name: 'private_key', secret_ref: ref() },
        { name: 'public_key', secret_ref: ref() },
      ],
    }),
  },
  'a secret into a container': {
    method: 'POST',
    path: () => `/v1/containers/${container}/secrets`,
    good: () => ({ name: 'b', secret_ref: ref() }),
  },
  'a consumer of a container': {
    method: 'POST',
    path: () => `/v1/containers/${container}/consumers`,
    good: () => ({ name: 'volumes', URL: 'http://volumes.example/one' }),
  },
  'an order': {
    method: 'POST',
    path: () => '/v1/orders',
    good: () => ({ type: 'key', meta: { ...NAMED, payload_content_type: 'application/octet-stream' } }),
  },
  'an order of a certificate': {
    method: 'POST',
    path: () => '/v1/orders',
    good: () => ({
      type: 'certificate',
      meta: { request_type: 'custom', ca_id: 'x', profile: { a: ['b'] } },
    }),
  },
  'an access list': {
    method: 'PUT',
    path: () => `/v1/secrets/${secret}/acl`,
    good: () => ({ read: { users: ['a', 'b'], 'project-access': true } }),
  },
  'a part of one': {
    method: 'PATCH',
    path: () => `/v1/containers/${container}/acl`,
    good: () => ({ read: { users: ['a'], 'project-access': true } }),
  },
};

const PASSWORD = {
  user: { name: 'x', domain: { id: 'default', name: 'Default' }, password: 'y' },
} as const;

const KEYSTONE: Readonly<Record<string, Row>> = {
  'a login by password': {
    method: 'POST',
    path: () => '/v3/auth/tokens',
    good: () => ({
      auth: {
        identity: { methods: ['password'], password: PASSWORD },
        scope: { project: { name: 'default', domain: { name: 'Default' } } },
      },
    }),
    values: FEWER,
  },
  'a login by token': {
    method: 'POST',
    path: () => '/identity/v3/auth/tokens',
    good: () => ({
      auth: {
        identity: { methods: ['token'], token: { id: target.barbican.admin.token } },
        scope: { system: { all: true } },
      },
    }),
  },
  'a login by application credential': {
    method: 'POST',
    path: () => '/v3/auth/tokens',
    good: () => ({
      auth: {
        identity: {
          methods: ['application_credential'],
          application_credential: { id: 'x', name: 'y', secret: 'z', user: PASSWORD.user },
        },
      },
    }),
    values: FEWER,
  },
  'a user': {
    bySystem: true,
    method: 'POST',
    path: () => '/v3/users',
    good: () => ({ user: { name: 'x', domain_id: 'default', password: 'y', enabled: true, email: 'a@b' } }),
  },
  'a change of a user': {
    method: 'PATCH',
    path: () => `/v3/users/${target.barbican.admin.userId}`,
    good: () => ({ user: { description: 'x', options: {} } }),
  },
  'a password': {
    method: 'POST',
    path: () => `/v3/users/${target.barbican.admin.userId}/password`,
    good: () => ({ user: { original_password: 'x', password: 'y' } }),
  },
  'a project': {
    bySystem: true,
    method: 'POST',
    path: () => '/v3/projects',
    good: () => ({ project: { name: 'x', description: 'y', domain_id: 'default', enabled: true, tags: [] } }),
  },
  'a role': {
    bySystem: true,
    method: 'POST',
    path: () => '/v3/roles',
    good: () => ({ role: { name: 'x' } }),
  },
  'an application credential': {
    method: 'POST',
    path: () => `/v3/users/${target.barbican.admin.userId}/application_credentials`,
    good: () => ({
      application_credential: {
        name: 'x',
        description: 'y',
        secret: 'z',
        expires_at: '2099-01-01T00:00:00.000000',
        roles: [{ name: 'reader' }],
        unrestricted: false,
      },
    }),
  },
};

for (const [protocol, rows] of Object.entries({ Barbican: BARBICAN, Keystone: KEYSTONE })) {
  describe(protocol, () => {
    for (const [name, { method, path, good, values, bySystem }] of Object.entries(rows)) {
      test(`${name} stands every hostile value at every place`, async t => {
        const bodies = spoiled(good(), values);
        const statuses = new Map<number, number>();
        await inParallel(bodies, async body => {
          const as = bySystem ? target.system : undefined;
          const { status } = await target.attack({ method, path: path(), body, as });
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        });
        t.diagnostic(`${bodies.length} bodies: ${JSON.stringify(Object.fromEntries(statuses))}`);
        assert.deepEqual(target.hostile.takeErrors(), []);
      });

      test(`${name} is refused where the body is no JSON object in UTF-8, or says something twice`, async () => {
        const twice = JSON.stringify(good()).replace(/^\{("[^"]+"):/, '{$1:1,$1:');
        for (const body of [...misencoded(good()), twice])
          await target.refused({ method, path: path(), body });
        assert.deepEqual(target.hostile.takeErrors(), []);
      });
    }
  });
}

test('the passphrase of a pair stands every hostile text', async () => {
  for (const text of [...TEXTS.slice(0, 12), '5', '[]', 'null', '""']) {
    const meta = `{"algorithm":"rsa","bit_length":2048,"passphrase":${text}}`;
    await target.attack({ method: 'POST', path: '/v1/orders', body: `{"type":"asymmetric","meta":${meta}}` });
  }
  assert.deepEqual(target.hostile.takeErrors(), []);
});

test('payloads of the second step come as their type and encoding say, or are refused', async () => {
  const bodies = [Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(20_000, 'a'), Buffer.alloc(20_001, 'a')];
  const texts = [
    Buffer.from([0xc3, 0x28]),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('AA=='),
    Buffer.alloc(2_000_000),
  ];
  const types = [
    'text/plain',
    'text/plain; charset=utf-16',
    'text/plain; charset=utf-8',
    'application/octet-stream',
    'application/json',
    'application/pkcs8',
    'multipart/form-data; boundary=x',
    '*/*',
    '',
    ';',
    'TEXT/PLAIN',
    'a'.repeat(5_000),
  ];
  const encodings = [
    undefined,
    'base64',
    'BASE64',
    'gzip',
    'base64, gzip',
    '',
    'identity',
    'a'.repeat(5_000),
  ];
  const asks = [...bodies, ...texts].flatMap(body =>
    types.flatMap(type => encodings.map(encoding => ({ body, type, encoding }))),
  );
  await inParallel(asks, async ({ body, type, encoding }) => {
    const id = await target.barbican.secret({ name: 'awaiting' });
    const headers = {
      'content-type': type,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    };
    const { status } = await target.attack({ method: 'PUT', path: `/v1/secrets/${id}`, body, headers });
    assert.ok(status === 204 || (status >= 400 && status < 500), String(status));
    const read = await target.attack({ method: 'GET', path: `/v1/secrets/${id}/payload` });
    assert.equal(read.status === 200, status === 204, `${type} ${encoding}`);
  });
  assert.deepEqual(target.hostile.takeErrors(), []);
});

const QUERY_VALUES = [
  ...TEXTS.map(text => encodeURIComponent(safely(text).slice(0, 1_000).toWellFormed())),
  ...[
    '',
    '0',
    '-1',
    '1e9',
    '9'.repeat(400),
    '%00',
    '%ff%fe',
    '%zz',
    '%',
    'a'.repeat(5_000),
    '+',
    '%2b1',
    'NaN',
  ],
  ...[
    'gt:2020-01-01',
    'lt:',
    'gte:x',
    'gt:9999-99-99',
    'name:asc',
    'name:up',
    '__proto__',
    'created:desc,'.repeat(50),
  ],
];

function safely(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

test('queries stand every hostile value, alone and repeated', async () => {
  const paths = [
    ...[
      'limit',
      'offset',
      'sort',
      'created',
      'updated',
      'expiration',
      'name',
      'alg',
      'bits',
      'mode',
      'secret_type',
      'acl_only',
    ].map(name => `/v1/secrets?${name}=`),
    '/v1/containers?limit=',
    '/v1/orders?meta=',
    '/v1/transport_keys?plugin_name=',
    `/v1/secrets/${secret}/consumers?offset=`,
    '/v3/users?name=',
    '/v3/projects?domain_id=',
    '/v3/role_assignments?user.id=',
    '/v3/role_assignments?scope.project.id=',
    '/v3/auth/tokens?nocatalog=',
  ];
  const asks = paths.flatMap(path =>
    QUERY_VALUES.flatMap(value => [`${path}${value}`, `${path}1&${path.split('?')[1]}${value}`]),
  );
  await inParallel(asks, path =>
    target.attack({ method: 'GET', path, headers: { 'x-subject-token': target.barbican.admin.token } }),
  );
  assert.deepEqual(target.hostile.takeErrors(), []);
});
