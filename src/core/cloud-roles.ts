// Roles as clouds of OpenStack's family name them. A role of ours is offered there under the cloud's name where it has one, else under its
// own; a name from elsewhere means something here only where this table says so.

import { isKeyOf } from '../base/table.ts';
import { ALL_ROLES, ROLES, type Role } from '../domain/permission.ts';
import type { RoleBinding, Scope } from '../domain/principal.ts';

interface CloudRoleRow {
  /** What it gives in the project in which it is assigned. */
  readonly inProject: readonly Role[];
  /** What it gives in the whole installation. */
  readonly inSystem?: readonly Role[];
  /** Roles that a token names besides, as Keystone's bootstrap infers them: they give nothing that this one does not. */
  readonly implies?: readonly string[];
}

/** Names that clouds know. */
const CLOUD_ROLES = {
  admin: { inProject: ['admin'], implies: ['member', 'reader'] },
  member: { inProject: ['secretMember'], implies: ['reader'] },
  reader: { inProject: ['quotaReader'] },
  creator: { inProject: ['secretCreator'] },
  observer: { inProject: ['secretObserver'] },
  audit: { inProject: ['secretAuditor'] },
  'key-manager:service-admin': { inProject: ['secretAuditor'], inSystem: ['quotaManager'] },
  service: { inProject: ['service'] },
} as const satisfies Record<string, CloudRoleRow>;

const ROWS: ReadonlyMap<string, CloudRoleRow> = new Map(Object.entries(CLOUD_ROLES));

/** A role held in a scope: what a binding says, without the binding. */
export type HeldRole = Pick<RoleBinding, 'role' | 'scope'>;

/** Every name that a user of this installation can be given: those of clouds, and those of ours that no cloud has. */
export const CLOUD_ROLE_NAMES: readonly string[] = [
  ...ROWS.keys(),
  ...ALL_ROLES.filter(role => ![...ROWS.values()].some(row => givenBy(row).includes(role))),
];

/** What an assignment of that name in a project gives. Undefined: there is no such name. */
export function rolesOfAssignment(name: string, projectId: string): readonly HeldRole[] | undefined {
  const row = ROWS.get(name);
  if (row !== undefined) return heldBy(row, projectId);
  return isKeyOf(ROLES, name) && CLOUD_ROLE_NAMES.includes(name)
    ? heldBy({ inProject: [name] }, projectId)
    : undefined;
}

/** What a name gives that an identity service elsewhere has vouched for. Names that clouds give another meaning, or none, give nothing. */
export function rolesOfVouched(name: string, projectId: string): readonly HeldRole[] {
  const row = ROWS.get(name);
  return row === undefined ? [] : heldBy(row, projectId);
}

/**
 * The names of what somebody holds in a project, as a user there would be told: what is held in the whole system counts there too, and
 * alone without a project.
 */
export function namesOfHeld(held: readonly HeldRole[], projectId: string | undefined): readonly string[] {
  const here = held.filter(({ scope }) => isIn(scope, projectId));
  return CLOUD_ROLE_NAMES.filter(name =>
    (rolesOfAssignment(name, projectId ?? '') ?? []).every(needed =>
      here.some(({ role, scope }) => role === needed.role && covers(scope, needed.scope)),
    ),
  );
}

/** The names with those that they imply, each once. */
export function withImplied(names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap(name => [name, ...(ROWS.get(name)?.implies ?? [])]))];
}

function heldBy({ inProject, inSystem = [] }: CloudRoleRow, projectId: string): readonly HeldRole[] {
  return [
    ...inProject.map(role => ({ role, scope: { level: 'project', id: projectId } }) as const),
    ...inSystem.map(role => ({ role, scope: { level: 'system' } }) as const),
  ];
}

function givenBy({ inProject, inSystem = [] }: CloudRoleRow): readonly Role[] {
  return [...inProject, ...inSystem];
}

function isIn(scope: Scope, projectId: string | undefined): boolean {
  return scope.level === 'system' || (scope.level === 'project' && scope.id === projectId);
}

function covers(scope: Scope, needed: Scope): boolean {
  return scope.level === 'system' || (needed.level === 'project' && isIn(scope, needed.id));
}
