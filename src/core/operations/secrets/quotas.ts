// Quotas: how much a project may have, set by administrators of the system, seen by the project, and asked whenever something is made.

import { mapTable } from '../../../base/table.ts';
import { excerpt } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Project } from '../../../domain/project.ts';
import {
  ALL_QUOTA_NOUNS,
  type ProjectQuotas,
  QUOTA_NOUNS,
  type QuotaNoun,
  type Quotas,
  UNLIMITED,
} from '../../../domain/quota.ts';
import { requireText, requireWindow, requireWithin } from '../../checks.ts';
import type { AuditRecord, ChangeOperation, UseOperation } from '../../operation.ts';
import type { Window } from '../../ports/registrations.ts';
import type { StoreReads } from '../../ports/store.ts';
import { onHomeProject } from '../projects/on-home-project.ts';
import { onSystem } from '../without-target.ts';

/** What counts against the quota; nothing makes authorities yet. */
const COUNTS: Readonly<Record<QuotaNoun, (reads: StoreReads, projectId: string) => Promise<number>>> = {
  secrets: (reads, projectId) => reads.secrets.countOfProject(projectId),
  orders: (reads, projectId) => reads.orders.count({ projectId }),
  containers: (reads, projectId) => reads.containers.count({ projectId }),
  consumers: (reads, projectId) => reads.consumers.countOfProject(projectId),
  authorities: async () => 0,
};

/** Throws `limitExceeded` when the project may not have one more. */
export async function requireRoom(reads: StoreReads, projectId: string, noun: QuotaNoun): Promise<void> {
  const limit = (await reads.quotas.find(projectId))?.quotas[noun] ?? UNLIMITED;
  if (limit === UNLIMITED || (await COUNTS[noun](reads, projectId)) < limit) return;
  const message = `The quota of the project is reached: it may have ${limit} ${QUOTA_NOUNS[noun]}.`;
  throw new KmsError('limitExceeded', message, { quota: noun, limit });
}

export type EffectiveQuotas = Readonly<Record<QuotaNoun, number>>;

export const readQuotas: UseOperation<undefined, Project, EffectiveQuotas> = {
  name: 'quota.read',
  kind: 'read',
  ...onHomeProject('quota.read'),
  async run(kms, { target }) {
    const set = (await kms.store.quotas.find(target.id))?.quotas ?? {};
    return mapTable(QUOTA_NOUNS, (_meaning, noun) => set[noun] ?? UNLIMITED);
  },
};

export interface ListQuotasInput {
  readonly window: Window;
}

export interface QuotaList {
  readonly items: readonly ProjectQuotas[];
  readonly total: number;
}

/** Those that have been set, of all projects. */
export const listQuotas: UseOperation<ListQuotasInput, undefined, QuotaList> = {
  name: 'quota.list',
  kind: 'read',
  ...onSystem('quota.configure'),
  check: ({ window }) => requireWindow(window),
  run: async (kms, { input }) => ({
    items: await kms.store.quotas.list(input.window),
    total: await kms.store.quotas.count(),
  }),
  record: () => ({ targets: [{ type: 'system', id: 'quotas' }] }),
};

export interface ProjectQuotasInput {
  readonly projectId: string;
}

export const readProjectQuotas: UseOperation<ProjectQuotasInput, ProjectQuotas | undefined, Quotas> = {
  name: 'quota.readOfProject',
  kind: 'read',
  ...onSystem('quota.configure'),
  check: requireProjectText,
  find: (reads, _context, { projectId }) => reads.quotas.find(projectId),
  allow: requireSet,
  run: async (_kms, { target }) => target?.quotas ?? {},
  record: quotaRecord,
};

export interface SetQuotasInput extends ProjectQuotasInput {
  /** Those that are undefined stay as they were. */
  readonly quotas: Quotas;
}

export const setQuotas: ChangeOperation<SetQuotasInput, undefined, undefined> = {
  name: 'quota.set',
  kind: 'change',
  ...onSystem('quota.configure'),
  check(input) {
    requireProjectText(input);
    for (const noun of ALL_QUOTA_NOUNS) {
      const limit = input.quotas[noun];
      if (limit !== undefined) requireWithin(noun, limit, UNLIMITED, Number.MAX_SAFE_INTEGER);
    }
  },
  async run(_kms, tx, { input: { projectId, quotas } }) {
    const before = (await tx.quotas.find(projectId))?.quotas ?? {};
    const after = mapTable(QUOTA_NOUNS, (_meaning, noun) => quotas[noun] ?? before[noun]);
    await tx.quotas.put({ projectId, quotas: after });
    return undefined;
  },
  record: input => ({ ...quotaRecord(input), details: { ...input.quotas } }),
};

export const deleteQuotas: ChangeOperation<ProjectQuotasInput, ProjectQuotas | undefined, undefined> = {
  name: 'quota.delete',
  kind: 'change',
  ...onSystem('quota.configure'),
  check: requireProjectText,
  find: (reads, _context, { projectId }) => reads.quotas.find(projectId),
  allow: requireSet,
  async run(_kms, tx, { input }) {
    await tx.quotas.delete(input.projectId);
    return undefined;
  },
  record: quotaRecord,
};

const PROJECT_CHARACTERS_MAX = 255;

function requireProjectText({ projectId }: ProjectQuotasInput): void {
  requireText('projectId', projectId, 1, PROJECT_CHARACTERS_MAX);
}

function requireSet(found: ProjectQuotas | undefined): void {
  if (found === undefined) {
    throw new KmsError('notFound', 'There are no quotas of the project.', { noun: 'quotas' });
  }
}

function quotaRecord({ projectId }: ProjectQuotasInput): AuditRecord {
  return { targets: [{ type: 'project', id: excerpt(projectId, PROJECT_CHARACTERS_MAX) }] };
}
