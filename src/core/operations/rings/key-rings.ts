// Key rings: named groups of keys in a project, on which roles and rules can be set.

import { must } from '../../../base/assert.ts';
import { excerpt, targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError, limitExceeded } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { DEFAULT_KEY_RING_NAME, type KeyRing, type Project } from '../../../domain/project.ts';
import { requirePage } from '../../checks.ts';
import { madeBy, type RequestContext } from '../../context.ts';
import { homeProject } from '../../find-project.ts';
import type { AuditRecord, ChangeOperation, UseOperation } from '../../operation.ts';
import type { Page, PageRequest, StoreReads, StoreTransaction } from '../../ports/store.ts';
import { requireName } from '../../references.ts';
import { onHomeProject } from '../projects/on-home-project.ts';
import { requireKeyRing, seekKeyRing } from './seek-key-ring.ts';

export interface KeyRingInput {
  /** Its id or its name. */
  readonly keyRing: string;
}

interface Sought {
  readonly project: Project;
  readonly ring?: KeyRing | undefined;
}

export interface CreateKeyRingInput {
  readonly name: string;
  /** Refuse when the project has this many of its own: some protocols have a bound of their own. */
  readonly keyRingsMax?: number | undefined;
}

export const createKeyRing: ChangeOperation<CreateKeyRingInput, Project, KeyRing> = {
  name: 'keyRing.create',
  kind: 'change',
  disclosure: 'denied',
  check: input => requireName('name', input.name, LIMITS.keyRingNameCharactersMax),
  find: homeProject,
  demands: project => [{ permission: 'keyRing.create', place: { projectId: project.id } }],
  async run(kms, tx, { input, target, context, at }) {
    if ((await tx.keyRings.findByName(target.id, input.name)) !== undefined) {
      throw new KmsError('alreadyExists', `There is a key ring ${input.name} already.`, { name: input.name });
    }
    const limit = Math.min(input.keyRingsMax ?? LIMITS.keyRingsPerProjectMax, LIMITS.keyRingsPerProjectMax);
    if ((await tx.keyRings.count(target.id)) >= limit) {
      throw limitExceeded('A project', limit, 'key rings');
    }
    const ring: KeyRing = {
      id: kms.random.uuid(),
      projectId: target.id,
      name: input.name,
      ...madeBy({ context, at }),
    };
    await tx.keyRings.insert(ring);
    return ring;
  },
  record: (input, project, ring) => ({
    projectId: project?.id,
    targets: targetsOf('keyRing', ring),
    details: { name: input.name },
  }),
};

export const readKeyRing: UseOperation<KeyRingInput, Sought, KeyRing> = {
  name: 'keyRing.read',
  kind: 'read',
  disclosure: 'denied',
  find: seekForInput,
  demands: sought => [{ permission: 'keyRing.read', place: placeOf(sought) }],
  allow: ({ ring }, { keyRing }) => void requireKeyRing(ring, keyRing),
  run: async (_kms, { target, input }) => requireKeyRing(target.ring, input.keyRing),
  record: ringRecord,
};

export interface ListKeyRingsInput {
  readonly page: PageRequest;
}

export interface KeyRingPage extends Page<KeyRing> {
  readonly project: Project;
}

export const listKeyRings: UseOperation<ListKeyRingsInput, Project, KeyRingPage> = {
  name: 'keyRing.list',
  kind: 'read',
  ...onHomeProject('keyRing.read'),
  check: input => requirePage(input.page),
  async run(kms, { target, input }) {
    return { ...(await kms.store.keyRings.list(target.id, input.page)), project: target };
  },
};

export interface DeleteKeyRingInput extends KeyRingInput {
  /** Keys that are destroyed or wait for it go to the ring `default`; a ring with other keys stays in any case. */
  readonly moveKeys: boolean;
}

interface Deletion extends Sought {
  /** Where keys would go. */
  readonly refuge: KeyRing;
}

/**
 * A ring goes when no key is left in it, destroyed ones included: their rows stay as witnesses. Roles and rules that were set on it go
 * with it: nobody could find them to take them back, and they would count towards the limits of their principals for ever.
 */
export const deleteKeyRing: ChangeOperation<DeleteKeyRingInput, Deletion, KeyRing> = {
  name: 'keyRing.delete',
  kind: 'change',
  disclosure: 'denied',
  async find(reads, context, input) {
    const sought = await seekForInput(reads, context, input);
    const refuge = await reads.keyRings.findByName(sought.project.id, DEFAULT_KEY_RING_NAME);
    return { ...sought, refuge: must(refuge, 'every project has a default key ring') };
  },
  demands(target, { moveKeys }) {
    const demand = { permission: 'keyRing.delete', place: placeOf(target) } as const;
    if (!moveKeys) return [demand];
    const { project, refuge } = target;
    return [
      demand,
      { permission: 'key.update', place: placeOf(target) },
      { permission: 'key.update', place: placeOf({ project, ring: refuge }) },
    ];
  },
  allow(target, input) {
    const { name, owner } = requireKeyRing(target.ring, input.keyRing);
    if (name === DEFAULT_KEY_RING_NAME) {
      throw new KmsError('reservedName', `The key ring ${DEFAULT_KEY_RING_NAME} always exists.`);
    }
    if (owner !== undefined) throw new KmsError('reservedName', `The key ring ${name} is one of ${owner}.`);
  },
  async run(_kms, tx, { target, input, at }) {
    const ring = requireKeyRing(target.ring, input.keyRing);
    if (await tx.keyRings.isHome(ring.id)) {
      throw new KmsError('conflict', `A principal makes its keys in the key ring ${ring.name}.`, {
        keyRing: ring.name,
      });
    }
    const inTheWay = input.moveKeys ? tx.keyRings.holdsLivingKeys : tx.keyRings.holdsKeys;
    if (await inTheWay(ring.id)) {
      throw new KmsError('conflict', `The key ring ${ring.name} still holds keys.`, { keyRing: ring.name });
    }
    if (input.moveKeys) await tx.keyRings.moveKeys(ring.id, target.refuge.id, at);
    await removeKeyRing(tx, ring.id);
    return ring;
  },
  record: (input, target) => {
    const { details, ...record } = ringRecord(input, target);
    return { ...record, details: { ...details, moveKeys: input.moveKeys } };
  },
};

/** A ring without keys, of which nobody is at home, with the roles and rules that are set on it. */
export async function removeKeyRing(tx: StoreTransaction, ringId: string): Promise<void> {
  const scope = { level: 'keyRing', id: ringId } as const;
  const first = { limit: LIMITS.pageItemsMax };
  for (const { ofScope, delete: remove } of [tx.bindings, tx.rules]) {
    for (let page = await ofScope(scope, first); page.items.length > 0; page = await ofScope(scope, first)) {
      for (const { id } of page.items) await remove(id);
    }
  }
  await tx.keyRings.delete(ringId);
}

async function seekForInput(
  reads: StoreReads,
  context: RequestContext,
  input: KeyRingInput,
): Promise<Sought> {
  const project = await homeProject(reads, context);
  return { project, ring: await seekKeyRing(reads, project.id, input.keyRing) };
}

function placeOf({ project, ring }: Sought) {
  return { projectId: project.id, keyRingId: ring?.id };
}

function ringRecord(input: KeyRingInput, sought: Sought | undefined): AuditRecord {
  return {
    projectId: sought?.project.id,
    targets: targetsOf('keyRing', sought?.ring),
    details: { named: excerpt(input.keyRing, LIMITS.keyRingNameCharactersMax) },
  };
}
