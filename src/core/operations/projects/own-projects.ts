// The projects that a principal may enter: its home, and those in which a role is bound to it. Whoever holds a role in the whole system may
// enter all of them.

import type { Principal } from '../../../domain/principal.ts';
import type { Project } from '../../../domain/project.ts';
import { type WithFacet, withFacets } from '../../facets.ts';
import type { UseOperation } from '../../operation.ts';
import { allOf } from '../../pages.ts';
import type { StoreReads } from '../../ports/store.ts';
import { requireCaller } from '../identity/require-caller.ts';
import {
  type PrincipalInput,
  principalRecord,
  realmDemand,
  requirePrincipal,
  type SoughtPrincipal,
  seekPrincipal,
} from '../identity/seek-principal.ts';
import { forEveryCaller } from '../without-target.ts';

export interface OwnProjectsInput {
  /** The protocol whose facets are wanted as well. */
  readonly withFacet?: string | undefined;
}

export interface ProjectList {
  readonly items: readonly (Project & WithFacet)[];
}

/** Of the caller. */
export const listOwnProjects: UseOperation<OwnProjectsInput, undefined, ProjectList> = {
  name: 'project.listOwn',
  kind: 'read',
  ...forEveryCaller,
  run: async ({ store }, { context, input }) => ({
    items: await withFacets(
      store,
      await projectsOf(store, requireCaller(context).principal),
      input.withFacet,
    ),
  }),
  record: () => ({ targets: [] }),
};

/** Of a principal of the realm. */
export const listProjectsOfPrincipal: UseOperation<
  PrincipalInput & OwnProjectsInput,
  SoughtPrincipal,
  ProjectList
> = {
  name: 'project.listOfPrincipal',
  kind: 'read',
  disclosure: 'denied',
  find: seekPrincipal,
  demands: sought => [realmDemand('access.read', sought)],
  async run({ store }, { target, input }) {
    const principal = requirePrincipal(target.principal, input.principal);
    return { items: await withFacets(store, await projectsOf(store, principal), input.withFacet) };
  },
  record: principalRecord,
};

async function projectsOf(reads: StoreReads, { id, projectId }: Principal): Promise<readonly Project[]> {
  const bindings = await reads.bindings.ofPrincipal(id);
  if (bindings.some(({ scope }) => scope.level === 'system')) return allProjects(reads);
  const ids = new Set(projectId === undefined ? [] : [projectId]);
  for (const { scope } of bindings) if (scope.level === 'project') ids.add(scope.id);
  const found = await Promise.all([...ids].map(one => reads.projects.find(one)));
  return found.filter((project): project is Project => project?.enabled === true);
}

async function allProjects(reads: StoreReads): Promise<readonly Project[]> {
  return (await allOf(page => reads.projects.list(page))).filter(({ enabled }) => enabled);
}
