// Projects, and domains: the installation, and every project as the home of its own users.

import { z } from 'zod';
import { parseCloudId } from '../../../core/cloud-ids.ts';
import type { WithFacet } from '../../../core/facets.ts';
import { listOwnProjects } from '../../../core/operations/projects/own-projects.ts';
import {
  createProject,
  listProjects,
  readProject,
  updateProject,
} from '../../../core/operations/projects/projects.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Project } from '../../../domain/project.ts';
import { parseBody, text } from '../body.ts';
import { listAnswer, wholeList } from '../documents/list.ts';
import {
  defaultDomainDocument,
  projectDocument,
  projectDomainDocument,
  projectFacet,
} from '../documents/nouns.ts';
import { DEFAULT_DOMAIN, domainOfId, PROTOCOL_NAME } from '../names.ts';
import { type Answer, type ProvenCall, type Route, readable } from '../route.ts';

export const PROJECT_ROUTES: readonly Route[] = [
  ...readable('/projects', listAll),
  { method: 'POST', path: '/projects', serve: create },
  ...readable('/projects/:project', show),
  { method: 'PATCH', path: '/projects/:project', serve: update },
  { method: 'DELETE', path: '/projects/:project', serve: remove },
  ...readable('/domains', listDomains),
  ...readable('/domains/:domain', showDomain),
];

const DESCRIPTION = z.string().max(8_192);

/** Projects stand beside one another, in the default domain. */
const placement = {
  domain_id: z.literal(DEFAULT_DOMAIN.id).nullish(),
  parent_id: z.literal(DEFAULT_DOMAIN.id).nullish(),
  is_domain: z.literal(false).optional(),
  tags: z.array(text).max(0).optional(),
  options: z.strictObject({}).optional(),
};

const newProject = z.strictObject({
  project: z.strictObject({
    ...placement,
    name: text,
    description: DESCRIPTION.nullish(),
    enabled: z.boolean().optional(),
  }),
});

const changedProject = z.strictObject({
  project: z.strictObject({
    ...placement,
    name: text.optional(),
    description: DESCRIPTION.nullish(),
    enabled: z.boolean().optional(),
  }),
});

const FILTERS = ['name', 'enabled', 'domain_id', 'parent_id', 'is_domain', 'id'];

/** The id of a project in a path. Throws `notFound` for what is no id. */
export function projectIdOf({ params }: ProvenCall): string {
  const id = parseCloudId(params.project ?? '');
  if (id === undefined) throw new KmsError('notFound', 'Could not find project.');
  return id;
}

/** All of them for whoever may see all, else the caller's own. */
async function listAll(call: ProvenCall): Promise<Answer> {
  const { url } = call;
  const projects = await wholeList(page =>
    call.perform(listProjects, undefined, { page, withFacet: PROTOCOL_NAME }),
  );
  const documents = projects.filter(isThere).map(project => projectDocument(url, project));
  return listAnswer(call, 'projects', '/projects', documents, FILTERS);
}

async function create(call: ProvenCall): Promise<Answer> {
  const { url } = call;
  const { name, description, enabled } = parseBody(newProject, call.readBody()).project;
  const facet = { protocol: PROTOCOL_NAME, document: { description: description ?? undefined } };
  const made = await call.perform(createProject, undefined, { name, facet });
  const project =
    enabled === false ? await call.perform(updateProject, made.project.id, { enabled, facet }) : made.project;
  return { status: 201, body: { project: projectDocument(url, project) } };
}

async function show(call: ProvenCall): Promise<Answer> {
  const project = (await entered(call)) ?? (await requireProject(call));
  return { status: 200, body: { project: projectDocument(call.url, project) } };
}

/** The project that the token is for, which it may see whatever its roles are; undefined for any other. */
async function entered(call: ProvenCall): Promise<(Project & WithFacet) | undefined> {
  const { projectId } = call.caller;
  if (projectId === undefined || projectId !== projectIdOf(call)) return undefined;
  const { items } = await call.perform(listOwnProjects, projectId, { withFacet: PROTOCOL_NAME });
  return items.find(({ id }) => id === projectId);
}

async function update(call: ProvenCall): Promise<Answer> {
  const { url } = call;
  const { name, description, enabled } = parseBody(changedProject, call.readBody()).project;
  const { id } = await requireProject(call);
  const facet = { protocol: PROTOCOL_NAME, document: { description } };
  const project = await call.perform(updateProject, id, { name, enabled, facet });
  return { status: 200, body: { project: projectDocument(url, project) } };
}

/**
 * Keys outlive what names them: the project is disabled and gives its name free, and clients of this protocol see it no more. Whoever runs
 * the installation can enable it again.
 */
async function remove(call: ProvenCall): Promise<Answer> {
  const { id, name } = await requireProject(call);
  await call.perform(updateProject, id, {
    name: `${name.slice(0, 100)}.deleted-${id.slice(0, 8)}`,
    enabled: false,
    facet: { protocol: PROTOCOL_NAME, document: { deleted: true } },
  });
  return { status: 204 };
}

async function requireProject(call: ProvenCall): Promise<Project & WithFacet> {
  const project = await call.perform(readProject, projectIdOf(call), {
    withFacet: PROTOCOL_NAME,
  });
  if (isThere(project)) return project;
  throw new KmsError('notFound', 'Could not find project.');
}

function isThere(project: Project & WithFacet): boolean {
  return projectFacet(project).deleted !== true;
}

async function listDomains(call: ProvenCall): Promise<Answer> {
  const { url, caller } = call;
  const { items } = await call.perform(listOwnProjects, caller.projectId, {});
  const documents = [
    defaultDomainDocument(url),
    ...items.map(project => projectDomainDocument(url, project)),
  ];
  return listAnswer(call, 'domains', '/domains', documents, ['name', 'enabled']);
}

async function showDomain(call: ProvenCall): Promise<Answer> {
  const { kms, url, params } = call;
  const domain = await domainOfId(kms.store, params.domain ?? '');
  if (domain === undefined) throw new KmsError('notFound', 'Could not find domain.');
  if (domain.projectId === undefined) {
    await call.perform(listOwnProjects, call.caller.projectId, {});
    return { status: 200, body: { domain: defaultDomainDocument(url) } };
  }
  const project = await call.perform(readProject, domain.projectId, undefined);
  return { status: 200, body: { domain: projectDomainDocument(url, project) } };
}
