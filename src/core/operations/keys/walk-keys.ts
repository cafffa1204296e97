// Goes through the keys of a project from the newest on, slice by slice: for protocols that look for keys by what they alone know of them. A slice
// looks at so many keys at the most, however many the project has, so that a question about all of them holds nobody up for long. Whoever walks
// to the end has seen every key.

import { invalidInput } from '../../../domain/errors.ts';
import type { Key } from '../../../domain/key.ts';
import type { SoughtState } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireWithin } from '../../checks.ts';
import type { UseOperation } from '../../operation.ts';
import type { FacetSearch } from '../../ports/key-search.ts';
import {
  dressedKeys,
  type FoundKey,
  findVisible,
  listDemands,
  type SearchTarget,
  type WantedWithKeys,
} from './search-keys.ts';

export interface WalkKeysInput extends WantedWithKeys {
  readonly states: readonly SoughtState[];
  /** What the facet says of the keys that are wanted. */
  readonly facet: FacetSearch;
  /** Made at that instant or later; undefined: ever. */
  readonly from?: number | undefined;
  /** Made before that instant: where the slice before has ended. */
  readonly until?: number | undefined;
  /** How many keys the slice looks at; a few more where several were made in one millisecond. */
  readonly candidates: number;
}

export interface KeySlice {
  /** Newest first. */
  readonly items: readonly FoundKey[];
  /** Where the next slice begins; undefined: every key was looked at. */
  readonly next?: number | undefined;
}

export const walkKeys: UseOperation<WalkKeysInput, SearchTarget, KeySlice> = {
  name: 'key.walk',
  kind: 'read',
  disclosure: 'denied',
  check({ states, candidates, facet, from = 0, until = 0 }) {
    if (states.length === 0) throw invalidInput('states', 'must name at least one state');
    requireWithin('candidates', candidates, 1, LIMITS.keysPerSliceMax);
    if (facet.containing.length > LIMITS.facetTextsMax)
      throw invalidInput('facet', `must name at most ${LIMITS.facetTextsMax} texts`);
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(until))
      throw invalidInput('from', 'must be whole milliseconds');
  },
  find: (reads, context) => findVisible(reads, context, {}),
  demands: listDemands,
  async run(kms, { target, input }) {
    const { project, visible } = target;
    const { states, facet, from, until, candidates } = input;
    const { keyRingIds, keyIds } = visible;
    const query = { projectId: project.id, keyRingIds, keyIds, states, at: kms.clock.now() };
    const place = { from, until };
    const end = await kms.store.keySearch.creationOf(
      { ...query, instants: { createdAt: place } },
      candidates,
    );
    const slice = { ...query, facet, instants: { createdAt: { until, from: end ?? from } } };
    const keys: readonly Key[] = await kms.store.keySearch.search(
      slice,
      [{ by: 'createdAt', descending: true }],
      undefined,
    );
    return { items: await dressedKeys(kms, keys, input), next: end };
  },
  record: (_input, target) => ({ projectId: target?.project.id, targets: [] }),
};
