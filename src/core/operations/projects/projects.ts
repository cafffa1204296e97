// Projects: the tenants. A new one is born with its wrapping key, its account number and the key ring `default`. Projects are disabled,
// never deleted: their ciphertexts outlive them.

import { targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Facet } from '../../../domain/facet.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { DEFAULT_KEY_RING_NAME, type KeyRing, type Project } from '../../../domain/project.ts';
import { requirePage } from '../../checks.ts';
import { actorId } from '../../context.ts';
import { readFacet, type WithFacet, withFacets, writeFacet } from '../../facets.ts';
import { contextProject } from '../../find-project.ts';
import type { Kms } from '../../kms.ts';
import type { AuditRecord, ChangeOperation, UseOperation } from '../../operation.ts';
import type { Random } from '../../ports/clock.ts';
import type { Page, PageRequest, StoreReads, StoreTransaction } from '../../ports/store.ts';
import { requireName } from '../../references.ts';
import { onSystem } from '../without-target.ts';

export interface CreateProjectInput {
  readonly name: string;
  readonly facet?: Facet | undefined;
}

export interface NewProject {
  readonly project: Project & WithFacet;
  readonly keyRing: KeyRing;
}

export const createProject: ChangeOperation<CreateProjectInput, undefined, NewProject> = {
  name: 'project.create',
  kind: 'change',
  ...onSystem('project.create'),
  check: input => requireName('name', input.name, LIMITS.projectNameCharactersMax),
  async run(kms, tx, { input, context, at }) {
    if ((await tx.projects.findByName(input.name)) !== undefined) {
      throw new KmsError('alreadyExists', `There is a project ${input.name} already.`, { name: input.name });
    }
    const { name } = input;
    const made = await insertProject(kms, tx, {
      id: kms.random.uuid(),
      name,
      createdBy: actorId(context.actor),
      at,
    });
    const facet = input.facet && (await writeFacet(tx, made.project.id, input.facet));
    return { ...made, project: { ...made.project, facet } };
  },
  record: (input, _target, output) => ({
    projectId: output?.project.id,
    targets: targetsOf('project', output?.project),
    details: { name: input.name, accountId: output?.project.accountId },
  }),
};

/** A project with all that it is born with. */
export async function insertProject(
  kms: Kms,
  tx: StoreTransaction,
  { id, name, createdBy, at }: { id: string; name: string; createdBy: string; at: number },
): Promise<NewProject> {
  const accountId = await freeAccountId(tx, kms.random);
  const project: Project = { id, name, accountId, enabled: true, createdAt: at, revision: 1 };
  const keyRing: KeyRing = {
    id: kms.random.uuid(),
    projectId: id,
    name: DEFAULT_KEY_RING_NAME,
    createdBy,
    createdAt: at,
  };
  await tx.projects.insert(project);
  await tx.keyRings.insert(keyRing);
  await kms.custody.createProjectKey(tx, id, at);
  return { project, keyRing };
}

export interface ReadProjectInput {
  /** The protocol whose facet is wanted as well. */
  readonly withFacet?: string | undefined;
}

export const readProject: UseOperation<ReadProjectInput | undefined, Project, Project & WithFacet> = {
  name: 'project.read',
  kind: 'read',
  disclosure: 'denied',
  find: contextProject,
  demands: project => [{ permission: 'project.read', place: { projectId: project.id } }],
  run: async ({ store }, { target, input }) => ({
    ...target,
    facet: await readFacet(store, target.id, input?.withFacet),
  }),
  record: (_input, project) => projectRecord(project),
};

export interface ListProjectsInput extends ReadProjectInput {
  readonly page: PageRequest;
}

/** Every project of the installation: for principals of the system. Others see their own by reading it. */
export const listProjects: UseOperation<ListProjectsInput, undefined, Page<Project & WithFacet>> = {
  name: 'project.list',
  kind: 'read',
  ...onSystem('project.read'),
  check: input => requirePage(input.page),
  async run({ store }, { input }) {
    const page = await store.projects.list(input.page);
    return { ...page, items: await withFacets(store, page.items, input.withFacet) };
  },
  record: () => ({ targets: [] }),
};

export interface UpdateProjectInput {
  readonly name?: string | undefined;
  /** A disabled project authenticates nobody and uses nothing. */
  readonly enabled?: boolean | undefined;
  readonly facet?: Facet | undefined;
}

export const updateProject: ChangeOperation<UpdateProjectInput, Project, Project & WithFacet> = {
  name: 'project.update',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    if (input.name !== undefined) requireName('name', input.name, LIMITS.projectNameCharactersMax);
  },
  find: contextProject,
  demands: (project, { name }) => [
    { permission: 'project.update', place: { projectId: project.id } },
    // One name stands for one project of the installation: whoever may choose it learns which names are taken.
    ...(name === undefined || name === project.name
      ? []
      : [{ permission: 'project.create', place: {} } as const]),
  ],
  async run(_kms, tx, { input, target }) {
    const changed = {
      ...target,
      name: input.name ?? target.name,
      enabled: input.enabled ?? target.enabled,
    };
    const namesake = await tx.projects.findByName(changed.name);
    if (namesake !== undefined && namesake.id !== target.id) {
      throw new KmsError('alreadyExists', `There is a project ${changed.name} already.`, {
        name: changed.name,
      });
    }
    await tx.projects.update(changed);
    const facet = input.facet && (await writeFacet(tx, target.id, input.facet));
    return { ...changed, revision: changed.revision + 1, facet };
  },
  record: (input, project) => ({
    ...projectRecord(project),
    details: { name: input.name, enabled: input.enabled },
  }),
};

export function projectRecord(project: Project | undefined): AuditRecord {
  return { projectId: project?.id, targets: targetsOf('project', project) };
}

const ACCOUNT_ID_TRIES = 8;
const ACCOUNT_ID_FIRST = 100_000_000_000n;
const ACCOUNT_IDS = 900_000_000_000n;

/** Twelve digits, the first of them not zero: numbers are not handed out in order, so that nobody counts the projects. */
async function freeAccountId(reads: StoreReads, random: Random): Promise<string> {
  for (let tries = 0; tries < ACCOUNT_ID_TRIES; tries += 1) {
    const bytes = random.bytes(8);
    const number = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0);
    const accountId = String(ACCOUNT_ID_FIRST + (number % ACCOUNT_IDS));
    if ((await reads.projects.findByAccountId(accountId)) === undefined) return accountId;
  }
  throw new KmsError('conflict', 'No free account number was found. Try again.');
}
