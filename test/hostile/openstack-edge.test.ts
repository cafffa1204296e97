// What surrounds a request to Barbican and Keystone: headers that claim an identity, tokens that are none, hosts, paths and versions that mean
// harm. Nothing of it gives anything to anybody, and each is refused in the shape of whoever answers there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HELLO, type User } from '../conformance/barbican/support.ts';
import { type OpenStackTarget, startOpenStackTarget } from './openstack.ts';
import { requestText, send } from './raw.ts';
import { inParallel } from './rounds.ts';
import { requireRefusal } from './subject.ts';

let target: OpenStackTarget;
let nobody: User;
let stranger: User;
let secret: string;
before(async () => {
  target = await startOpenStackTarget();
  const { barbican } = target;
  nobody = await barbican.addUser('nobody', []);
  stranger = await barbican.addUser('stranger', ['admin'], await barbican.addProject('strange'));
  secret = await barbican.secret();
});
after(() => target.stop());

/** What the middleware of Keystone tells a service behind it, and what proxies and federation add. */
function forgeries(): readonly (readonly [string, string])[] {
  const { admin } = target.barbican;
  return [
    ['x-identity-status', 'Confirmed'],
    ['x-service-identity-status', 'Confirmed'],
    ['x-user-id', admin.userId],
    ['x-user-name', 'admin'],
    ['x-user', admin.userId],
    ['x-project-id', admin.projectId.replaceAll('-', '')],
    ['x-project-name', 'default'],
    ['x-tenant-id', admin.projectId],
    ['x-tenant', admin.projectId],
    ['x-domain-id', 'default'],
    ['x-user-domain-id', 'default'],
    ['x-project-domain-id', 'default'],
    ['x-roles', 'admin,creator,key-manager:service-admin'],
    ['x-role', 'admin'],
    ['x-is-admin-project', 'True'],
    ['openstack-system-scope', 'all'],
    ['x-service-roles', 'admin'],
    ['x-service-token', 'x'],
    ['x-auth-method', 'admin'],
    ['x-remote-user', 'admin'],
    ['remote-user', 'admin'],
    ['x_project_id', admin.projectId],
    ['x_roles', 'admin'],
    ['x-forwarded-user', 'admin'],
    ['x-forwarded-for', '127.0.0.1'],
    ['authorization', 'Basic YWRtaW46YWRtaW4='],
    ['x-subject-token', admin.token],
  ];
}

const READS = (): readonly string[] => [
  '/v1/secrets',
  `/v1/secrets/${secret}/payload`,
  '/v1/orders',
  '/v1/quotas',
  '/v1/project-quotas',
  '/v3/users',
  '/v3/auth/projects',
];

test('headers that say who somebody is count for nothing, one by one and all together', async () => {
  const all = Object.fromEntries(forgeries());
  const told = async (as: User | null, path: string, headers = {}) => {
    const { status, body } = await target.attack({ method: 'GET', path, as, headers });
    return `${status} ${body}`;
  };
  for (const as of [null, nobody, stranger]) {
    for (const path of READS()) {
      const before = await told(as, path);
      assert.equal(before.startsWith('401'), as === null, before);
      for (const [name, value] of forgeries()) {
        assert.equal(await told(as, path, { [name]: value }), before, `${name} at ${path}`);
      }
      assert.equal(await told(as, path, all), before, path);
    }
  }
  const { json } = await target.barbican.expect(200, { path: '/secrets', as: stranger });
  assert.equal(json.total, 0);
  // What is made under such headers belongs to the token.
  const body = JSON.stringify({ ...HELLO, name: 'forged' });
  await target.attack({ method: 'POST', path: '/v1/secrets', body, as: stranger, headers: all });
  const mine = await target.barbican.expect(200, { path: '/secrets?name=forged' });
  assert.equal(mine.json.total, 0);
  assert.deepEqual(target.hostile.takeErrors(), []);
});

