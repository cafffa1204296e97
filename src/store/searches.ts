// What searches of different tables have in common: texts whose letters are alike in either case, ranges of instants, and where what is
// absent stands in an order.

import { type Expression, type OrderByItemBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { InstantRange } from '../domain/instant-range.ts';

/** Both engines fold the letters of ASCII and no others under the collation of the columns that are searched. */
export function folded(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase());
}

/** A character that no pattern can do without: the engines do not agree on what escapes when nothing is said. */
const NO_ESCAPE = '\u0001';

export function likeIgnoringCase(column: RawBuilder<unknown>, pattern: string): Expression<SqlBool> {
  const sought = folded(pattern.replaceAll(NO_ESCAPE, ''));
  return sql<SqlBool>`lower(${column}) like ${sought} escape ${sql.lit(NO_ESCAPE)}`;
}

/** All of them hold of a column whose instant is in the range; none where nothing is asked. */
export function inRange(
  column: string,
  { from, until, absent }: InstantRange,
): readonly Expression<SqlBool>[] {
  const instant = sql.ref(column);
  return [
    ...(absent === undefined
      ? []
      : [absent ? sql<SqlBool>`${instant} is null` : sql<SqlBool>`${instant} is not null`]),
    ...(from === undefined ? [] : [sql<SqlBool>`${instant} >= ${from}`]),
    ...(until === undefined ? [] : [sql<SqlBool>`${instant} < ${until}`]),
  ];
}

/** What is absent comes before all others, and in descending order after them. */
export function absentFirst(descending: boolean) {
  return (order: OrderByItemBuilder) => (descending ? order.desc().nullsLast() : order.asc().nullsFirst());
}
