// Instants of requests. IBM's dates have whole seconds: an instant is compared as it is shown, not as it was measured.

/** RFC 3339 with any number of decimals, and an offset. */
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Milliseconds; undefined for what is no date. */
export function parseDate(text: string): number | undefined {
  if (!RFC3339.test(text)) return undefined;
  const ms = Date.parse(text.replace(/(\.\d{3})\d+/, '$1').toUpperCase());
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}

const SECOND_MS = 1_000;

/** The instants that, cut to whole seconds, stand in that relation to the date: from inclusive, until exclusive. */
export function rangeOf(
  relation: 'lt' | 'lte' | 'gt' | 'gte' | 'eq',
  date: number,
): { readonly from?: number; readonly until?: number } {
  const floor = Math.floor(date / SECOND_MS) * SECOND_MS;
  const ceiling = Math.ceil(date / SECOND_MS) * SECOND_MS;
  switch (relation) {
    case 'lt':
      return { until: ceiling };
    case 'lte':
      return { until: floor + SECOND_MS };
    case 'gt':
      return { from: floor + SECOND_MS };
    case 'gte':
      return { from: ceiling };
    case 'eq':
      // Between two seconds there is none.
      return { from: ceiling, until: floor + SECOND_MS };
  }
}
