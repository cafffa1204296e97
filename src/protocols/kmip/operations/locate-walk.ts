// The objects that Locate looks at, newest first and slice by slice: one may be all that it needs. What the core can tell apart by itself is left to
// it: states, the instant of creation, kinds and marks (attributes/marks.ts).

import { type WalkKeysInput, walkKeys } from '../../../core/operations/keys/walk-keys.ts';
import type { SoughtState } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { valueName } from '../../../wire/ttlv/index.ts';
import { soughtKinds, soughtMarks, suppliesInitialDate } from '../attributes/marks.ts';
import type { Sought } from '../attributes/match.ts';
import { namespaceOf, PROTOCOL_NAME } from '../names.ts';
import { type ManagedObject, managedObject } from '../objects/object.ts';
import { type KmipRequest, perform } from '../request.ts';
import { storedStates } from '../words.ts';

export interface ObjectPage {
  readonly objects: readonly ManagedObject[];
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/** How many are looked at first: whoever wants one object mostly finds it among the newest. Each slice after it is so many times as large. */
const FIRST_CANDIDATES = { min: 50, max: 500 } as const;
const GROWTH = 10;

/** `enough`: how many objects the question asks for. */
export async function* walkObjects(
  request: KmipRequest,
  states: readonly SoughtState[],
  sought: Sought,
  enough: number,
): AsyncGenerator<ObjectPage, void, void> {
  const marks = soughtMarks(sought);
  const state = sought.get('State')?.map(({ item }) => valueName('State', item.uint32));
  const ids = sought.get('UniqueIdentifier')?.map(({ item }) => item.text);
  let candidates = Math.min(Math.max(2 * enough, FIRST_CANDIDATES.min), FIRST_CANDIDATES.max);
  const spans = spansOf(sought);
  for (const span of spans) {
    const { from, ofKind } = span;
    let { until } = span;
    do {
      const { items, next } = await perform(request, walkKeys, {
        states,
        ids,
        stored: state && storedStates(state),
        ofKind,
        marks,
        from,
        until,
        candidates,
        withFacet: PROTOCOL_NAME,
        withLinks: sought.has('Link'),
        withNames: sought.has('Name') ? namespaceOf(request.context) : undefined,
      });
      const objects = items.flatMap(({ key, facet: kept, names, links }) => {
        const object = managedObject(key, kept, names, undefined, links);
        return object === undefined ? [] : [object];
      });
      yield { objects, isLast: next === undefined && span === spans.at(-1) };
      until = next;
      candidates = Math.min(GROWTH * candidates, LIMITS.keysPerSliceMax);
    } while (until !== undefined);
  }
}

/** Objects that were made between two instants, of some kinds. */
type Span = Pick<WalkKeysInput, 'from' | 'until' | 'ofKind'>;

/** Newest first. What was brought with an Initial Date of its own was made here before or after those that began then. */
function spansOf(sought: Sought): readonly Span[] {
  const ofKind = soughtKinds(sought);
  const { from, until } = creationOf(sought);
  if (from === undefined || until === undefined) return [{ ofKind }];
  const brought = (kind: string) => suppliesInitialDate(kind) && (ofKind?.(kind) ?? true);
  return [
    { from: until, ofKind: brought },
    { from, until, ofKind },
    { until: from, ofKind: brought },
  ];
}

const SECOND_MS = 1_000;

/** The instants between which an object with that Initial Date was made, as far as it is asked for. */
function creationOf(sought: Sought): { readonly from?: number; readonly until?: number } {
  const instants = (sought.get('InitialDate') ?? [])
    .filter(({ item }) => item.type === 'DateTime')
    .map(({ item }) => Number(item.int64) * SECOND_MS);
  if (instants.length === 0) return {};
  const [from, until] = [Math.min(...instants), Math.max(...instants) + SECOND_MS];
  return Number.isSafeInteger(from) && Number.isSafeInteger(until) ? { from, until } : {};
}
