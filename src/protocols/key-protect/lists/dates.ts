// Instants of requests. IBM's dates have whole seconds: an instant is compared as it is shown, not as it was measured.

import { type InstantRange, type InstantRelation, rangeOf } from '../../../domain/instant-range.ts';

/** RFC 3339 with any number of decimals, and an offset. */
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Milliseconds; undefined for what is no date. */
export function parseDate(text: string): number | undefined {
  if (!RFC3339.test(text)) return undefined;
  const ms = Date.parse(text.replace(/(\.\d{3})\d+/, '$1').toUpperCase());
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}

const SECOND_MS = 1_000;

/** The instants that are shown in that relation to the date. */
export function rangeOfDate(relation: InstantRelation, date: number): InstantRange {
  return rangeOf(relation, date, SECOND_MS);
}