test('tokens that are none are refused alike, at both services', async () => {
  const { token } = target.barbican.admin;
  const tokens: readonly (string | readonly string[])[] = [
    '',
    ' ',
    token.slice(0, -1),
    `${token}a`,
    token.toUpperCase(),
    `Bearer ${token}`,
    `${token}, ${token}`,
    [token, token],
    [token, 'x'],
    token.replace('_', '.'),
    'gAAAAABnothing',
    'PKIZ_eJx',
    'null',
    '00000000000000000000000000000000',
    "' OR 1=1 --",
    '../../etc/passwd',
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
    'a'.repeat(10_000),
    '\u00e9\u00ff',
  ];
  for (const path of ['/v1/secrets', `/v1/secrets/${secret}/payload`, '/v3/users', '/v3/auth/tokens']) {
    for (const each of tokens) {
      const headers = { 'x-auth-token': each, 'x-subject-token': token };
      const { status } = await target.refused({ method: 'GET', path, as: null, headers });
      assert.equal(status, 401, `${path} ${String(each).slice(0, 80)}`);
    }
  }
  for (const subjectToken of tokens.filter(each => typeof each === 'string')) {
    const headers = { 'x-subject-token': subjectToken };
    const answer = await target.refused({ method: 'GET', path: '/v3/auth/tokens', headers });
    assert.ok([400, 404].includes(answer.status), `${answer.status} ${subjectToken.slice(0, 80)}`);
  }
});

test('addresses in answers are those of the configuration, whatever a request calls the host', async () => {
  const { url } = target.hostile.keyhold;
  const headers = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': '/evil',
    forwarded: 'host=evil.example;proto=https',
    'x-original-url': '/evil',
  };
  for (const path of [
    '/v1/secrets?limit=1',
    '/v1',
    '/v1/containers',
    '/v3',
    '/v3/auth/catalog',
    `/v1/secrets/${secret}`,
  ]) {
    const { body, headers: told } = await target.attack({ method: 'GET', path, headers });
    assert.doesNotMatch(`${body} ${JSON.stringify([...told])}`, /evil/, path);
  }
  const made = await target.attack({ method: 'POST', path: '/v1/secrets', body: '{}', headers });
  assert.ok(made.headers.get('location')?.startsWith(`${url}/v1/secrets/`));
});

test('versions and media types that nobody speaks are refused, and nothing of them comes back in a header', async () => {
  const versions = [
    'key-manager 1',
    'key-manager 1.9',
    'key-manager 2.0',
    'key-manager -1.0',
    'key-manager 1.0 extra',
    'key-manager 1.999999999999',
    'key-manager latest latest',
    'key-manager \u00e9',
    `key-manager ${'9'.repeat(5_000)}`,
    `${'volume 3.0, '.repeat(400)}key-manager 7`,
  ];
  for (const version of versions) {
    const headers = { 'openstack-api-version': version };
    const { status, headers: told } = await target.refused({ method: 'GET', path: '/v1/secrets', headers });
    assert.ok(status === 400 || status === 406, `${status} ${version.slice(0, 80)}`);
    assert.equal(told.get('openstack-api-version'), undefined);
  }
  for (const accept of [
    'text/html',
    'text/plain, */*',
    'application/json;q=0',
    '\u00e9',
    'a/b'.repeat(1_500),
    'x/y; z="',
  ]) {
    const path = `/v1/secrets/${secret}/payload`;
    const { status, headers } = await target.attack({ method: 'GET', path, headers: { accept } });
    assert.equal(status, 406, accept.slice(0, 80));
    assert.match(headers.get('content-type') ?? '', /^application\/json$/);
  }
});

const PATHS = (): readonly string[] => [
  '/v1/secrets/..',
  '/v1/secrets/../../v3/users',
  '/v1/secrets/%2e%2e/%2e%2e/etc/passwd',
  '/v1/secrets/..%2f..%2fadmin%2fv1',
  `/v1/secrets/${secret}%2fpayload`,
  `/v1/secrets/${secret}%00`,
  `/v1/secrets/${secret}/payload%00`,
  `/v1/secrets/${secret}/payload/x`,
  `/v1/secrets/${secret};x=y`,
  `/v1/secrets/${secret.toUpperCase()}`,
  `/v1/secrets/{${secret}}`,
  `/v1/secrets/urn:uuid:${secret}`,
  `/v1/secrets/%20${secret}`,
  `/v1/secrets/${secret}/metadata/%00`,
  `/v1/secrets/${secret}/metadata/%ff`,
  `/v1/secrets/${secret}/metadata/..`,
  `/v1/secrets/${secret}/metadata/__proto__`,
  `/v1/secrets/${secret}/consumers/%zz`,
  `/v1/containers/${secret}`,
  `/v1/orders/${secret}`,
  '/v1/secrets/%zz',
  '/v1/secrets/%ed%a0%80',
  '/v1/secrets/__proto__',
  '/v1/secrets/constructor',
  `/v1/secrets/${'a'.repeat(6_000)}`,
  `/v1/secrets/${'%61'.repeat(2_000)}`,
  '/v1/secret-stores/..%2fpreferred',
  '/v1/project-quotas/%00',
  '/v1/project-quotas/..%2f..',
  '/v1/SECRETS',
  '/v1//secrets',
  '/v1/nothing',
  '/v3/users/__proto__',
  '/v3/users/%00',
  '/v3/users/..%2fprojects',
  '/v3/users/%zz',
  `/v3/users/${'a'.repeat(6_000)}`,
  '/v3/projects/..',
  '/v3/auth/tokens/x',
  '/v3//users',
  '/v3/nothing',
  '/identity/v3/nothing',
  '/identity/v3/../v1/secrets',
  '/v3/OS-TRUST/trusts',
];

