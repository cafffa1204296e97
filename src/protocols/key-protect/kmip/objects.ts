// The objects of an adapter: the keys in its ring.

import { withFacets } from '../../../core/facets.ts';
import type { Kms } from '../../../core/kms.ts';
import { pagesOf } from '../../../core/pages.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import type { Key } from '../../../domain/key.ts';
import { type KeyState, stateAt } from '../../../domain/key-state.ts';
import type { Principal } from '../../../domain/principal.ts';

/** The protocol that keeps facets of the objects. */
export const KMIP = 'kmip';

/** What the KMIP side keeps about a key, as far as it is shown here. */
export interface KmipFacet {
  /** KMIP's number. Absent where another protocol has made the key. */
  readonly objectType?: number;
  readonly createdByCredential?: string;
  readonly changedByCredential?: string;
  /** Absent where it was destroyed through another protocol. */
  readonly destroyedByCredential?: string;
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

/** Every object of the adapter in those states, by its id. */
export async function objectsOf(
  kms: Kms,
  { projectId = '', keyRingId }: Principal,
  states: readonly KmipState[],
): Promise<readonly KmipObject[]> {
  const objects: KmipObject[] = [];
  if (keyRingId === undefined) return objects;
  const at = kms.clock.now();
  for await (const keys of pagesOf(page => kms.store.keys.list({ projectId, keyRingId }, page))) {
    for (const { facet, ...key } of await withFacets(kms.store, keys, KMIP)) {
      if (states.includes(kmipState(key, at))) objects.push({ key, facet: asKmipFacet(facet) });
    }
  }
  return objects;
}

export function asKmipFacet(facet: FacetDocument | undefined): KmipFacet {
  return (facet ?? {}) as KmipFacet;
}
