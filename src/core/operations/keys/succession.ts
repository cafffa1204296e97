// One key takes the place of another: it gets the names that led to it, and both say of each other what they are. What was protected under
// the old key stays under it, and its state is its own.

import { KmsError, limitExceeded } from '../../../domain/errors.ts';
import type { Facet } from '../../../domain/facet.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Making } from '../../context.ts';
import { writeFacet } from '../../facets.ts';
import { type KeySelector, keyDemand } from '../../find-key.ts';
import type { Demand } from '../../operation.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { storeLinks } from '../links/key-links.ts';
import { requireUserManaged } from './on-key.ts';

/** What a caller says of the key whose place is taken. */
export interface SuccessionInput {
  readonly key: KeySelector;
  /** Refuse with `conflict` when the key has changed since the caller saw it in this revision. */
  readonly revision?: number | undefined;
  /** Whose names go over to the new key; undefined: none. */
  readonly namesOf?: string | undefined;
  /** What the protocol keeps about the old key from then on. */
  readonly facetOfReplaced?: Facet | undefined;
}

export function successionDemands(
  { key }: KeyWithVersion,
  { namesOf }: Pick<SuccessionInput, 'namesOf'>,
): readonly Demand[] {
  return [keyDemand('key.update', key), ...(namesOf === undefined ? [] : [keyDemand('name.update', key)])];
}

/** Any state but destroyed. Throws `serviceKey`, `keyDestroyed`, `keyPendingDestruction`, `keyArchived` and `conflict`. */
export function requireReplaceable(key: Key, { revision }: Pick<SuccessionInput, 'revision'>): void {
  requireUserManaged(key);
  requireChangeable(key);
  if (key.archivedAt !== undefined)
    throw new KmsError('keyArchived', `Key ${key.id} is archived.`, { keyId: key.id });
  if (revision !== undefined && revision !== key.revision)
    throw new KmsError('conflict', `Key ${key.id} has changed meanwhile.`, { keyId: key.id });
}

/** The names go over, the links are written at both ends, and the old key has changed. */
export async function takePlace(
  tx: StoreTransaction,
  { from, to }: { readonly from: KeyWithVersion; readonly to: KeyWithVersion },
  { namesOf, facetOfReplaced }: SuccessionInput,
  making: Making,
): Promise<void> {
  const { at } = making;
  if (namesOf !== undefined) await moveNames(tx, from.key, to.key, namesOf, at);
  await storeLinks(tx, { from, to }, { type: 'replacedBy', mutual: true }, making);
  await tx.keys.update({ ...from.key, replacement: undefined, updatedAt: at });
  if (facetOfReplaced !== undefined) await writeFacet(tx, from.key.id, facetOfReplaced);
}

async function moveNames(
  tx: StoreTransaction,
  from: Key,
  to: Key,
  namespace: string,
  at: number,
): Promise<void> {
  const filter = { projectId: from.projectId, namespace, keyId: from.id };
  const { items } = await tx.names.list(filter, { limit: LIMITS.namesPerKeyMax });
  const max = LIMITS.namesPerKeyMax;
  if (items.length + (await tx.names.countOfKey(to.id)) > max) {
    throw limitExceeded('A key', max, 'names', { keyId: to.id });
  }
  for (const name of items) await tx.names.update({ ...name, keyId: to.id, updatedAt: at });
}
