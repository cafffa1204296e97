// The names of this protocol, and how its domains mean homes of principals: `default` is the installation, and every project is a domain of
// its own for the users that are at home there.

import { cloudId, parseCloudId } from '../../core/cloud-ids.ts';
import type { StoreReads } from '../../core/ports/store.ts';
import { canBeName } from '../../core/references.ts';
import type { Principal } from '../../domain/principal.ts';

export const PROTOCOL_NAME = 'keystone';

export const REGION = 'RegionOne';

export const DEFAULT_DOMAIN = { id: 'default', name: 'Default' } as const;

/** Where users are at home: a project, or with `projectId` undefined the installation. */
export interface Domain {
  readonly projectId: string | undefined;
}

/** The domain in which a user is at home, as it is shown beside the user. */
export async function homeOf(
  { projects }: Pick<StoreReads, 'projects'>,
  { projectId }: Pick<Principal, 'projectId'>,
): Promise<{ readonly id: string; readonly name: string }> {
  if (projectId === undefined) return DEFAULT_DOMAIN;
  return { id: cloudId(projectId), name: (await projects.find(projectId))?.name ?? '' };
}

/** Undefined: there is no such domain. */
export async function domainOfId(
  { projects }: Pick<StoreReads, 'projects'>,
  id: string,
): Promise<Domain | undefined> {
  if (id === DEFAULT_DOMAIN.id) return { projectId: undefined };
  const ours = parseCloudId(id);
  const project = ours === undefined ? undefined : await projects.find(ours);
  return project && { projectId: project.id };
}

/** Undefined: there is no such domain. Clients write the name of the default one in any case. */
export async function domainOfName(
  { projects }: Pick<StoreReads, 'projects'>,
  name: string,
): Promise<Domain | undefined> {
  if (name.toLowerCase() === DEFAULT_DOMAIN.name.toLowerCase()) return { projectId: undefined };
  const project = canBeName(name) ? await projects.findByName(name) : undefined;
  return project && { projectId: project.id };
}
