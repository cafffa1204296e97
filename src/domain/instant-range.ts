// Ranges of instants, by which lists are narrowed.

/** Milliseconds; what is undefined is not asked. */
export interface InstantRange {
  readonly from?: number | undefined;
  /** Exclusive. */
  readonly until?: number | undefined;
  /** Those without the instant, and no others; false: those with one. */
  readonly absent?: boolean | undefined;
}

export type InstantRelation = 'lt' | 'lte' | 'gt' | 'gte' | 'eq';

/** The instants that, cut to whole units, stand in that relation to one. */
export function rangeOf(relation: InstantRelation, at: number, unitMs = 1): InstantRange {
  const floor = Math.floor(at / unitMs) * unitMs;
  const ceiling = Math.ceil(at / unitMs) * unitMs;
  switch (relation) {
    case 'lt':
      return { until: ceiling };
    case 'lte':
      return { until: floor + unitMs };
    case 'gt':
      return { from: floor + unitMs };
    case 'gte':
      return { from: ceiling };
    case 'eq':
      // Between two units there is none.
      return { from: ceiling, until: floor + unitMs };
  }
}

/** What both allow. */
export function narrowed(one: InstantRange | undefined, other: InstantRange): InstantRange {
  if (one === undefined) return other;
  // An instant that is absent and in a range: nothing has it.
  if (one.absent !== other.absent) return { from: 1, until: 0 };
  return {
    absent: one.absent,
    from: maxOf(one.from, other.from),
    until: minOf(one.until, other.until),
  };
}

function maxOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}

function minOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
