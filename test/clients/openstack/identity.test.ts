// The identity service of this server under the clients of OpenStack, and the tokens of a real Keystone in its place.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { openCloudRequest } from '../../../src/core/cloud-session.ts';
import { execute } from '../../../src/core/execute.ts';
import { readProject } from '../../../src/core/operations/projects/projects.ts';
import { ANSWER_KEPT_MS } from '../../../src/identity/keystone/authority.ts';
import { isCode } from '../../contract/store-samples.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { DEBIAN_PYTHON, installDebian } from '../install.ts';
import { run } from '../run.ts';
import { startKeystone } from './keystone.ts';

const TOUR_MS_MAX = 120_000;

before(() => installDebian('python3-keystoneauth1', 'python3-openstackclient'));

interface Login {
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
}

/** What the command prints, which must succeed unless it is said to fail. */
async function openstack(login: Login, args: readonly string[], fails = false): Promise<string> {
  const { status, report } = await run('openstack', args, {
    env: {
      ...process.env,
      OS_IDENTITY_API_VERSION: '3',
      OS_AUTH_URL: login.authUrl,
      OS_USERNAME: login.username,
      OS_PASSWORD: login.password,
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_NAME: login.projectName,
      OS_PROJECT_DOMAIN_NAME: 'Default',
    },
    msMax: TOUR_MS_MAX,
  });
  assert.equal(status !== 0, fails, `${args.join(' ')}: ${report}`);
  return report.trim();
}

test('keystoneauth logs in, rescopes, uses application credentials, and sees tokens taken back', async () => {
  const keyhold = await startKeyhold();
  try {
    const settings = JSON.stringify(keyhold.credentials.openstack);
    const tour = join(import.meta.dirname, 'identity_tour.py');
    const { status, report } = await run(DEBIAN_PYTHON, ['-W', 'ignore', tour, settings], {
      env: process.env,
      msMax: TOUR_MS_MAX,
    });
    assert.equal(status, 0, report);
    const steps = report
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    assert.deepEqual(steps, [
      { step: 'password', project: 'default', roles: ['admin', 'member', 'reader'], user: 'admin' },
      { step: 'catalog', url: keyhold.url },
      { step: 'token', methods: ['password', 'token'] },
      { step: 'application', roles: ['reader'] },
      { step: 'validated', status: 200 },
      { step: 'revoked', refused: 404 },
      { step: 'wrong', refused: 401 },
    ]);
  } finally {
    await keyhold.stop();
  }
});

test('the openstack command makes projects, users and assignments, and takes them away', async t => {
  const keyhold = await startKeyhold();
  try {
    const { openstack: admin } = keyhold.credentials;
    assert.ok(admin);
    const alice = { ...admin, username: 'alice', password: 'first', projectName: 'payments' };
    const commands: (readonly [Login, string, string?])[] = [
      [admin, 'project create payments -f value -c name', 'payments'],
      [admin, 'user create --password first --email a@example.org alice -f value -c email', 'a@example.org'],
      [admin, 'role add --project payments --user alice creator', ''],
      [
        admin,
        'role assignment list --user alice --names -f value -c Role -c Project',
        'creator payments@Default',
      ],
      [alice, 'project list -f value -c Name', 'payments'],
      [alice, 'application credential create robot -f value -c roles', 'creator'],
      [alice, 'user password set --original-password first --password second', ''],
    ];
    for (const [login, line, expected] of commands)
      assert.equal(await openstack(login, line.split(' ')), expected, line);
    await openstack(alice, ['token', 'issue'], true);
    const later = { ...alice, password: 'second' };
    await openstack(later, ['token', 'issue']);
    await openstack(later, ['user', 'list'], true);
    await openstack(admin, ['user', 'set', '--disable', 'alice']);
    await openstack(later, ['token', 'issue'], true);
    await openstack(admin, ['user', 'delete', 'alice']);
    await openstack(admin, ['project', 'delete', 'payments']);
    assert.equal(await openstack(admin, ['project', 'list', '-f', 'value', '-c', 'Name']), 'default');
    t.diagnostic(`${commands.length + 7} commands`);
  } finally {
    await keyhold.stop();
  }
});

test('tokens of a real Keystone open requests here, until they are taken back', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-service-user-'));
  const keystone = await startKeystone();
  let keyhold: TestKeyhold | undefined;
  try {
    const admin = {
      authUrl: keystone.url,
      username: 'admin',
      password: keystone.password,
      projectName: 'admin',
    };
    const idOfUser = (name: string, password: string) =>
      keystone.ask('POST', '/users', { user: { name, password } });
    const assign = (project: string, user: string, role: string) =>
      keystone.ask('PUT', `/projects/${project}/users/${user}/roles/${role}`);
    const service = await keystone.ask('POST', '/projects', { project: { name: 'service' } });
    const payments = await keystone.ask('POST', '/projects', { project: { name: 'payments' } });
    const serviceRole = await keystone.ask('POST', '/roles', { role: { name: 'service' } });
    const creator = await keystone.ask('POST', '/roles', { role: { name: 'creator' } });
    const keyholdUser = await idOfUser('keyhold', 'service');
    await assign(service, keyholdUser, serviceRole);
    await assign(payments, await idOfUser('alice', 'p'), creator);
    const keystoneUserFile = join(directory, 'service-user.json');
    writeFileSync(keystoneUserFile, JSON.stringify({ username: 'keyhold', password: 'service' }), {
      mode: 0o600,
    });
    const server = await startKeyhold({ settings: { keystoneUrl: keystone.url, keystoneUserFile } });
    keyhold = server;
    const open = (token: string) =>
      openCloudRequest(server.kms, { protocol: 'test', requestId: server.kms.random.uuid(), token });
    const issue = (login: Login) => openstack(login, ['token', 'issue', '-f', 'value', '-c', 'id']);

    const administrator = await open(await issue(admin));
    assert.equal((await execute(server.kms, readProject, administrator, undefined)).name, 'admin');
    const alice = { ...admin, username: 'alice', password: 'p', projectName: 'payments' };
    const token = await issue(alice);
    const context = await open(token);
    assert.equal(context.actor.type === 'principal' && context.actor.principal.name, 'alice');
    assert.deepEqual(
      context.session?.vouchedRoles.map(({ role }) => role),
      ['secretCreator'],
    );
    await openstack(alice, ['token', 'revoke', token]);
    server.clock.advance(ANSWER_KEPT_MS);
    await assert.rejects(open(token), isCode('unauthenticated'));
    await assert.rejects(open('gibberish'), isCode('unauthenticated'));
  } finally {
    await keyhold?.stop();
    await keystone.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});
