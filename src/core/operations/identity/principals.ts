// Users and service accounts, in the project of the request or in the system.

import { targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Facet } from '../../../domain/facet.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Principal, PrincipalKind } from '../../../domain/principal.ts';
import { requirePage } from '../../checks.ts';
import { readFacet, type WithFacet, withFacets, writeFacet } from '../../facets.ts';
import type { ChangeOperation, UseOperation } from '../../operation.ts';
import type { Page, PageRequest, StoreReads, StoreTransaction } from '../../ports/store.ts';
import { requireName } from '../../references.ts';
import { requireKeyRing, seekKeyRing } from '../rings/seek-key-ring.ts';
import { requireAdministratorBesides } from './last-administrator.ts';
import {
  type PrincipalInput,
  principalRecord,
  realmDemand,
  realmOf,
  requirePrincipal,
  type SoughtPrincipal,
  seekPrincipal,
} from './seek-principal.ts';

export interface CreatePrincipalInput {
  readonly name: string;
  readonly kind: PrincipalKind;
  /** By id or name: where the keys go that it makes without naming a ring. Undefined is `default`. */
  readonly keyRing?: string | undefined;
  readonly facet?: Facet | undefined;
}

interface Realm {
  readonly projectId: string | undefined;
}

/** A new principal may do nothing until a role is bound to it, and is nobody's until a credential is issued. */
export const createPrincipal: ChangeOperation<
  CreatePrincipalInput,
  Realm,
  Principal & WithFacet,
  { readonly id: string }
> = {
  name: 'principal.create',
  kind: 'change',
  disclosure: 'denied',
  check: input => requireName('name', input.name, LIMITS.principalNameCharactersMax),
  find: async (reads, context) => ({ projectId: await realmOf(reads, context) }),
  demands: realm => [realmDemand('principal.create', realm)],
  // A batch that runs again makes the same one: what it is given besides is bound to its id.
  prepare: async kms => ({ id: kms.random.uuid() }),
  async run(_kms, tx, { input, target: { projectId }, prepared: { id }, at }) {
    await requireFreeName(tx, projectId, input.name);
    const { name, kind, keyRing } = input;
    const principal = {
      id,
      projectId,
      kind,
      name,
      keyRingId: keyRing === undefined ? undefined : await keyRingId(tx, projectId, keyRing),
      enabled: true,
      createdAt: at,
      revision: 1,
    };
    await tx.principals.insert(principal);
    return { ...principal, facet: input.facet && (await writeFacet(tx, principal.id, input.facet)) };
  },
  record: (input, realm, principal) => ({
    projectId: realm?.projectId,
    targets: targetsOf('principal', principal),
    details: { name: input.name, kind: input.kind, keyRing: input.keyRing },
  }),
};

export interface ReadPrincipalInput extends PrincipalInput {
  /** The protocol whose facet is wanted as well. */
  readonly withFacet?: string | undefined;
}

export const readPrincipal: UseOperation<ReadPrincipalInput, SoughtPrincipal, Principal & WithFacet> = {
  name: 'principal.read',
  kind: 'read',
  disclosure: 'denied',
  find: seekPrincipal,
  demands: sought => [realmDemand('principal.read', sought)],
  async run({ store }, { target, input }) {
    const principal = requirePrincipal(target.principal, input.principal);
    return { ...principal, facet: await readFacet(store, principal.id, input.withFacet) };
  },
  record: principalRecord,
};

export interface ListPrincipalsInput {
  readonly page: PageRequest;
  /** The protocol whose facets are wanted as well. */
  readonly withFacet?: string | undefined;
}

