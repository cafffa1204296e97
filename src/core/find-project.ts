// The project in which a request takes place, and who may take a request there.

import { KmsError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { Project } from '../domain/project.ts';
import { deniedError } from './authorize.ts';
import type { RequestContext } from './context.ts';
import type { StoreReads } from './ports/store.ts';
import { canBeName, isId } from './references.ts';

/** Throws `denied` when the request is in no project, or in one that is disabled or absent. */
export async function homeProject(reads: StoreReads, context: RequestContext): Promise<Project> {
  const project = await contextProject(reads, context);
  if (!project.enabled) throw deniedError('the project is disabled');
  return project;
}

/** The same, a disabled project included. A principal of the system is told when there is none. */
export async function contextProject(reads: StoreReads, context: RequestContext): Promise<Project> {
  const { actor, projectId } = context;
  const project = projectId === undefined ? undefined : await reads.projects.find(projectId);
  if (project !== undefined) return project;
  const ofSystem = actor.type === 'system' || actor.principal.projectId === undefined;
  if (ofSystem && projectId !== undefined) throw new KmsError('notFound', 'There is no such project.');
  throw deniedError('the request takes place in no project');
}

/** The id that no project has: a request for a project that is not there, or not for this principal, takes place in it. */
const NO_PROJECT_ID = '00000000-0000-0000-0000-000000000000';

/** Whether {@link enterProject} has found none. */
export function isNoProject(projectId: string): boolean {
  return projectId === NO_PROJECT_ID;
}

/**
 * The project id for the context of a request that names its project by id or name. A principal enters its home, and a foreign project in
 * which a binding or rule of that project or of the system says something about it; all others are alike, existing or not: the id
 * returned is then that of no project, and every operation refuses.
 */
export async function enterProject(
  reads: StoreReads,
  principal: Principal,
  idOrName: string,
): Promise<string> {
  const project = isId(idOrName)
    ? await reads.projects.find(idOrName)
    : canBeName(idOrName) && (await reads.projects.findByName(idOrName));
  if (!project) return NO_PROJECT_ID;
  if (project.id === principal.projectId || (await mayEnter(reads, principal, project))) return project.id;
  return NO_PROJECT_ID;
}

async function mayEnter(reads: StoreReads, principal: Principal, project: Project): Promise<boolean> {
  const bindings = await reads.bindings.ofPrincipal(principal.id);
  const bound = bindings.some(
    ({ scope }) => scope.level === 'system' || (scope.level === 'project' && scope.id === project.id),
  );
  if (bound) return true;
  const rules = await reads.rules.applying({ projectId: project.id });
  return rules.some(rule => rule.effect === 'allow' && rule.principals.includes(principal.id));
}
