// Goes through the keys of a project from the newest on, slice by slice: for protocols that look for keys by what they alone know of them. Keys are
// told apart by their kinds and marks (ports/key-marks.ts); a slice looks at so many keys at the most, however many the project has, so that a
// question about all of them holds nobody up for long. Whoever walks to the end has been given every key with the traits.

import { invalidInput } from '../../../domain/errors.ts';
import type { KeyState, SoughtState } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireWithin } from '../../checks.ts';
import type { Kms } from '../../kms.ts';
import type { UseOperation } from '../../operation.ts';
import type { KeyTrait } from '../../ports/key-walk.ts';
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
  /** One of these; undefined: any. */
  readonly ids?: readonly string[] | undefined;
  /** In which state it is, but for the clock; undefined: any. */
  readonly stored?: readonly KeyState[] | undefined;
  /** Whether a key of the kind may be wanted; undefined: whatever it is. */
  readonly ofKind?: ((kind: string) => boolean) | undefined;
  /** Of each of these the wanted keys have at least one. */
  readonly marks: readonly (readonly string[])[];
  /** Made at that instant or later; undefined: ever. */
  readonly from?: number | undefined;
  /** Made before that instant: where the slice before has ended. */
  readonly until?: number | undefined;
  /** How many keys the slice looks at; a few more where several kinds or marks are meant. */
  readonly candidates: number;
}

export interface KeySlice {
  /** Newest first. */
  readonly items: readonly FoundKey[];
  /** Where the next slice begins; undefined: there is none. */
  readonly next?: number | undefined;
}

export const walkKeys: UseOperation<WalkKeysInput, SearchTarget, KeySlice> = {
  name: 'key.walk',
  kind: 'read',
  disclosure: 'denied',
  check({ states, candidates, ids, marks, from = 0, until = 0 }) {
    if (states.length === 0) throw invalidInput('states', 'must name at least one state');
    requireWithin('candidates', candidates, 1, LIMITS.keysPerSliceMax);
    if ((ids?.length ?? 0) > LIMITS.marksSoughtMax)
      throw invalidInput('ids', `must be at most ${LIMITS.marksSoughtMax}`);
    if (marks.length > LIMITS.marksSoughtMax)
      throw invalidInput('marks', `must be at most ${LIMITS.marksSoughtMax}`);
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(until))
      throw invalidInput('from', 'must be whole milliseconds');
  },
  find: (reads, context) => findVisible(reads, context, {}),
  demands: listDemands,
  async run(kms, { target, input }) {
    const { project, visible } = target;
    const { states, from, until, candidates } = input;
    const { keyRingIds, keyIds } = visible;
    const traits = await traitsOf(kms, project.id, input);
    const walk = {
      projectId: project.id,
      keyRingIds,
      keyIds,
      states,
      at: kms.clock.now(),
      traits,
      from,
      until,
    };
    const { keys, next } = await kms.store.keyWalk.slice(walk, candidates);
    return { items: await dressedKeys(kms, keys, input), next };
  },
  record: (_input, target) => ({ projectId: target?.project.id, targets: [] }),
};

/** What no index can tell apart any more is no trait: a kind that every key has, or too many kinds to ask about each. */
async function traitsOf(
  kms: Kms,
  projectId: string,
  { ids, stored, ofKind, marks }: WalkKeysInput,
): Promise<readonly KeyTrait[]> {
  const told: readonly KeyTrait[] = [
    ...(ids === undefined ? [] : [{ by: 'id', anyOf: ids } as const]),
    ...(stored === undefined ? [] : [{ by: 'state', anyOf: stored } as const]),
    ...marks.map(anyOf => ({ by: 'mark', anyOf }) as const),
  ];
  if (ofKind === undefined) return told;
  const kinds = await kms.store.keyWalk.kinds(projectId, LIMITS.kindsOfKeysMax + 1);
  const wanted = kinds.filter(ofKind);
  const tellsApart = kinds.length <= LIMITS.kindsOfKeysMax && wanted.length < kinds.length;
  return tellsApart ? [...told, { by: 'kind', anyOf: wanted }] : told;
}
