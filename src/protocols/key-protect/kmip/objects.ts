// The objects of an adapter: keys of the project whose facet of the protocol `kmip` carries the adapter's id.

import { withFacets } from '../../../core/facets.ts';
import type { Kms } from '../../../core/kms.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import type { Key } from '../../../domain/key.ts';
import { type KeyState, stateAt } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';

const KMIP = 'kmip';

/** What the KMIP side keeps about a key that an adapter has made, as far as it is shown here. */
export interface KmipFacet {
  readonly adapterId: string;
  readonly createdByCertificate?: string;
  readonly updatedByCertificate?: string;
  readonly destroyedByCertificate?: string;
}

export interface KmipObject {
  readonly key: Key;
  readonly facet: KmipFacet;
}

/** KMIP's numbers of states; 6 is a destroyed key that was compromised before. */
const STATES = {
  preActive: 1,
  active: 2,
  // KMIP has no word for it: it may not be used.
  suspended: 3,
  deactivated: 3,
  compromised: 4,
  destroyed: 5,
} as const satisfies Record<KeyState, number>;

export const LIVE_STATES = [1, 2, 3, 4] as const;
export const ALL_STATES = [1, 2, 3, 4, 5, 6] as const;
export type KmipState = (typeof ALL_STATES)[number];

export function kmipState(key: Key, at: number): KmipState {
  if (key.destruction === undefined) return STATES[stateAt(key, at)];
  return key.destruction.stateBefore === 'compromised' ? 6 : 5;
}

/** Every object of the adapter in those states, by its id. Looks through the keys of the project. */
export async function objectsOf(
  kms: Kms,
  projectId: string,
  adapterId: string,
  states: readonly KmipState[],
): Promise<readonly KmipObject[]> {
  const objects: KmipObject[] = [];
  const at = kms.clock.now();
  let after: string | undefined;
  do {
    const page = await kms.store.keys.list({ projectId }, { limit: LIMITS.pageItemsMax, after });
    for (const { facet, ...key } of await withFacets(kms.store, page.items, KMIP)) {
      if (facet?.adapterId !== adapterId || !states.includes(kmipState(key, at))) continue;
      objects.push({ key, facet: asKmipFacet(facet) });
    }
    after = page.next;
  } while (after !== undefined);
  return objects;
}

export function asKmipFacet(facet: FacetDocument): KmipFacet {
  return facet as unknown as KmipFacet;
}
