// The identity service of this server under the clients of OpenStack.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { startKeyhold } from '../../support/keyhold.ts';
import { installDebian } from '../install.ts';
import { type CloudLogin, loginOf } from './administrator.ts';
import { identityTour, openstack } from './command.ts';

before(() => installDebian('python3-keystoneauth1', 'python3-openstackclient'));

test('keystoneauth logs in, rescopes, uses application credentials, and sees tokens taken back', async () => {
  const keyhold = await startKeyhold();
  try {
    await identityTour(loginOf(keyhold), keyhold.url);
  } finally {
    await keyhold.stop();
  }
});

test('the openstack command makes projects, users and assignments, and takes them away', async t => {
  const keyhold = await startKeyhold();
  try {
    const admin = loginOf(keyhold);
    const alice = { ...admin, username: 'alice', password: 'first', projectName: 'payments' };
    const commands: (readonly [CloudLogin, string, string?])[] = [
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