test('paths that try to be others are refused where they are', async () => {
  const { token } = target.barbican.admin;
  // Metadata that there is not is deleted without a word, as by Barbican.
  const methods = (path: string) => (path.includes('/metadata/') ? ['GET'] : ['GET', 'DELETE']);
  const asks = PATHS().flatMap(path => methods(path).map(method => ({ method, path })));
  await inParallel(
    asks,
    async ({ method, path }) => {
      target.hostile.keyhold.clock.advance(1_000);
      const text = requestText(`${method} ${path} HTTP/1.1`, [
        ['host', 'x'],
        ['x-auth-token', token],
      ]);
      const { answers } = await send(target.hostile.port, [text]);
      const [answer] = answers;
      assert.ok(answer, path);
      try {
        requireRefusal(answer, undefined, text);
      } catch (cause) {
        throw new Error(`${method} ${path}`, { cause });
      }
    },
    8,
  );
  // The secret is still there, and nothing else of it was given out.
  await target.barbican.expect(200, { path: `/secrets/${secret}/payload` });
  assert.deepEqual(target.hostile.takeErrors(), []);
});

test('methods that a path does not have, and bodies where none is expected, do no harm', async () => {
  for (const path of [
    '/v1/secrets',
    `/v1/secrets/${secret}`,
    '/v1/orders',
    '/v1/quotas',
    '/v3/users',
    '/v3/auth/tokens',
  ]) {
    for (const method of ['OPTIONS', 'PATCH', 'PUT']) {
      await target.refused({ method, path, body: '{"a":1}' });
    }
    const override = {
      'x-http-method-override': 'DELETE',
      'x-method-override': 'DELETE',
      'x-http-method': 'DELETE',
    };
    await target.attack({ method: 'GET', path, body: '{"a":1}', headers: override });
  }
  await target.barbican.expect(200, { path: `/secrets/${secret}/payload` });
  assert.deepEqual(target.hostile.takeErrors(), []);
});

test('a second header field cannot be written into one, nor a second answer', async () => {
  const { token } = target.barbican.admin;
  const lines: readonly string[] = [
    'x-auth-token: a\rb',
    'x-auth-token: a\0b',
    ' x-auth-token: folded',
    'x-auth-token : spaced',
    'accept: text/plain\r x: y',
    'openstack-api-version: key-manager 1.1\rx: y',
  ];
  for (const line of lines) {
    const text = `GET /v1/secrets/${secret}/payload HTTP/1.1\r\nhost: x\r\nx-auth-token: ${token}\r\n${line}\r\n\r\n`;
    const { answers, closed } = await send(target.hostile.port, [text]);
    for (const answer of answers) requireRefusal(answer, undefined, text);
    assert.ok(closed || answers.length > 0, line);
  }
  // What a client names comes back in bodies alone, as JSON.
  const name = 'a\r\nset-cookie: x=y\r\n\r\n<script>';
  const body = JSON.stringify({ ...HELLO, name });
  const made = await target.attack({ method: 'POST', path: '/v1/secrets', body });
  assert.equal(made.status, 201);
  const id = JSON.parse(made.body.toString()).secret_ref.split('/').at(-1);
  const shown = await target.attack({ method: 'GET', path: `/v1/secrets/${id}` });
  assert.equal(JSON.parse(shown.body.toString()).name, name);
  assert.equal(shown.headers.get('set-cookie'), undefined);
  assert.equal(shown.headers.get('x-content-type-options'), 'nosniff');
});
