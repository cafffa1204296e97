// Search in the audit log. One index leads (key, principal, project, or the log itself); what the index does not know is checked on
// the row, a bounded number of rows at a time, so that a rare outcome in a long log holds nobody up. Times are found by bisection.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely';
import type { LogEntryRow, LogFilter, LogReads } from '../../core/ports/store.ts';
import { bytes, integer } from '../columns.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { Tables } from '../schema.ts';
import type { ReadSession, Row, Statement } from '../session.ts';

type LogPage = Parameters<LogReads['search']>[1];

/** Candidates read at once while most of them are refused. */
const WINDOW_MAX = 1_000;
/** The window starts at the page and grows while too few candidates match. */
const WINDOW_GROWTH = 4;

/** The one row of `log_head`. */
export const HEAD = 1;

/** The entries of `low` up to but excluding `high`. */
interface Span {
  readonly low: number;
  readonly high: number;
}

export function entryFromRow(row: Row): LogEntryRow {
  return { index: integer(row[0]), leaf: bytes(row[1]) };
}

export function logSearch(query: QueryBuilder) {
  const { db } = query;
  const newest = query.prepare(
    db.selectFrom('log_entries').select('entry_index').orderBy('entry_index', 'desc').limit(1),
  );
  const instantOf = query.prepare(
    db.selectFrom('log_entries').select('at').where('entry_index', '=', argument(0)),
  );

  const disorder = query.prepare(
    db.selectFrom('log_head').select('disorder_ms').where('id', '=', argument(0)),
  );

  /**
   * Entries stand in the order in which they were committed, which differs from the order of their instants by the wait for the group
   * commit, by the clocks of the nodes, and by whatever a clock was set back. The log knows by how much at most.
   */
  async function disorderOf(session: ReadSession): Promise<number> {
    const [row] = await session.rows(disorder, [HEAD]);
    return row === undefined ? 0 : integer(row[0]);
  }

  /** The first entry that may be at or after the instant: none before it is. */
  async function bisect(
    session: ReadSession,
    { low, high }: Span,
    instant: number,
    disorderMs: number,
  ): Promise<number> {
    let from = low;
    let to = high;
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      const [row] = await session.rows(instantOf, [middle]);
      if (integer(row?.[0]) < instant - disorderMs) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  async function spanOf(session: ReadSession, filter: LogFilter): Promise<Span> {
    const [last] = await session.rows(newest, []);
    const all: Span = { low: 0, high: last === undefined ? 0 : integer(last[0]) + 1 };
    const { fromMs, untilMs } = filter;
    if (fromMs === undefined && untilMs === undefined) return all;
    const disorderMs = await disorderOf(session);
    const low = fromMs === undefined ? all.low : await bisect(session, all, fromMs, disorderMs);
    // Two disorders on: whatever stands after an entry that late is itself after the instant.
    const high =
      untilMs === undefined
        ? all.high
        : await bisect(session, { low, high: all.high }, untilMs + 2 * disorderMs, disorderMs);
    return { low, high };
  }

  /** The leaf of an entry that matches all that the leading index does not know, else null. */
  function matching(filter: LogFilter) {
    const eb = expressionBuilder<Tables, 'log_entries'>();
    const checks: Expression<SqlBool>[] = [];
    if (filter.projectId !== undefined) checks.push(eb('project_id', '=', filter.projectId));
    if (filter.principalId !== undefined) checks.push(eb('principal_id', '=', filter.principalId));
    if (filter.operation !== undefined) checks.push(eb('operation', '=', filter.operation));
    if (filter.outcome !== undefined) checks.push(eb('outcome', '=', filter.outcome));
    if (filter.fromMs !== undefined) checks.push(eb('at', '>=', filter.fromMs));
    if (filter.untilMs !== undefined) checks.push(eb('at', '<', filter.untilMs));
    if (checks.length === 0) return eb.ref('leaf').as('matching');
    return eb.case().when(eb.and(checks)).then(eb.ref('leaf')).else(null).end().as('matching');
  }

  /** Index and leaf of the candidates of the span in order; the leaf of those that do not match is null. */
  function candidates(
    filter: LogFilter,
    { low, high }: Span,
    newestFirst: boolean,
    limit: number,
  ): Statement {
    const direction = newestFirst ? 'desc' : 'asc';
    const { keyId, principalId, projectId } = filter;
    if (keyId === undefined) {
      let entries = db
        .selectFrom('log_entries')
        .select(['entry_index', matching(filter)])
        .where('entry_index', '>=', low)
        .where('entry_index', '<', high)
        .orderBy('entry_index', direction)
        .limit(limit);
      if (principalId !== undefined) entries = entries.where('principal_id', '=', principalId);
      else if (projectId !== undefined) entries = entries.where('project_id', '=', projectId);
      return query.compile(entries);
    }
    const ofKey = (used: number) => {
      const some = db
        .selectFrom('log_keys')
        .select('entry_index')
        .where('key_id', '=', keyId)
        .where('used', '=', used)
        .where('entry_index', '>=', low)
        .where('entry_index', '<', high)
        .orderBy('entry_index', direction)
        .limit(limit);
      return db.selectFrom(some.as('some')).select('some.entry_index');
    };
    // Each entry is looked up by itself: a join might be made by reading all of them.
    const leaf = db
      .selectFrom('log_entries')
      .select(matching(filter))
      .whereRef('log_entries.entry_index', '=', sql.ref<number>('led.entry_index'));
    return query.compile(
      db
        .selectFrom(ofKey(0).unionAll(ofKey(1)).as('led'))
        .select(['led.entry_index', leaf.as('matching')])
        .orderBy('led.entry_index', direction)
        .limit(limit),
    );
  }

  return async (session: ReadSession, filter: LogFilter, page: LogPage): Promise<readonly LogEntryRow[]> => {
    const { limit, newestFirst, after } = page;
    let { low, high } = await spanOf(session, filter);
    if (after !== undefined) {
      if (newestFirst) high = Math.min(high, after);
      else low = Math.max(low, after + 1);
    }
    const found: LogEntryRow[] = [];
    let window = limit;
    while (low < high && found.length < limit) {
      const rows = await session.rows(candidates(filter, { low, high }, newestFirst, window), []);
      for (const row of rows) {
        if (row[1] !== null && found.length < limit) found.push(entryFromRow(row));
      }
      if (rows.length < window) break;
      const last = integer(rows.at(-1)?.[0]);
      if (newestFirst) high = last;
      else low = last + 1;
      window = Math.max(limit, Math.min(window * WINDOW_GROWTH, WINDOW_MAX));
      if (found.length < limit) await nextTurn();
    }
    return found;
  };
}
