// What the database itself says about its tables: the same two questions in the words of each engine.

import type { EngineName } from './query.ts';
import type { ReadSession } from './session.ts';

const TABLES = {
  sqlite: `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
  postgres: 'SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename',
} as const satisfies Record<EngineName, string>;

const COLUMNS = {
  sqlite: 'SELECT name FROM pragma_table_info(?) ORDER BY cid',
  postgres: `SELECT column_name::text FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
} as const satisfies Record<EngineName, string>;

export async function listTables(session: ReadSession, engine: EngineName): Promise<readonly string[]> {
  const rows = await session.rows({ sql: TABLES[engine] }, []);
  return rows.map(row => String(row[0]));
}

export async function listColumns(
  session: ReadSession,
  engine: EngineName,
  table: string,
): Promise<readonly string[]> {
  const rows = await session.rows({ sql: COLUMNS[engine] }, [table]);
  return rows.map(row => String(row[0]));
}
