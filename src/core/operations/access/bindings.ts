// Role bindings: who has which role where. Binding demands the right to update access there and every permission of the role itself.

import { excerpt, targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError, limitExceeded } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Role } from '../../../domain/permission.ts';
import type { Principal, RoleBinding, Scope } from '../../../domain/principal.ts';
import { requirePage } from '../../checks.ts';
import type { RequestContext } from '../../context.ts';
import type { AuditRecord, ChangeOperation, UseOperation } from '../../operation.ts';
import type { Page, PageRequest, StoreReads, StoreTransaction } from '../../ports/store.ts';
import { isId } from '../../references.ts';
import { requireAdministratorBesides } from '../identity/last-administrator.ts';
import {
  type PrincipalInput,
  principalRecord,
  realmDemand,
  realmOf,
  requirePrincipal,
  type SoughtPrincipal,
  seekPrincipal,
  seekSubject,
  subjectDemands,
} from '../identity/seek-principal.ts';
import { powersOfRole } from './powers.ts';
import { findScope, type PlacedScope, placeOfScope, type ScopeSelector } from './scopes.ts';

export interface BindRoleInput extends PrincipalInput {
  readonly role: Role;
  readonly scope: ScopeSelector;
}

interface BindTarget extends PlacedScope {
  readonly projectId: string | undefined;
  readonly subject?: Principal | undefined;
}

export const bindRole: ChangeOperation<BindRoleInput, BindTarget, RoleBinding> = {
  name: 'access.bind',
  kind: 'change',
  disclosure: 'denied',
  async find(reads, context, input) {
    const projectId = await realmOf(reads, context);
    const placed = await findScope(reads, context, input.scope);
    return { ...placed, projectId, subject: await seekSubject(reads, context, input.principal) };
  },
  demands: ({ place, subject, projectId }, input) => [
    { permission: 'access.update', place },
    ...subjectDemands(subject, input.principal, projectId),
    ...powersOfRole(input.role, place),
  ],
  async run(kms, tx, { target, input, at }) {
    const { id: principalId } = requirePrincipal(target.subject, input.principal);
    await requireNewBinding(tx, principalId, input.role, target.scope);
    const { role } = input;
    const binding = { id: kms.random.uuid(), principalId, role, scope: target.scope, createdAt: at };
    await tx.bindings.insert(binding);
    return binding;
  },
  record: (input, target, binding) => ({
    projectId: target?.place.projectId,
    targets: [...targetsOf('binding', binding), ...targetsOf('principal', target?.subject)],
    details: {
      named: excerpt(input.principal, LIMITS.principalNameCharactersMax),
      role: input.role,
      scope: target === undefined ? undefined : { ...target.scope },
    },
  }),
};

export interface UnbindRoleInput {
  readonly bindingId: string;
}

interface UnbindTarget {
  readonly projectId: string | undefined;
  readonly found?: ({ readonly binding: RoleBinding } & PlacedScope) | undefined;
}

export const unbindRole: ChangeOperation<UnbindRoleInput, UnbindTarget, RoleBinding> = {
  name: 'access.unbind',
  kind: 'change',
  disclosure: 'denied',
  async find(reads, context, input) {
    const projectId = await realmOf(reads, context);
    const binding = isId(input.bindingId) ? await reads.bindings.find(input.bindingId) : undefined;
    const placed = binding === undefined ? undefined : await placedHere(reads, projectId, binding.scope);
    return {
      projectId,
      found: binding === undefined || placed === undefined ? undefined : { binding, ...placed },
    };
  },
  demands: ({ projectId, found }) => [{ permission: 'access.update', place: found?.place ?? { projectId } }],
  async run(_kms, tx, { target: { found }, input }) {
    if (found === undefined) {
      throw new KmsError('notFound', `There is no role binding ${input.bindingId}.`, {
        bindingId: input.bindingId,
      });
    }
    const { binding } = found;
    if (binding.role === 'admin' && binding.scope.level === 'system') {
      await requireAdministratorBesides(tx, ({ id }) => id === binding.id);
    }
    await tx.bindings.delete(binding.id);
    return binding;
  },
  record(input, target): AuditRecord {
    const binding = target?.found?.binding;
    return {
      projectId: target?.projectId,
      targets: [
        ...targetsOf('binding', binding),
        ...targetsOf('principal', binding && { id: binding.principalId }),
      ],
      details: { named: excerpt(input.bindingId, 64), role: binding?.role },
    };
  },
};

export interface ListBindingsInput {
  readonly scope: ScopeSelector;
  readonly page: PageRequest;
}

export const listBindings: UseOperation<ListBindingsInput, PlacedScope, Page<RoleBinding>> = {
  name: 'access.listBindings',
  kind: 'read',
  disclosure: 'denied',
  check: input => requirePage(input.page),
  find: (reads, context, input) => findScope(reads, context, input.scope),
  demands: ({ place }) => [{ permission: 'access.read', place }],
  run: (kms, { target, input }) => kms.store.bindings.ofScope(target.scope, input.page),
  record: (_input, target) => ({ projectId: target?.place.projectId, targets: [] }),
};

export interface BindingList {
  readonly items: readonly RoleBinding[];
}

/** The bindings of a principal in the realm of the request; in the system, all of them. */
export const listPrincipalBindings: UseOperation<PrincipalInput, SoughtPrincipal, BindingList> = {
  name: 'access.listPrincipalBindings',
  kind: 'read',
  disclosure: 'denied',
  find: seekPrincipal,
  demands: sought => [realmDemand('access.read', sought)],
  async run(kms, { target: { principal, projectId }, input }) {
    const { id } = requirePrincipal(principal, input.principal);
    const items: RoleBinding[] = [];
    for (const binding of await kms.store.bindings.ofPrincipal(id)) {
      const here =
        projectId === undefined || (await placedHere(kms.store, projectId, binding.scope)) !== undefined;
      if (here) items.push(binding);
    }
    return { items };
  },
  record: principalRecord,
};

/** The place of a scope that lies in the realm; undefined for one that lies elsewhere. */
export async function placedHere(
  reads: StoreReads,
  projectId: RequestContext['projectId'],
  scope: Scope,
): Promise<PlacedScope | undefined> {
  const place = await placeOfScope(reads, scope);
  return place === undefined || place.projectId !== projectId ? undefined : { scope, place };
}

async function requireNewBinding(
  tx: StoreTransaction,
  principalId: string,
  role: Role,
  scope: Scope,
): Promise<void> {
  const present = await tx.bindings.ofPrincipal(principalId);
  if (present.some(binding => binding.role === role && sameScope(binding.scope, scope))) {
    throw new KmsError('alreadyExists', `The principal has the role ${role} there already.`, { role });
  }
  if (present.length >= LIMITS.bindingsPerPrincipalMax)
    throw limitExceeded('A principal', LIMITS.bindingsPerPrincipalMax, 'role bindings');
}

function sameScope(left: Scope, right: Scope): boolean {
  const idOf = (scope: Scope) => (scope.level === 'system' ? '' : scope.id);
  return left.level === right.level && idOf(left) === idOf(right);
}
