// From what a caller names to the principal it means. A request sees the principals of its own realm: those of its project, or, when it
// takes place in no project, those of the system. What is found is judged after authorization, so that absence tells nobody anything.

import { excerpt, targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Permission } from '../../../domain/permission.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { RequestContext } from '../../context.ts';
import { contextProject } from '../../find-project.ts';
import type { AuditRecord, Demand } from '../../operation.ts';
import type { StoreReads } from '../../ports/store.ts';
import { canBeName, isId } from '../../references.ts';

export interface PrincipalInput {
  /** Its id or its name. */
  readonly principal: string;
}

export interface SoughtPrincipal {
  /** Undefined: the system. */
  readonly projectId: string | undefined;
  readonly principal?: Principal | undefined;
}

/** The realm in which the request takes place: a project that exists, or the system. */
export async function realmOf(reads: StoreReads, context: RequestContext): Promise<string | undefined> {
  return context.projectId === undefined ? undefined : (await contextProject(reads, context)).id;
}

export async function seekPrincipal(
  reads: StoreReads,
  context: RequestContext,
  { principal: reference }: PrincipalInput,
): Promise<SoughtPrincipal> {
  const projectId = await realmOf(reads, context);
  if (isId(reference)) {
    const found = await reads.principals.find(reference);
    return { projectId, principal: found?.projectId === projectId ? found : undefined };
  }
  if (!canBeName(reference)) return { projectId };
  return { projectId, principal: await reads.principals.findByName(projectId, reference) };
}

/** One that a binding or rule of this realm is about: at home here, or foreign and named by id. */
export async function seekSubject(
  reads: StoreReads,
  context: RequestContext,
  reference: string,
): Promise<Principal | undefined> {
  if (isId(reference)) return reads.principals.find(reference);
  return (await seekPrincipal(reads, context, { principal: reference })).principal;
}

/** Foreign principals can be named only by who may see them: existing and absent ones are refused alike. */
export function subjectDemands(
  subject: Principal | undefined,
  reference: string,
  projectId: string | undefined,
): readonly Demand[] {
  const atHome = subject === undefined ? !isId(reference) : subject.projectId === projectId;
  return atHome ? [] : [{ permission: 'principal.read', place: { projectId: subject?.projectId } }];
}

export function realmDemand(
  permission: Permission,
  { projectId }: { projectId: string | undefined },
): Demand {
  return { permission, place: { projectId } };
}

export function requirePrincipal(principal: Principal | undefined, reference: string): Principal {
  if (principal !== undefined) return principal;
  throw new KmsError('notFound', `There is no principal ${reference}.`, { principal: reference });
}

export function principalRecord(input: PrincipalInput, sought: SoughtPrincipal | undefined): AuditRecord {
  return {
    projectId: sought?.projectId,
    targets: targetsOf('principal', sought?.principal),
    details: { named: excerpt(input.principal, LIMITS.principalNameCharactersMax) },
  };
}
