import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableKeys } from '../base/table.ts';
import {
  ALL_PERMISSIONS,
  ALL_ROLES,
  type Permission,
  ROLES,
  type Role,
  roleAllows,
  roleIncludes,
} from '../domain/permission.ts';
import type { RoleBinding, Scope } from '../domain/principal.ts';
import type { Rule } from '../domain/rule.ts';
import { decider, evaluate, narrowed } from './authorize.ts';
import type { ProjectSession, RequestContext } from './context.ts';
import type { Demand } from './operation.ts';
import type { StoreReads } from './ports/store.ts';

const PLACE = { projectId: 'p1', keyRingId: 'r1', keyId: 'k1' };
const COVERING: readonly Scope[] = [
  { level: 'system' },
  { level: 'project', id: 'p1' },
  { level: 'keyRing', id: 'r1' },
  { level: 'key', id: 'k1' },
];
const ELSEWHERE: readonly Scope[] = [
  { level: 'project', id: 'p2' },
  { level: 'keyRing', id: 'r2' },
  { level: 'key', id: 'k2' },
  // An id of another level covers nothing.
  { level: 'key', id: 'p1' },
  { level: 'project', id: 'k1' },
];

const demand = (permission: Permission): Demand => ({ permission, place: PLACE });
const binding = (role: RoleBinding['role'], scope: Scope): RoleBinding => ({
  id: 'b',
  principalId: 'me',
  role,
  scope,
  createdAt: 0,
});
const rule = (changes: Partial<Rule>): Rule => ({
  id: 'rule',
  scope: { level: 'project', id: 'p1' },
  effect: 'allow',
  principals: ['me'],
  permissions: ['key.encrypt'],
  conditions: [],
  createdAt: 0,
  ...changes,
});
const allowed = (
  bindings: RoleBinding[],
  rules: Rule[],
  permission: Permission = 'key.encrypt',
  attributes = {},
) => evaluate(bindings, rules, demand(permission), 'me', attributes).allowed;

test('without a binding or a rule the answer is no', () => {
  for (const permission of ALL_PERMISSIONS) assert.equal(allowed([], [], permission), false);
});

test('a role gives exactly its permissions, in every place that its scope covers and nowhere else', () => {
  let cells = 0;
  for (const role of ALL_ROLES) {
    for (const permission of ALL_PERMISSIONS) {
      for (const scope of COVERING)
        assert.equal(allowed([binding(role, scope)], [], permission), roleAllows(role, permission));
      for (const scope of ELSEWHERE) assert.equal(allowed([binding(role, scope)], [], permission), false);
      cells += COVERING.length + ELSEWHERE.length;
    }
  }
  console.log(`  ${cells} cells of roles x permissions x scopes`);
});

test('only the role user encrypts besides admin, and only the role exporter exports', () => {
  const holders = (permission: Permission) => ALL_ROLES.filter(role => roleAllows(role, permission));
  assert.deepEqual(holders('key.encrypt'), ['user', 'admin']);
  assert.deepEqual(holders('key.export'), ['exporter']);
  assert.ok(!roleAllows('exporter', 'key.decrypt'));
  assert.ok(ROLES.purger.permissions.includes('key.purge'));
});

test('what one role alone should do, no other does besides admin', () => {
  const expected = {
    'key.destroy': ['manager', 'admin'],
    'key.purge': ['purger', 'admin'],
    'key.approveDestruction': ['provisioner', 'manager', 'admin'],
    'key.disable': ['manager', 'admin'],
    'key.create': ['provisioner', 'manager', 'admin'],
    'access.update': ['admin'],
    'access.read': ['auditor', 'admin'],
    'audit.read': ['auditor', 'admin'],
    'principal.create': ['registrar', 'admin'],
    'principal.delete': ['admin'],
    'credential.create': ['registrar', 'admin'],
    'credential.revoke': ['registrar', 'admin'],
    'project.configure': ['manager', 'admin'],
    'project.update': ['admin'],
    'quota.configure': ['quotaManager', 'admin'],
    'secret.reveal': ['secretCreator', 'secretMember', 'secretObserver', 'admin'],
    'secret.updateAccess': ['secretCreator', 'admin'],
    'secret.reachClosed': ['admin'],
    'container.delete': ['secretMember', 'admin'],
    'system.unseal': ['custodian', 'admin'],
    'system.seal': ['admin'],
    'system.backup': ['admin'],
    'system.rotateRoot': ['admin'],
    'system.eraseHardware': ['admin'],
    'system.rotateTokenKey': ['admin'],
  } satisfies Partial<Record<Permission, readonly Role[]>>;
  for (const permission of tableKeys(expected)) {
    const holders = ALL_ROLES.filter(role => roleAllows(role, permission));
    assert.deepEqual(holders, expected[permission], permission);
  }
  assert.deepEqual(ROLES.service.permissions, []);
  // A role without permissions is in no other, though all of nothing are.
  assert.ok(!roleIncludes('admin', 'service') && roleIncludes('service', 'service'));
});

