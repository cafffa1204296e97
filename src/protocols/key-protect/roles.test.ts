// IBM's roles are sets of ours: what each may do through this protocol is what IBM says, action by action. The page
// docs/protocols/key-protect-identity.md has the same table for operators.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Permission, type Role, roleAllows } from '../../domain/permission.ts';

const ROLES_OF = {
  Reader: ['user'],
  ReaderPlus: ['user', 'exporter'],
  Writer: ['user', 'exporter', 'provisioner'],
  Manager: ['user', 'exporter', 'manager', 'registrar'],
  KeyPurge: ['purger'],
  KmipAdapterManager: ['registrar'],
} as const satisfies Record<string, readonly Role[]>;

type IbmRole = keyof typeof ROLES_OF;

// What a role of ours sees is seen by every role of IBM's: KeyPurge alone sees less there.
const EVERY = ['Reader', 'ReaderPlus', 'Writer', 'Manager', 'KeyPurge', 'KmipAdapterManager'] as const;
const USING = ['Reader', 'ReaderPlus', 'Writer', 'Manager'] as const;
const MAKING = ['Writer', 'Manager'] as const;

/** Each action with what it demands here, and the roles that IBM allows it. */
const ACTIONS: readonly (readonly [string, readonly Permission[], readonly IbmRole[]])[] = [
  ['list and count keys', ['key.list', 'key.read', 'name.read'], EVERY],
  ['list key rings', ['keyRing.read'], EVERY],
  ['list registrations', ['registration.read'], EVERY],
  ['wrap', ['key.encrypt', 'key.generateDataKey'], USING],
  ['unwrap', ['key.decrypt'], USING],
  ['rewrap', ['key.reencryptFrom', 'key.reencryptTo'], USING],
  ['read the payload of a standard key', ['key.export'], ['ReaderPlus', 'Writer', 'Manager']],
  ['create a key with its aliases', ['key.create', 'name.create'], MAKING],
  ['import a key, make and read an import token', ['key.import'], MAKING],
  ['rotate a key', ['key.rotate'], MAKING],
  ['set and unset a key for deletion', ['key.approveDestruction'], MAKING],
  ['make a key ring', ['keyRing.create'], MAKING],
  ['delete an alias', ['name.delete'], MAKING],
  ['delete and restore a key', ['key.destroy'], ['Manager']],
  ['enable a key', ['key.enable'], ['Manager']],
  ['disable a key', ['key.disable'], ['Manager']],
  ['move a key, set the policies of a key', ['key.update'], ['Manager']],
  ['delete a key ring', ['keyRing.delete'], ['Manager']],
  ['set the policies of the instance', ['project.configure'], ['Manager']],
  ['purge a key', ['key.purge'], ['KeyPurge']],
  [
    'manage KMIP adapters and their certificates',
    ['principal.create', 'credential.create', 'credential.revoke'],
    ['Manager', 'KmipAdapterManager'],
  ],
  ['bind roles and write rules', ['access.update'], []],
  ['rename or disable the project', ['project.update'], []],
];

for (const [action, permissions, allowed] of ACTIONS) {
  test(`may ${action}: ${allowed.join(', ') || 'none of them'}`, () => {
    for (const role of EVERY) {
      for (const permission of permissions) {
        const may = ROLES_OF[role].some(one => roleAllows(one, permission));
        assert.equal(may, allowed.includes(role), `${role}: ${permission}`);
      }
    }
  });
}
