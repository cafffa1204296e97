// What a new token is to hold for: a project in which its user holds a role, the whole installation for whoever holds a role there, or
// nothing. What may not be entered and what is not there are refused alike.

import { parseCloudId } from '../../../core/cloud-ids.ts';
import { cloudRoleNames } from '../../../core/cloud-session.ts';
import { readFacet } from '../../../core/facets.ts';
import type { Kms } from '../../../core/kms.ts';
import { canBeName } from '../../../core/references.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { UserFacet } from '../documents/nouns.ts';
import { domainOfId, domainOfName, PROTOCOL_NAME } from '../names.ts';
import type { LoginProof } from './prove.ts';
import type { LoginScope, ProjectReference } from './request.ts';

export interface Scope {
  readonly projectId: string | undefined;
  readonly ofSystem: boolean;
}

const NOTHING: Scope = { projectId: undefined, ofSystem: false };

/** Throws `unauthenticated` for a scope that is not the caller's, and for domains, for which no role can be held. */
export async function scopeOf(kms: Kms, proof: LoginProof, asked: LoginScope | undefined): Promise<Scope> {
  if (proof.application !== undefined) return scopeOfApplication(kms, proof.application.projectId, asked);
  if (asked === undefined) return usualScope(kms, proof.principal);
  if (asked === 'unscoped' || asked.unscoped !== undefined) return NOTHING;
  const { project, system } = asked;
  if (project !== undefined) {
    const projectId = await findProject(kms, project);
    if (projectId !== undefined && (await mayEnter(kms, proof.principal, projectId))) {
      return { projectId, ofSystem: false };
    }
  }
  if (system?.all === true && (await mayEnter(kms, proof.principal, undefined))) {
    return { projectId: undefined, ofSystem: true };
  }
  throw notYours();
}

async function scopeOfApplication(
  kms: Kms,
  projectId: string,
  asked: LoginScope | undefined,
): Promise<Scope> {
  const project = typeof asked === 'object' ? asked.project : undefined;
  const same = asked === undefined || (project && (await findProject(kms, project)) === projectId);
  if (same) return { projectId, ofSystem: false };
  throw notYours();
}

/** Without a word of the client: the user's default project, or the one where it is at home, where it holds a role. */
async function usualScope(kms: Kms, principal: Principal): Promise<Scope> {
  const facet = (await readFacet(kms.store, principal.id, PROTOCOL_NAME)) as UserFacet | undefined;
  const chosen = parseCloudId(facet?.default_project_id ?? '') ?? principal.projectId;
  if (chosen === undefined || !(await mayEnter(kms, principal, chosen))) return NOTHING;
  return { projectId: chosen, ofSystem: false };
}

async function mayEnter(kms: Kms, principal: Principal, projectId: string | undefined): Promise<boolean> {
  if (projectId !== undefined && (await kms.store.projects.find(projectId))?.enabled !== true) return false;
  const actor = { type: 'principal', principal, credentialId: '' } as const;
  return (await cloudRoleNames(kms, { actor, session: { projectId, vouchedRoles: [] } })).length > 0;
}

async function findProject(
  { store }: Kms,
  { id, name, domain }: ProjectReference,
): Promise<string | undefined> {
  if (id !== undefined) return parseCloudId(id);
  if (name === undefined || domain === undefined || !canBeName(name)) return undefined;
  const home =
    domain.id !== undefined
      ? await domainOfId(store, domain.id)
      : await domainOfName(store, domain.name ?? '');
  // Projects are in the default domain, all of them.
  if (home === undefined || home.projectId !== undefined) return undefined;
  return (await store.projects.findByName(name))?.id;
}

function notYours(): KmsError {
  return new KmsError('unauthenticated', 'The scope is not one of the user.');
}
