import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_ROLES, type Role } from '../domain/permission.ts';
import {
  CLOUD_ROLE_NAMES,
  type HeldRole,
  namesOfHeld,
  rolesOfAssignment,
  rolesOfVouched,
  withImplied,
} from './cloud-roles.ts';

const inProject = (role: Role, id = 'p'): HeldRole => ({ role, scope: { level: 'project', id } });
const inSystem = (role: Role): HeldRole => ({ role, scope: { level: 'system' } });

test('every role of ours can be given by one name or another, and no name twice', () => {
  const given = new Set(
    CLOUD_ROLE_NAMES.flatMap(name => rolesOfAssignment(name, 'p') ?? []).map(one => one.role),
  );
  assert.deepEqual([...given].sort(), [...ALL_ROLES].sort());
  assert.equal(new Set(CLOUD_ROLE_NAMES).size, CLOUD_ROLE_NAMES.length);
});

test('what an assignment gives is told by its name again', () => {
  for (const name of CLOUD_ROLE_NAMES) {
    assert.ok(namesOfHeld(rolesOfAssignment(name, 'p') ?? [], 'p').includes(name), name);
  }
});

test('names hold where they were given, and everywhere when they were given in the system', () => {
  assert.deepEqual(namesOfHeld([inProject('admin')], 'p'), ['admin']);
  assert.deepEqual(namesOfHeld([inProject('admin')], 'q'), []);
  assert.deepEqual(namesOfHeld([inProject('admin')], undefined), []);
  assert.deepEqual(namesOfHeld([inSystem('admin')], 'q'), ['admin']);
  assert.deepEqual(namesOfHeld([inSystem('admin')], undefined), ['admin']);
  assert.deepEqual(namesOfHeld([inProject('secretAuditor'), inSystem('quotaManager')], 'p'), [
    'audit',
    'key-manager:service-admin',
  ]);
});

test('a name from elsewhere gives what clouds mean by it; names of ours give nothing to strangers', () => {
  assert.deepEqual(rolesOfVouched('creator', 'p'), [inProject('secretCreator')]);
  assert.deepEqual(rolesOfVouched('key-manager:service-admin', 'p'), [
    inProject('secretAuditor'),
    inSystem('quotaManager'),
  ]);
  for (const name of ['exporter', 'purger', 'manager', 'user', 'wizard', '', 'constructor'])
    assert.deepEqual(rolesOfVouched(name, 'p'), [], name);
  assert.equal(rolesOfAssignment('wizard', 'p'), undefined);
  assert.equal(rolesOfAssignment('secretCreator', 'p'), undefined);
});

test('the greater names imply the lesser ones', () => {
  assert.deepEqual(withImplied(['admin']), ['admin', 'member', 'reader']);
  assert.deepEqual(withImplied(['member', 'reader']), ['member', 'reader']);
  assert.deepEqual(withImplied(['creator']), ['creator']);
});
