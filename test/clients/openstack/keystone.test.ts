// A real Keystone in the place of our identity service: its tokens open requests here, and OpenStack's clients find this server in its catalogue.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openCloudRequest } from '../../../src/core/cloud-session.ts';
import { execute } from '../../../src/core/execute.ts';
import { readProject } from '../../../src/core/operations/projects/projects.ts';
import { ANSWER_KEPT_MS } from '../../../src/identity/keystone/authority.ts';
import { isCode } from '../../contract/store-samples.ts';
import { type BarbicanStage, startStage } from '../barbican/stage.ts';
import { installTours, TOURS } from '../barbican/tours.ts';
import type { CloudLogin } from './administrator.ts';
import { identityTour, openstack } from './command.ts';
import { type RealKeystone, startKeystone } from './keystone.ts';

let folder: string;
let keystone: RealKeystone;
let stage: BarbicanStage;

/** Of users that Keystone has besides its administrator. */
const userOf = (username: string, projectName: string): CloudLogin => ({
  ...keystone.login,
  username,
  projectName,
  password: username,
});

before(async () => {
  installTours();
  folder = mkdtempSync(join(tmpdir(), 'keyhold-service-user-'));
  keystone = await startKeystone();
  const { ask, roleId } = keystone.administrator;
  const make = async ({ username: name, password, projectName }: CloudLogin, role: string) => {
    const project = await ask('POST', '/projects', { project: { name: projectName } });
    const user = await ask('POST', '/users', { user: { name, password } });
    await ask('PUT', `/projects/${project}/users/${user}/roles/${role}`);
  };
  const newRole = (name: string) => ask('POST', '/roles', { role: { name } });
  const keyhold = userOf('keyhold', 'service');
  await make(keyhold, await newRole('service'));
  await make(userOf('alice', 'payments'), await newRole('creator'));
  await make(userOf('bob', 'volumes'), await roleId('member'));
  const keystoneUserFile = join(folder, 'service-user.json');
  const { username, password } = keyhold;
  writeFileSync(keystoneUserFile, JSON.stringify({ username, password }), { mode: 0o600 });
  stage = await startStage({ keystoneUrl: keystone.login.authUrl, keystoneUserFile });
  const service_id = await ask('POST', '/services', { service: { type: 'key-manager', name: 'keyhold' } });
  const { url } = stage.keyhold;
  await ask('POST', '/endpoints', {
    endpoint: { service_id, url, interface: 'public', region_id: 'RegionOne' },
  });
});
after(async () => {
  await stage?.stop();
  await keystone?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('keystoneauth does with it what it does with our identity service', () =>
  identityTour(keystone.login, stage.keyhold.url));

for (const [title, tour] of Object.entries(TOURS)) {
  test(title, t => tour(t, stage.environmentOf(userOf('bob', 'volumes'))));
}

test('its tokens open requests here with the roles that they name, until they are taken back', async () => {
  const { kms, clock } = stage.keyhold;
  const open = (token: string) =>
    openCloudRequest(kms, { protocol: 'test', requestId: kms.random.uuid(), token });
  const issue = (login: CloudLogin) => openstack(login, ['token', 'issue', '-f', 'value', '-c', 'id']);

  const administrator = await open(await issue(keystone.login));
  assert.equal((await execute(kms, readProject, administrator, undefined)).name, 'admin');
  const alice = userOf('alice', 'payments');
  const token = await issue(alice);
  const context = await open(token);
  assert.equal(context.actor.type === 'principal' && context.actor.principal.name, 'alice');
  assert.deepEqual(
    context.session?.vouchedRoles.map(({ role }) => role),
    ['secretCreator'],
  );
  await openstack(alice, ['token', 'revoke', token]);
  clock.advance(ANSWER_KEPT_MS);
  await assert.rejects(open(token), isCode('unauthenticated'));
  await assert.rejects(open('gibberish'), isCode('unauthenticated'));
});
