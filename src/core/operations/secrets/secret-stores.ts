// Secret stores: the protection levels on which custody keeps what is given out again. A project may prefer one of them for its new secrets;
// what it has kept so far stays where it is. A preference is never answered by a weaker store.

import { KmsError } from '../../../domain/errors.ts';
import { MATERIAL_LEVELS, type MaterialLevel } from '../../../domain/key.ts';
import type { Project } from '../../../domain/project.ts';
import { readFacet, writeFacet } from '../../facets.ts';
import { homeProject } from '../../find-project.ts';
import type { Kms } from '../../kms.ts';
import type { ChangeOperation, UseOperation } from '../../operation.ts';
import type { StoreReads } from '../../ports/store.ts';
import { onHomeProject } from '../projects/on-home-project.ts';
import { projectRecord } from '../projects/projects.ts';

export interface SecretStores {
  /** Those that there are; the first one is the default of the installation. */
  readonly offered: readonly MaterialLevel[];
  readonly preferred: MaterialLevel | undefined;
}

export interface ShownSecretStores extends SecretStores {
  /** When the installation was made. */
  readonly since: number;
}

export const readSecretStores: UseOperation<undefined, Project, ShownSecretStores> = {
  name: 'secretStore.list',
  kind: 'read',
  ...onHomeProject('quota.read'),
  run: async (kms, { target }) => ({
    offered: offeredBy(kms),
    preferred: await preferredStore(kms.store, target.id),
    since: Math.min(...(await kms.store.rootKeys.list()).map(({ createdAt }) => createdAt)),
  }),
};

export interface PreferSecretStoreInput {
  /** Undefined: none any more. */
  readonly store: MaterialLevel | undefined;
}

/** Throws `unsupported` for a store that there is not, and `notFound` where none was preferred. */
export const preferSecretStore: ChangeOperation<PreferSecretStoreInput, Preferring, undefined> = {
  name: 'secretStore.prefer',
  kind: 'change',
  disclosure: 'denied',
  async find(reads, context, _input, kms) {
    const project = await homeProject(reads, context);
    return { project, offered: offeredBy(kms), preferred: await preferredStore(reads, project.id) };
  },
  demands: ({ project }) => [{ permission: 'project.configure', place: { projectId: project.id } }],
  allow({ offered, preferred }, { store }) {
    if (store === undefined && preferred === undefined) {
      const message = 'No preferred secret store defined for this project.';
      throw new KmsError('notFound', message, { noun: 'preferred store' });
    }
    if (store !== undefined && !offered.includes(store))
      throw new KmsError('unsupported', 'There is no such secret store: no token is configured.', { store });
  },
  async run(_kms, tx, { input, target }) {
    const document = { preferredStore: input.store ?? null };
    await writeFacet(tx, target.project.id, { protocol: FACET, document });
    return undefined;
  },
  record: ({ store }, target) => ({
    ...projectRecord(target?.project),
    details: { store: store ?? 'none' },
  }),
};

interface Preferring extends SecretStores {
  readonly project: Project;
}

/** What the core itself keeps about a project, beside what protocols keep. */
const FACET = 'secrets';

function offeredBy({ custody }: Kms): readonly MaterialLevel[] {
  return MATERIAL_LEVELS.filter(level => custody.protectionLevels.includes(level));
}

async function preferredStore(reads: StoreReads, projectId: string): Promise<MaterialLevel | undefined> {
  const preferred = (await readFacet(reads, projectId, FACET))?.preferredStore;
  return MATERIAL_LEVELS.find(level => level === preferred);
}

/** Where a new payload of the project goes. */
export async function storeOfNew(reads: StoreReads, projectId: string): Promise<MaterialLevel> {
  return (await preferredStore(reads, projectId)) ?? 'software';
}
