// Projects, users, roles and domains as Keystone shows them. What only Keystone knows of them is kept in facets.

import { cloudId } from '../../../core/cloud-ids.ts';
import type { WithFacet } from '../../../core/facets.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { Project } from '../../../domain/project.ts';
import { DEFAULT_DOMAIN } from '../names.ts';

/** What this protocol keeps of a project, and of a principal. */
export interface ProjectFacet {
  readonly description?: string | undefined;
  /** Deleted for the clients of Keystone; the project itself stays, disabled. */
  readonly deleted?: boolean | undefined;
}

export interface UserFacet {
  readonly description?: string | undefined;
  readonly email?: string | undefined;
  readonly default_project_id?: string | undefined;
}

export function projectFacet({ facet = {} }: WithFacet): ProjectFacet {
  return facet as ProjectFacet;
}

export function projectDocument(url: string, project: Project & WithFacet): object {
  const id = cloudId(project.id);
  return {
    id,
    name: project.name,
    domain_id: DEFAULT_DOMAIN.id,
    parent_id: DEFAULT_DOMAIN.id,
    description: projectFacet(project).description ?? '',
    enabled: project.enabled,
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${url}/v3/projects/${id}` },
  };
}

export function userDocument(url: string, principal: Principal & WithFacet): object {
  const id = cloudId(principal.id);
  const { description, email, default_project_id } = (principal.facet ?? {}) as UserFacet;
  return {
    id,
    name: principal.name,
    domain_id: domainIdOf(principal),
    enabled: principal.enabled,
    password_expires_at: null,
    options: {},
    ...(description !== undefined && { description }),
    ...(email !== undefined && { email }),
    ...(default_project_id !== undefined && { default_project_id }),
    links: { self: `${url}/v3/users/${id}` },
  };
}

/** Roles are known by their names. */
export function roleDocument(url: string, name: string): object {
  return {
    id: name,
    name,
    domain_id: null,
    description: null,
    options: {},
    links: { self: `${url}/v3/roles/${encodeURIComponent(name)}` },
  };
}

export function defaultDomainDocument(url: string): object {
  return domain(
    url,
    DEFAULT_DOMAIN.id,
    DEFAULT_DOMAIN.name,
    'The users and projects of this installation',
    true,
  );
}

/** A project as the domain of the users that are at home there. */
export function projectDomainDocument(url: string, { id, name, enabled }: Project): object {
  return domain(url, cloudId(id), name, `The users that are at home in the project ${name}`, enabled);
}

function domainIdOf({ projectId }: Pick<Principal, 'projectId'>): string {
  return projectId === undefined ? DEFAULT_DOMAIN.id : cloudId(projectId);
}

function domain(url: string, id: string, name: string, description: string, enabled: boolean): object {
  return {
    id,
    name,
    description,
    enabled,
    tags: [],
    options: {},
    links: { self: `${url}/v3/domains/${id}` },
  };
}