export const listPrincipals: UseOperation<ListPrincipalsInput, Realm, Page<Principal & WithFacet>> = {
  name: 'principal.list',
  kind: 'read',
  disclosure: 'denied',
  check: input => requirePage(input.page),
  find: async (reads, context) => ({ projectId: await realmOf(reads, context) }),
  demands: realm => [realmDemand('principal.read', realm)],
  async run({ store }, { target, input }) {
    const page = await store.principals.list(target.projectId, input.page);
    return { ...page, items: await withFacets(store, page.items, input.withFacet) };
  },
  record: (_input, realm) => ({ projectId: realm?.projectId, targets: [] }),
};

export interface UpdatePrincipalInput extends PrincipalInput {
  readonly name?: string | undefined;
  /** A disabled principal proves nothing from the next request on. */
  readonly enabled?: boolean | undefined;
  /** By id or name, as when it was made. Its keys stay where they are. */
  readonly keyRing?: string | undefined;
  readonly facet?: Facet | undefined;
}

export const updatePrincipal: ChangeOperation<UpdatePrincipalInput, SoughtPrincipal, Principal & WithFacet> =
  {
    name: 'principal.update',
    kind: 'change',
    disclosure: 'denied',
    check(input) {
      if (input.name !== undefined) requireName('name', input.name, LIMITS.principalNameCharactersMax);
    },
    find: seekPrincipal,
    demands: sought => [realmDemand('principal.update', sought)],
    async run(_kms, tx, { target, input }) {
      const before = requirePrincipal(target.principal, input.principal);
      const { name = before.name, enabled = before.enabled } = input;
      if (name !== before.name) await requireFreeName(tx, before.projectId, name);
      if (before.enabled && !enabled) await requireReplaceable(tx, before);
      const ring =
        input.keyRing === undefined ? before.keyRingId : await keyRingId(tx, before.projectId, input.keyRing);
      const after = { ...before, name, enabled, keyRingId: ring };
      await tx.principals.update(after);
      const facet = input.facet && (await writeFacet(tx, before.id, input.facet));
      return { ...after, revision: before.revision + 1, facet };
    },
    record: (input, sought) => {
      const record = principalRecord(input, sought);
      const { name, enabled, keyRing } = input;
      return { ...record, details: { ...record.details, name, enabled, keyRing } };
    },
  };

export interface DeletePrincipalInput extends PrincipalInput {
  /** The protocol that has kept a facet of it. */
  readonly facetOf?: string | undefined;
}

/** Its credentials and bindings go with it; rules that name it stay and mean nobody, since ids are never given again. */
export const deletePrincipal: ChangeOperation<DeletePrincipalInput, SoughtPrincipal, Principal> = {
  name: 'principal.delete',
  kind: 'change',
  disclosure: 'denied',
  find: seekPrincipal,
  demands: sought => [realmDemand('principal.delete', sought)],
  async run(_kms, tx, { target, input }) {
    const principal = requirePrincipal(target.principal, input.principal);
    if (principal.enabled) await requireReplaceable(tx, principal);
    await tx.principals.delete(principal.id);
    if (input.facetOf !== undefined) await tx.facets.delete(principal.id, input.facetOf);
    return principal;
  },
  record: principalRecord,
};

async function requireFreeName(
  reads: StoreReads,
  projectId: string | undefined,
  name: string,
): Promise<void> {
  if ((await reads.principals.findByName(projectId, name)) === undefined) return;
  throw new KmsError('alreadyExists', `There is a principal ${name} already.`, { name });
}

/** Throws `notFound`; a principal of the system, which has no rings, finds none. */
async function keyRingId(
  reads: StoreReads,
  projectId: string | undefined,
  reference: string,
): Promise<string> {
  const ring = projectId === undefined ? undefined : await seekKeyRing(reads, projectId, reference);
  return requireKeyRing(ring, reference).id;
}

async function requireReplaceable(tx: StoreTransaction, { id }: Principal): Promise<void> {
  const bindings = await tx.bindings.ofPrincipal(id);
  if (!bindings.some(({ scope, role }) => scope.level === 'system' && role === 'admin')) return;
  await requireAdministratorBesides(tx, binding => binding.principalId === id);
}
