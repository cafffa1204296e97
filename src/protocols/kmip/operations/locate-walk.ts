// The objects that Locate looks at, newest first and page by page: a page may be all that it needs. What the core can tell apart by itself,
// states and the instant of creation, is left to it.

import { type FoundKey, searchKeys } from '../../../core/operations/keys/search-keys.ts';
import type { SoughtState } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Sought } from '../attributes/match.ts';
import { namespaceOf, PROTOCOL_NAME } from '../names.ts';
import { type ManagedObject, managedObject } from '../objects/object.ts';
import { type KmipRequest, perform } from '../request.ts';

export interface ObjectPage {
  readonly objects: readonly ManagedObject[];
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/** Most questions are answered by so many, and small projects have no more. */
const FIRST_PAGE_ITEMS = 500;

export async function* walkObjects(
  request: KmipRequest,
  states: readonly SoughtState[],
  sought: Sought,
): AsyncGenerator<ObjectPage, void, void> {
  const born = creationOf(sought);
  let place: Place = { until: born.until, seen: 0 };
  for (let limit = FIRST_PAGE_ITEMS; ; limit = LIMITS.windowItemsMax) {
    const { items, next } = await perform(request, searchKeys, {
      states,
      instants: { createdAt: { from: born.from, until: place.until } },
      sort: [{ by: 'createdAt', descending: true }],
      window: { offset: place.seen, limit },
      withFacet: PROTOCOL_NAME,
      withLinks: sought.has('Link'),
      withNames: sought.has('Name') ? namespaceOf(request.context) : undefined,
    });
    const objects = items.flatMap(({ key, facet, names, links }) => {
      const object = managedObject(key, facet, names, undefined, links);
      return object === undefined ? [] : [object];
    });
    yield { objects, isLast: next === undefined };
    if (next === undefined) return;
    place = placeAfter(items, place);
  }
}

/** Where a walk goes on: before the instant, and past the keys of the last millisecond that it has seen. Skipping all of them would cost more with each page. */
interface Place {
  readonly until: number | undefined;
  readonly seen: number;
}

function placeAfter(items: readonly FoundKey[], { until, seen }: Place): Place {
  const last = items.at(-1)?.key.createdAt ?? 0;
  const ofLast = items.filter(({ key }) => key.createdAt === last).length;
  return { until: last + 1, seen: until === last + 1 ? seen + ofLast : ofLast };
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