test('a deny wins over every binding and every allow', () => {
  const deny = rule({ effect: 'deny', permissions: ['*'], principals: ['*'], scope: { level: 'system' } });
  assert.equal(allowed([binding('admin', { level: 'system' })], [rule({}), deny]), false);
});

test('what an object grants needs no role, and yields to a deny', () => {
  const granted = { ...demand('secret.read'), granted: 'access list' };
  assert.deepEqual(evaluate([], [], granted, 'me', {}), { allowed: true, reason: 'access list' });
  const deny = rule({ effect: 'deny', permissions: ['*'], principals: ['*'], scope: { level: 'system' } });
  assert.equal(evaluate([], [deny], granted, 'me', {}).allowed, false);
});

test('a rule holds for its principals, permissions, place and conditions only', () => {
  assert.equal(allowed([], [rule({})]), true);
  assert.equal(allowed([], [rule({ principals: ['you'] })]), false);
  assert.equal(allowed([], [rule({ principals: ['*'] })]), true);
  assert.equal(allowed([], [rule({})], 'key.decrypt'), false);
  assert.equal(allowed([], [rule({ scope: { level: 'key', id: 'k2' } })]), false);
  const conditional = rule({
    conditions: [{ attribute: 'context.team', operator: 'equals', values: ['red'] }],
  });
  assert.equal(allowed([], [conditional], 'key.encrypt', { 'context.team': 'red' }), true);
  assert.equal(allowed([], [conditional], 'key.encrypt', { 'context.team': 'blue' }), false);
  assert.equal(allowed([], [conditional]), false);
});

test('of the roles of a session that names some, each counts where a greater one is bound, and in its project alone', () => {
  const held = [
    binding('admin', { level: 'system' }),
    binding('viewer', { level: 'project', id: 'p1' }),
    binding('user', { level: 'key', id: 'k1' }),
  ];
  const counting = (session: Omit<ProjectSession, 'vouchedRoles'>) =>
    narrowed(held, { ...session, vouchedRoles: [] }).map(({ role, scope }) => ({ role, scope }));
  assert.deepEqual(counting({ projectId: 'p1', ownRoles: ['user'] }), [
    { role: 'user', scope: { level: 'project', id: 'p1' } },
    { role: 'user', scope: { level: 'key', id: 'k1' } },
  ]);
  assert.deepEqual(counting({ projectId: undefined, ownRoles: ['admin'] }), []);
  assert.equal(counting({ projectId: undefined }).length, held.length);
});

/** Decides for a request of `me` by rules of single keys. */
function decidingBy(rulesOfKey: Readonly<Record<string, Rule>>, changes: Partial<RequestContext> = {}) {
  const reads = {
    bindings: { ofPrincipal: async () => [binding('user', { level: 'project', id: 'p1' })] },
    rules: { applying: async ({ keyId = '' }) => [rulesOfKey[keyId]].filter(each => each !== undefined) },
  } as unknown as StoreReads;
  const principal = { id: 'me', kind: 'user', name: 'me', enabled: true, createdAt: 0, revision: 1 } as const;
  const actor = { type: 'principal', principal, credentialId: 'c' } as const;
  return decider(reads, { requestId: 'r', protocol: 'test', actor, projectId: 'p1', ...changes });
}

test('what is denied of one key is denied, although another of its ring was asked about before', async () => {
  const decide = decidingBy({ k2: rule({ effect: 'deny', scope: { level: 'key', id: 'k2' } }) });
  const outcomes = [];
  for (const keyId of ['k1', 'k2', 'k1'])
    outcomes.push((await decide({ permission: 'key.encrypt', place: { ...PLACE, keyId } })).allowed);
  assert.deepEqual(outcomes, [true, false, true]);
});

test('nobody names the address of a request or the attributes of a key in its place', async () => {
  const denying = (attribute: string, value: string) =>
    decidingBy(
      { k1: rule({ effect: 'deny', conditions: [{ attribute, operator: 'equals', values: [value] }] }) },
      { sourceAddress: '192.0.2.1', attributes: { 'source.address': '10.0.0.1' } },
    )({ ...demand('key.encrypt'), attributes: { 'key.origin': 'imported' } });
  assert.equal((await denying('source.address', '192.0.2.1')).allowed, false);
  assert.equal((await denying('source.address', '10.0.0.1')).allowed, true);
  assert.equal((await denying('key.origin', 'imported')).allowed, false);
});
