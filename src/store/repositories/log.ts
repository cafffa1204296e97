// The tables of the audit log. The log grows by every operation, so each entry is one row, and one more per key among its targets.

import type { LogHeadRow, LogReads, LogRow, LogWrites } from '../../core/ports/store.ts';
import { bytes, integer, text } from '../columns.ts';
import { findOne } from '../outcomes.ts';
import { argument, type EngineName, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session, Statement } from '../session.ts';
import { entryFromRow, HEAD, logSearch } from './log-search.ts';

const ENTRY_COLUMNS = [
  'entry_index',
  'at',
  'project_id',
  'principal_id',
  'operation',
  'outcome',
  'leaf',
] as const;

const KEY_COLUMNS = ['key_id', 'used', 'entry_index'] as const;

/**
 * Rows per insert, the largest first. PostgreSQL pays for every round trip; in SQLite, one row at a time through one prepared statement
 * is twice as fast as many rows in one statement.
 */
const BATCHES = {
  sqlite: [1],
  postgres: [64, 16, 4, 1],
} as const satisfies Record<EngineName, readonly number[]>;

function rowOf({ index, at, projectId, principalId, operation, outcome, leaf }: LogRow): Row {
  return [index, at, projectId ?? null, principalId ?? null, operation, outcome, leaf];
}

function headFromRow(row: Row): LogHeadRow {
  return { tree: bytes(row[0]), latestAt: integer(row[1]), disorderMs: integer(row[2]) };
}

/** One row per key, used if any of its targets was. */
function keyRowsOf({ index, keys }: LogRow): Row[] {
  const used = new Map<string, boolean>();
  for (const key of keys) used.set(key.keyId, key.used || used.get(key.keyId) === true);
  return Array.from(used, ([keyId, wasUsed]) => [keyId, Number(wasUsed), index]);
}

export function logRepository(query: QueryBuilder) {
  const { db } = query;
  const search = logSearch(query);
  const head = query.prepare(
    db.selectFrom('log_head').select(['head', 'latest_at', 'disorder_ms']).where('id', '=', argument(0)),
  );
  const putHead = query.prepare(
    db
      .insertInto('log_head')
      .values({ id: argument(0), head: argument(1), latest_at: argument(2), disorder_ms: argument(3) })
      .onConflict(conflict =>
        conflict
          .column('id')
          .doUpdateSet({ head: argument(1), latest_at: argument(2), disorder_ms: argument(3) }),
      ),
  );
  const leaves = query.prepare(
    db
      .selectFrom('log_entries')
      .select(['entry_index', 'leaf'])
      .where('entry_index', '>=', argument(0))
      .orderBy('entry_index')
      .limit(argument<number>(1)),
  );
  const tile = query.prepare(
    db
      .selectFrom('log_tiles')
      .select('hashes')
      .where('level', '=', argument(0))
      .where('tile_index', '=', argument(1)),
  );
  const putTile = query.insert('log_tiles', ['level', 'tile_index', 'hashes']);
  const lastUse = query.prepare(
    db
      .selectFrom('log_keys')
      .innerJoin('log_entries', 'log_entries.entry_index', 'log_keys.entry_index')
      .select(['log_entries.entry_index', 'log_entries.leaf'])
      .where('log_keys.key_id', '=', argument(0))
      .where('log_keys.used', '=', 1)
      .orderBy('log_keys.entry_index', 'desc')
      .limit(1),
  );
  const checkpoints = query.prepare(
    db
      .selectFrom('log_checkpoints')
      .select(['size', 'note'])
      .orderBy('size', 'desc')
      .limit(argument<number>(0)),
  );
  const putCheckpoint = query.prepare(
    db
      .insertInto('log_checkpoints')
      .values({ size: argument(0), note: argument(1) })
      .onConflict(conflict => conflict.column('size').doUpdateSet({ note: argument(1) })),
  );
  const entryInserts = BATCHES[query.engine].map(size => ({
    size,
    statement: query.insertMany('log_entries', ENTRY_COLUMNS, size),
  }));
  const keyInserts = BATCHES[query.engine].map(size => ({
    size,
    statement: query.insertMany('log_keys', KEY_COLUMNS, size),
  }));

  const reads = (session: ReadSession): LogReads => ({
    head: () => findOne(session, head, [HEAD], headFromRow),
    leaves: async (index, limit) => (await session.rows(leaves, [index, limit])).map(entryFromRow),
    tile: (level, index) => findOne(session, tile, [level, index], row => bytes(row[0])),
    search: (filter, page) => search(session, filter, page),
    lastUse: keyId => findOne(session, lastUse, [keyId], entryFromRow),
    checkpoints: async limit =>
      (await session.rows(checkpoints, [limit])).map(row => ({ size: integer(row[0]), note: text(row[1]) })),
  });
  const writes = (session: Session): LogReads & LogWrites => ({
    ...reads(session),
    append: async rows => {
      await insertBatches(session, entryInserts, rows.map(rowOf));
      await insertBatches(session, keyInserts, rows.flatMap(keyRowsOf));
    },
    putHead: async ({ tree, latestAt, disorderMs }) =>
      void (await session.run(putHead, [HEAD, tree, latestAt, disorderMs])),
    putTile: async (level, index, hashes) => void (await session.run(putTile, [level, index, hashes])),
    putCheckpoint: async (size, note) => void (await session.run(putCheckpoint, [size, note])),
  });
  return { reads, writes };
}

async function insertBatches(
  session: Session,
  inserts: readonly { readonly size: number; readonly statement: Statement }[],
  rows: readonly Row[],
): Promise<void> {
  let done = 0;
  for (const { size, statement } of inserts) {
    const batches: Row[] = [];
    for (; rows.length - done >= size; done += size) batches.push(joined(rows, done, size));
    if (batches.length > 0) await session.runEach(statement, batches);
  }
}

function joined(rows: readonly Row[], start: number, count: number): Row {
  return count === 1 ? (rows[start] ?? []) : rows.slice(start, start + count).flat();
}
