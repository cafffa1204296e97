// Projects: the tenants. A new one is born with its wrapping key, its account number and the key ring `default`. Projects are disabled,
// never deleted: their ciphertexts outlive them.

import { KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { DEFAULT_KEY_RING_NAME, type KeyRing, type Project } from '../../../domain/project.ts';
import { requirePage } from '../../checks.ts';
import { actorId } from '../../context.ts';
import { contextProject } from '../../find-project.ts';
import type { Kms } from '../../kms.ts';
import type { ChangeOperation, UseOperation } from '../../operation.ts';
import type { Random } from '../../ports/clock.ts';
import type { Page, PageRequest, StoreReads, StoreTransaction } from '../../ports/store.ts';
import { requireName } from '../../references.ts';

export interface CreateProjectInput {
  readonly name: string;
}

export interface NewProject {
  readonly project: Project;
  readonly keyRing: KeyRing;
}

export const createProject: ChangeOperation<CreateProjectInput, undefined, NewProject> = {
  name: 'project.create',
  kind: 'change',
  disclosure: 'denied',
  check: input => requireName('name', input.name, LIMITS.projectNameCharactersMax),
  find: async () => undefined,
  demands: () => [{ permission: 'project.create', place: {} }],
  async run(kms, tx, { input, context, at }) {
    if ((await tx.projects.findByName(input.name)) !== undefined) {
      throw new KmsError('alreadyExists', `There is a project ${input.name} already.`, { name: input.name });
    }
    const { name } = input;
    return insertProject(kms, tx, { id: kms.random.uuid(), name, createdBy: actorId(context.actor), at });
  },
  record: (input, _target, output) => ({
    projectId: output?.project.id,
    targets: output === undefined ? [] : [{ type: 'project', id: output.project.id }],
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

export const readProject: UseOperation<undefined, Project, Project> = {
  name: 'project.read',
  kind: 'read',
  disclosure: 'denied',
  find: contextProject,
  demands: project => [{ permission: 'project.read', place: { projectId: project.id } }],
  run: async (_kms, { target }) => target,
  record: (_input, project) => projectRecord(project),
};

export interface ListProjectsInput {
  readonly page: PageRequest;
}

/** Every project of the installation: for principals of the system. Others see their own by reading it. */
export const listProjects: UseOperation<ListProjectsInput, undefined, Page<Project>> = {
  name: 'project.list',
  kind: 'read',
  disclosure: 'denied',
  check: input => requirePage(input.page),
  find: async () => undefined,
  demands: () => [{ permission: 'project.read', place: {} }],
  run: (kms, { input }) => kms.store.projects.list(input.page),
  record: () => ({ targets: [] }),
};

export interface UpdateProjectInput {
  readonly name?: string | undefined;
  /** A disabled project authenticates nobody and uses nothing. */
  readonly enabled?: boolean | undefined;
}

export const updateProject: ChangeOperation<UpdateProjectInput, Project, Project> = {
  name: 'project.update',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    if (input.name !== undefined) requireName('name', input.name, LIMITS.projectNameCharactersMax);
  },
  find: contextProject,
  demands: project => [{ permission: 'project.update', place: { projectId: project.id } }],
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
    return { ...changed, revision: changed.revision + 1 };
  },
  record: (input, project) => ({
    ...projectRecord(project),
    details: { name: input.name, enabled: input.enabled },
  }),
};

export function projectRecord(project: Project | undefined) {
  if (project === undefined) return { targets: [] };
  return { projectId: project.id, targets: [{ type: 'project', id: project.id }] } as const;
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
