// The identity API of OpenStack on a whole server: how one logs in, what a token says, what is refused and in which form, and that nobody
// gets further than the roles go.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';

let keyhold: TestKeyhold;
let admin: string;

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of many shapes
  readonly body: any;
}

interface Sent {
  readonly token?: string | undefined;
  readonly subject?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(
  method: string,
  path: string,
  { token, subject, body, headers }: Sent = {},
): Promise<Reply> {
  const answer = await fetch(`${keyhold.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { 'x-auth-token': token }),
      ...(subject !== undefined && { 'x-subject-token': subject }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const DOMAIN = { id: 'default' };

function login(name: string, password: string, scope?: unknown): object {
  const identity = { methods: ['password'], password: { user: { name, domain: DOMAIN, password } } };
  return { auth: { identity, ...(scope !== undefined && { scope }) } };
}

const inProject = (name: string) => ({ project: { name, domain: DOMAIN } });

async function tokenOf(body: object): Promise<string> {
  const { status, headers } = await send('POST', '/v3/auth/tokens', { body });
  assert.equal(status, 201);
  return headers.get('x-subject-token') ?? '';
}

interface User {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}

let made = 0;
async function userWith(role: string, project = 'default'): Promise<User> {
  made += 1;
  const name = `user-${made}`;
  const created = await send('POST', '/v3/users', { token: admin, body: { user: { name, password: 'p' } } });
  assert.equal(created.status, 201);
  const { id } = created.body.user;
  const [found] = (await send('GET', `/v3/projects?name=${project}`, { token: admin })).body.projects;
  const path = `/v3/projects/${found.id}/users/${id}/roles/${encodeURIComponent(role)}`;
  assert.equal((await send('PUT', path, { token: admin })).status, 204);
  assert.equal((await send('HEAD', path, { token: admin })).status, 204);
  return { id, name, token: await tokenOf(login(name, 'p', inProject(project))) };
}

async function begin(): Promise<void> {
  keyhold = await startKeyhold();
  const { openstack } = keyhold.credentials;
  assert.ok(openstack);
  admin = await tokenOf(login(openstack.username, openstack.password, inProject('default')));
  assert.equal(
    (await send('POST', '/v3/projects', { token: admin, body: { project: { name: 'other' } } })).status,
    201,
  );
}

before(begin);
after(() => keyhold.stop());

describe('version documents', () => {
  it('are there without a token', async () => {
    for (const path of ['/v3', '/v3/', '/identity/v3']) {
      const { status, body } = await send('GET', path);
      assert.equal(status, 200, path);
      assert.deepEqual([body.version.id, body.version.status], ['v3.14', 'stable']);
    }
    assert.equal((await send('GET', '/identity')).status, 300);
  });
});

describe('tokens', () => {
  it('say whose they are, for what and until when', async () => {
    const { openstack, project } = keyhold.credentials;
    assert.ok(openstack);
    const answer = await send('POST', '/v3/auth/tokens', {
      body: login(openstack.username, openstack.password, inProject('default')),
    });
    const { token } = answer.body;
    assert.deepEqual(token.methods, ['password']);
    assert.deepEqual(token.user.domain, { id: 'default', name: 'Default' });
    assert.match(token.user.id, /^[0-9a-f]{32}$/);
    assert.equal(token.project.id, project.id.replaceAll('-', ''));
    assert.deepEqual(
      token.roles.map(({ name }: { name: string }) => name),
      ['admin', 'member', 'reader'],
    );
    assert.match(token.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.equal(Date.parse(token.expires_at) - Date.parse(token.issued_at), 3_600_000);
    assert.match(token.audit_ids[0], /^[\w-]{22}$/);
    const manager = token.catalog.find(({ type }: { type: string }) => type === 'key-manager');
    assert.deepEqual(
      manager.endpoints.map((one: { interface: string; url: string }) => [one.interface, one.url]),
      ['public', 'internal', 'admin'].map(offered => [offered, keyhold.url]),
    );
    const subject = answer.headers.get('x-subject-token') ?? '';
    const shown = await send('GET', '/v3/auth/tokens?nocatalog', { token: subject, subject });
    assert.equal(shown.status, 200);
    const { catalog: _catalog, ...rest } = token;
    assert.deepEqual(shown.body.token, rest);
    assert.equal((await send('HEAD', '/v3/auth/tokens', { token: subject, subject })).status, 200);
  });

  it('are exchanged for others that end no later, and not for a project that is not the caller’s', async () => {
    const { token } = await userWith('creator');
    keyhold.clock.advance(60_000);
    const exchange = (scope: unknown) => ({
      auth: { identity: { methods: ['token'], token: { id: token } }, scope },
    });
    const again = await send('POST', '/v3/auth/tokens', { body: exchange(inProject('default')) });
    assert.equal(again.status, 201);
    assert.deepEqual(again.body.token.methods, ['password', 'token']);
    const first = await send('GET', '/v3/auth/tokens', { token, subject: token });
    assert.equal(again.body.token.expires_at, first.body.token.expires_at);
    const none = await send('POST', '/v3/auth/tokens', { body: exchange('unscoped') });
    assert.deepEqual([none.body.token.project, none.body.token.roles], [undefined, undefined]);
    for (const scope of [
      inProject('other'),
      inProject('nowhere'),
      { system: { all: true } },
      { domain: DOMAIN },
    ])
      assert.equal((await send('POST', '/v3/auth/tokens', { body: exchange(scope) })).status, 401);
  });

  it('are asked for in one scope, of one user, and nobody guesses what else was meant', async () => {
    const { openstack, project } = keyhold.credentials;
    assert.ok(openstack);
    const { username, password } = openstack;
    const id = project.id.replaceAll('-', '');
    for (const scope of [
      {},
      { project: {} },
      { project: { name: 'default' } },
      { project: { name: 'default', domain: {} } },
      { project: { id }, domain: DOMAIN },
      { project: { id }, system: { all: true } },
      { project: { id }, unscoped: {} },
      null,
      'else',
    ]) {
      const body = login(username, password, scope);
      assert.equal((await send('POST', '/v3/auth/tokens', { body })).status, 400, JSON.stringify(scope));
    }
    const user = { name: username, password };
    const body = { auth: { identity: { methods: ['password'], password: { user } } } };
    assert.equal((await send('POST', '/v3/auth/tokens', { body })).status, 400);
  });

  it('show the project that they are for, and no other', async () => {
    for (const role of ['member', 'audit']) {
      const { token } = await userWith(role);
      const { projects } = (await send('GET', '/v3/projects', { token: admin })).body;
      for (const { id, name } of projects) {
        const shown = await send('GET', `/v3/projects/${id}`, { token });
        assert.equal(shown.status, name === 'default' ? 200 : 403, name);
        if (shown.status === 200) assert.equal(shown.body.project.id, id);
      }
    }
  });

  it('are taken back at once, by their owner and not by a stranger', async () => {
    const [one, stranger] = [await userWith('creator'), await userWith('creator')];
    const path = '/v3/auth/tokens';
    assert.equal((await send('GET', path, { token: stranger.token, subject: one.token })).status, 403);
    assert.equal((await send('DELETE', path, { token: stranger.token, subject: one.token })).status, 403);
    assert.equal((await send('GET', path, { token: admin, subject: one.token })).status, 200);
    assert.equal((await send('DELETE', path, { token: one.token, subject: one.token })).status, 204);
    assert.equal((await send('GET', path, { token: admin, subject: one.token })).status, 404);
    assert.equal((await send('GET', '/v3/auth/projects', { token: one.token })).status, 401);
  });

  it('of an application credential are for its project and roles, and make no others', async () => {
    const user = await userWith('member');
    const path = `/v3/users/${user.id}/application_credentials`;
    const body = { application_credential: { name: 'robot', roles: [{ name: 'reader' }] } };
    const created = await send('POST', path, { token: user.token, body });
    assert.equal(created.status, 201);
    const { id, secret } = created.body.application_credential;
    assert.equal((await send('POST', path, { token: user.token, body })).status, 409);
    const credential = (changes: object) => ({
      auth: {
        identity: { methods: ['application_credential'], application_credential: { id, secret, ...changes } },
      },
    });
    const answer = await send('POST', '/v3/auth/tokens', { body: credential({}) });
    assert.deepEqual(answer.body.token.roles, [{ id: 'reader', name: 'reader' }]);
    assert.equal(answer.body.token.application_credential.id, id);
    assert.equal((await send('POST', '/v3/auth/tokens', { body: credential({ secret: 'x' }) })).status, 401);
    const robot = answer.headers.get('x-subject-token') ?? '';
    const more = { application_credential: { name: 'more' } };
    assert.equal((await send('POST', path, { token: robot, body: more })).status, 403);
    const greater = { application_credential: { name: 'greater', roles: [{ name: 'admin' }] } };
    assert.equal((await send('POST', path, { token: user.token, body: greater })).status, 403);
    const exchanged = await tokenOf({
      auth: { identity: { methods: ['token'], token: { id: robot } }, scope: inProject('default') },
    });
    for (const token of [robot, exchanged]) {
      assert.equal((await send('POST', path, { token, body: more })).status, 403);
      assert.equal((await send('DELETE', `${path}/${id}`, { token })).status, 403);
    }
    const unscoped = await tokenOf(login(user.name, 'p', 'unscoped'));
    assert.equal((await send('DELETE', `${path}/${id}`, { token: unscoped })).status, 204);
    for (const token of [robot, exchanged]) {
      assert.equal((await send('GET', '/v3/auth/projects', { token })).status, 401);
    }
  });

  it('by name are of users in their domain: that of a project, where they are at home there', async () => {
    const [other] = (await send('GET', '/v3/projects?name=other', { token: admin })).body.projects;
    const user = { name: 'admin', password: 'at home', domain_id: other.id };
    const created = await send('POST', '/v3/users', { token: admin, body: { user } });
    assert.equal(created.status, 201);
    assert.equal(created.body.user.domain_id, other.id);
    const identity = (domain: object) => ({
      methods: ['password'],
      password: { user: { name: 'admin', password: 'at home', domain } },
    });
    const at = (domain: object) =>
      send('POST', '/v3/auth/tokens', { body: { auth: { identity: identity(domain), scope: 'unscoped' } } });
    assert.equal((await at({ name: 'other' })).status, 201);
    assert.equal((await at({ id: other.id })).status, 201);
    assert.equal((await at({ name: 'Default' })).status, 401);
  });
});

describe('what is refused', () => {
  // Failed proofs are counted, and those of the tests before are not these.
  before(async () => {
    await keyhold.stop();
    await begin();
  });

  const cases: readonly (readonly [string, number, () => Promise<Reply>])[] = [
    ['no token', 401, () => send('GET', '/v3/projects')],
    ['a token that proves nobody', 401, () => send('GET', '/v3/projects', { token: 'gibberish' })],
    ['a wrong password', 401, () => send('POST', '/v3/auth/tokens', { body: login('admin', 'wrong') })],
    ['an unknown user', 401, () => send('POST', '/v3/auth/tokens', { body: login('nobody', 'wrong') })],
    [
      'a method that is not offered',
      401,
      () => send('POST', '/v3/auth/tokens', { body: { auth: { identity: { methods: ['totp'] } } } }),
    ],
    ['no body', 400, () => send('POST', '/v3/auth/tokens')],
    ['a body that is no JSON', 400, () => send('POST', '/v3/auth/tokens', { body: '{' })],
    ['a body of another shape', 400, () => send('POST', '/v3/auth/tokens', { body: { auth: [] } })],
    ['a body that is too large', 413, () => send('POST', '/v3/auth/tokens', { body: 'x'.repeat(200_000) })],
    ['no subject', 400, () => send('GET', '/v3/auth/tokens', { token: admin })],
    ['an unknown subject', 404, () => send('GET', '/v3/auth/tokens', { token: admin, subject: 'gibberish' })],
    ['an unknown path', 404, () => send('GET', '/v3/trusts', { token: admin })],
    ['an unknown project', 404, () => send('GET', `/v3/projects/${'0'.repeat(32)}`, { token: admin })],
    ['an unknown user by id', 404, () => send('GET', `/v3/users/${'0'.repeat(32)}`, { token: admin })],
    ['an unknown role', 404, () => send('GET', '/v3/roles/nothing', { token: admin })],
    ['an unknown domain', 404, () => send('GET', '/v3/domains/nothing', { token: admin })],
    [
      'a project that is there',
      409,
      () => send('POST', '/v3/projects', { token: admin, body: { project: { name: 'other' } } }),
    ],
    [
      'a user that is there',
      409,
      () => send('POST', '/v3/users', { token: admin, body: { user: { name: 'admin', password: 'x' } } }),
    ],
    [
      'a role that is there',
      409,
      () => send('POST', '/v3/roles', { token: admin, body: { role: { name: 'creator' } } }),
    ],
    [
      'a new role',
      403,
      () => send('POST', '/v3/roles', { token: admin, body: { role: { name: 'wizard' } } }),
    ],
    [
      'a member that is not known',
      400,
      () => send('POST', '/v3/users', { token: admin, body: { user: { name: 'x', wings: 2 } } }),
    ],
    [
      'a project inside another one',
      400,
      () => send('POST', '/v3/projects', { token: admin, body: { project: { name: 'x', parent_id: 'y' } } }),
    ],
  ];
  for (const [what, status, attempt] of cases) {
    it(`${what}: ${status}`, async () => {
      const reply = await attempt();
      assert.equal(reply.status, status, JSON.stringify(reply.body));
      assert.equal(reply.body.error.code, status);
      assert.equal(typeof reply.body.error.message, 'string');
      assert.equal(typeof reply.body.error.title, 'string');
      assert.match(reply.headers.get('x-openstack-request-id') ?? '', /^req-/);
      if (status === 401) {
        assert.equal(reply.headers.get('www-authenticate'), `Keystone uri="${keyhold.url}/v3"`);
      }
    });
  }

  it('what the roles of a user do not reach', async () => {
    const user = await userWith('creator');
    const [other] = (await send('GET', '/v3/projects?name=other', { token: admin })).body.projects;
    const { token } = user;
    for (const [method, path, body] of [
      ['GET', '/v3/users'],
      ['GET', '/v3/projects'],
      ['POST', '/v3/users', { user: { name: 'x', password: 'x' } }],
      ['POST', '/v3/projects', { project: { name: 'x' } }],
      ['PUT', `/v3/projects/${other.id}/users/${user.id}/roles/admin`],
      ['PUT', `/v3/system/users/${user.id}/roles/admin`],
      ['PATCH', `/v3/users/${user.id}`, { user: { enabled: false } }],
      ['GET', '/v3/role_assignments'],
    ] as const) {
      assert.equal((await send(method, path, { token, body })).status, 403, `${method} ${path}`);
    }
    assert.deepEqual(
      (await send('GET', '/v3/auth/projects', { token })).body.projects.map(
        ({ name }: { name: string }) => name,
      ),
      ['default'],
    );
    assert.equal((await send('GET', `/v3/users/${user.id}`, { token })).body.user.name, user.name);
  });

  it('what headers say of the sender that no token says', async () => {
    const { token } = await userWith('reader');
    const [other] = (await send('GET', '/v3/projects?name=other', { token: admin })).body.projects;
    const forged = {
      'x-identity-status': 'Confirmed',
      'x-user-id': keyhold.credentials.project.id,
      'x-user-name': 'admin',
      'x-project-id': other.id,
      'x-roles': 'admin',
      'x-is-admin-project': 'True',
      'openstack-system-scope': 'all',
    };
    assert.equal((await send('GET', '/v3/users', { headers: forged })).status, 401);
    assert.equal((await send('GET', '/v3/users', { token, headers: forged })).status, 403);
    const shown = await send('GET', '/v3/auth/tokens', { token, subject: token, headers: forged });
    assert.equal(shown.body.token.project.name, 'default');
    assert.deepEqual(shown.body.token.roles, [{ id: 'reader', name: 'reader' }]);
  });
});

describe('users and projects', () => {
  it('that are disabled or deleted log in no more, and their tokens prove nothing', async () => {
    const user = await userWith('creator');
    const path = `/v3/users/${user.id}`;
    const disabled = await send('PATCH', path, {
      token: admin,
      body: { user: { enabled: false, email: 'a@b.c' } },
    });
    assert.deepEqual([disabled.body.user.enabled, disabled.body.user.email], [false, 'a@b.c']);
    assert.equal((await send('GET', '/v3/auth/projects', { token: user.token })).status, 401);
    const body = login(user.name, 'p', inProject('default'));
    assert.equal((await send('POST', '/v3/auth/tokens', { body })).status, 401);
    assert.equal((await send('DELETE', path, { token: admin })).status, 204);
    assert.equal((await send('GET', path, { token: admin })).status, 404);
  });

  it('that are deleted projects give their names free', async () => {
    const project = { name: 'short-lived', description: 'for a while' };
    const created = await send('POST', '/v3/projects', { token: admin, body: { project } });
    assert.equal(created.body.project.description, 'for a while');
    const user = await userWith('creator', 'short-lived');
    const path = `/v3/projects/${created.body.project.id}`;
    assert.equal((await send('DELETE', path, { token: admin })).status, 204);
    assert.equal((await send('GET', path, { token: admin })).status, 404);
    assert.equal((await send('GET', '/v3/auth/projects', { token: user.token })).status, 401);
    assert.equal((await send('POST', '/v3/projects', { token: admin, body: { project } })).status, 201);
  });

  it('have their assignments listed and taken away', async () => {
    const user = await userWith('key-manager:service-admin', 'other');
    const list = async () =>
      (await send('GET', `/v3/role_assignments?user.id=${user.id}&include_names`, { token: admin })).body
        .role_assignments;
    const named = (await list()).map(
      (one: { role: { name: string }; scope: { project?: { name: string } } }) => [
        one.role.name,
        one.scope.project?.name,
      ],
    );
    assert.deepEqual(named.slice(0, 2), [
      ['audit', 'other'],
      ['key-manager:service-admin', 'other'],
    ]);
    const [other] = (await send('GET', '/v3/projects?name=other', { token: admin })).body.projects;
    const path = `/v3/projects/${other.id}/users/${user.id}/roles/key-manager:service-admin`;
    assert.equal((await send('DELETE', path, { token: admin })).status, 204);
    assert.equal((await send('DELETE', path, { token: admin })).status, 404);
    assert.deepEqual(await list(), []);
  });
});
