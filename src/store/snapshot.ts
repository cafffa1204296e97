// A consistent copy of everything, out of one database and into another, whatever the engines: rows are plain values either way.

import { sql } from 'kysely';
import { assert } from '../base/assert.ts';
import { isKeyOf } from '../base/table.ts';
import type { SnapshotRow, StoreSnapshot } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import { listColumns, listTables } from './catalog.ts';
import type { Engine, SnapshotSession } from './engine.ts';
import { applyMigrations } from './migrate.ts';
import { SCHEMA_VERSION } from './migrations/index.ts';
import { argument, QueryBuilder } from './query.ts';
import { PRIMARY_KEYS, type TableName } from './schema.ts';
import type { Session, Statement, Value } from './session.ts';

/** Rows read at once: a short stop of the event loop, and little memory. */
const BATCH_ROWS = 500;

/** The state is that of the call. It must be disposed of: until then SQLite's write-ahead log cannot be emptied. */
export function openSnapshot(engine: Engine): StoreSnapshot {
  const begun = engine.beginSnapshot();
  // Whoever reads the first row hears of it.
  begun.catch(() => {});
  return {
    schemaVersion: SCHEMA_VERSION,
    tables: Object.keys(PRIMARY_KEYS),
    rows: table => readTable(engine, begun, table),
    [Symbol.asyncDispose]: async () => {
      const session = await begun.catch(() => undefined);
      await session?.end();
    },
  };
}

async function* readTable(
  engine: Engine,
  begun: Promise<SnapshotSession>,
  table: string,
): AsyncGenerator<SnapshotRow> {
  assert(isKeyOf(PRIMARY_KEYS, table), 'a snapshot has the tables that it names');
  const session = await begun;
  const { db } = new QueryBuilder(engine.name);
  const columns = await listColumns(session, engine.name, table);
  const primaryKey: readonly string[] = PRIMARY_KEYS[table];
  const keyPlaces = primaryKey.map(column => columns.indexOf(column));
  const refs = (names: readonly string[]) => sql.join(names.map(name => sql.ref(name)));
  const select = sql`select ${refs(columns)} from ${sql.table(table)}`;
  const rest = sql`order by ${refs(primaryKey)} limit ${sql.lit(BATCH_ROWS)}`;

  let after: readonly Value[] | undefined;
  for (;;) {
    const where = after === undefined ? sql`` : sql`where (${refs(primaryKey)}) > (${sql.join(after)})`;
    const query = sql`${select} ${where} ${rest}`.compile(db);
    const rows = await session.rows(query as Statement, []);
    for (const row of rows) {
      yield Object.fromEntries(columns.map((column, place) => [column, row[place] ?? null]));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH_ROWS) return;
    after = keyPlaces.map(place => last[place] ?? null);
  }
}

export interface ImportedRow {
  readonly table: string;
  readonly row: SnapshotRow;
}

/**
 * Fills an empty database with the rows of a snapshot, in the order in which the snapshot gave them, and brings it to the schema of
 * this program: all in one transaction. Throws `alreadyExists` for a database that holds anything; `unsupported` for
 * a newer snapshot; `invalidInput` for tables and columns that the snapshot's schema does not have.
 */
export async function importInto(
  engine: Engine,
  schemaVersion: number,
  rows: AsyncIterable<ImportedRow>,
): Promise<void> {
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1 || schemaVersion > SCHEMA_VERSION) {
    throw new KmsError(
      'unsupported',
      `The backup has schema version ${schemaVersion}, and this program knows ${SCHEMA_VERSION}. Restore it with the program that wrote it.`,
    );
  }
  await engine.transaction(async session => {
    const tables = await listTables(session, engine.name);
    if (tables.length > 0) {
      throw new KmsError('alreadyExists', 'The database is not empty. Restore into a new one.');
    }
    await applyMigrations(session, engine.name, 0, schemaVersion);
    await insertRows(session, engine, rows);
    await applyMigrations(session, engine.name, schemaVersion, SCHEMA_VERSION);
  });
}

async function insertRows(session: Session, engine: Engine, rows: AsyncIterable<ImportedRow>): Promise<void> {
  const inserts = new Map<TableName, { columns: readonly string[]; statement: Statement }>();
  const insertInto = async (table: TableName) => {
    const known = inserts.get(table);
    if (known !== undefined) return known;
    const columns = await listColumns(session, engine.name, table);
    const { db } = new QueryBuilder(engine.name);
    const names = sql.join(columns.map(column => sql.ref(column)));
    const values = sql.join(columns.map((_, place) => argument<Value>(place)));
    const query = sql`insert into ${sql.table(table)} (${names}) values (${values})`.compile(db);
    const insert = { columns, statement: query as Statement };
    inserts.set(table, insert);
    return insert;
  };
  for await (const { table, row } of rows) {
    if (!isKeyOf(PRIMARY_KEYS, table)) throw unknownColumn(table);
    const { columns, statement } = await insertInto(table);
    for (const column of Object.keys(row)) {
      if (!columns.includes(column)) throw unknownColumn(`${table}.${column}`);
    }
    await session.run(
      statement,
      columns.map(column => row[column] ?? null),
    );
  }
}

function unknownColumn(name: string): KmsError {
  return new KmsError('invalidInput', `The backup holds ${name}, which its schema version does not have.`);
}
