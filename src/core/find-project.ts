// The project in which a request takes place.

import { KmsError } from '../domain/errors.ts';
import type { Project } from '../domain/project.ts';
import { deniedError } from './authorize.ts';
import type { RequestContext } from './context.ts';
import type { StoreReads } from './ports/store.ts';

/** Throws `denied` when the request is in no project, or in one that is disabled or absent. */
export async function homeProject(reads: StoreReads, context: RequestContext): Promise<Project> {
  const project = context.projectId === undefined ? undefined : await reads.projects.find(context.projectId);
  if (project === undefined) throw deniedError('the request takes place in no project');
  if (!project.enabled) throw deniedError('the project is disabled');
  return project;
}

/** Whether the request itself is in the project: else the object is foreign, and absence and refusal must be alike. */
export async function findProject(reads: StoreReads, context: RequestContext, id: string): Promise<Project> {
  const project = await reads.projects.find(id);
  if (project !== undefined) return project;
  if (context.projectId !== id && context.projectId !== undefined) throw deniedError('no such project');
  throw new KmsError('notFound', 'There is no such project.', { projectId: id });
}
