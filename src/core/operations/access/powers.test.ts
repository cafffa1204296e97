import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_PERMISSIONS, ALL_ROLES, ROLES } from '../../../domain/permission.ts';
import { powersOfRole, powersOfRule } from './powers.ts';
import { permissionsToStore } from './rule-checks.ts';

const PLACE = { projectId: 'p', keyRingId: 'r', keyId: 'k' };

test('giving a role demands each of its permissions, in the place where it is given', () => {
  for (const role of ALL_ROLES) {
    const powers = powersOfRole(role, PLACE).filter(({ place }) => place === PLACE);
    assert.deepEqual(
      powers.map(({ permission }) => permission),
      ROLES[role].permissions.filter(permission => permission !== 'key.export'),
    );
  }
});

test('giving the role that exports key material demands the whole system, wherever it is given', () => {
  const elsewhere = ALL_ROLES.filter(role => powersOfRole(role, PLACE).some(({ place }) => place !== PLACE));
  assert.deepEqual(elsewhere, ['exporter']);
  assert.deepEqual(powersOfRole('exporter', PLACE).at(-1), { permission: 'access.update', place: {} });
});

test('an allow of everything demands everything, and for export the whole system', () => {
  const powers = powersOfRule({ effect: 'allow', permissions: ['*'] }, PLACE);
  assert.equal(powers.length, ALL_PERMISSIONS.length);
  assert.deepEqual(
    powers.filter(({ place }) => place !== PLACE),
    [{ permission: 'access.update', place: {} }],
  );
});

test('a deny gives nothing, and a deny of everything leaves the right to take it back', () => {
  assert.deepEqual(powersOfRule({ effect: 'deny', permissions: ['*'] }, PLACE), []);
  const stored = permissionsToStore({
    effect: 'deny',
    permissions: ['*'],
    principals: ['*'],
    conditions: [],
  });
  assert.deepEqual(
    ALL_PERMISSIONS.filter(permission => !stored.includes(permission)),
    ['access.update'],
  );
});
