// The page of the tables, against a store as the migrations make it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { DATABASE_FILE, openStore } from './index.ts';

interface Column {
  readonly name: string;
  readonly mayBeNull: boolean;
  readonly isKey: boolean;
}

const byName = (left: Column, right: Column): number => (left.name < right.name ? -1 : 1);

function columnsOnPage(cell: string): readonly Column[] {
  const columns = cell.replaceAll(/\([^)]*\)/g, '').split(',');
  return columns
    .map(column => {
      const [, bold, name = '', mark] = /^(\*\*)?(\w+)(?:\*\*)?(\?)?/.exec(column.trim()) ?? [];
      return { name, mayBeNull: mark !== undefined, isKey: bold !== undefined };
    })
    .sort(byName);
}

function columnsIn(database: DatabaseSync, table: string): readonly Column[] {
  const rows = database.prepare('SELECT name, "notnull", pk FROM pragma_table_info(?)').all(table);
  return rows
    .map(row => ({
      name: String(row.name),
      mayBeNull: row.notnull === 0 && row.pk === 0,
      isKey: row.pk !== 0,
    }))
    .sort(byName);
}

test('the page of the tables has every table with its columns', async () => {
  const dataDirectory = await temporaryDirectory();
  const store = await openStore('sqlite', {
    dataDirectory,
    onFatal(error) {
      throw error;
    },
  });
  await store.close();
  using database = new DatabaseSync(join(dataDirectory, DATABASE_FILE), { readOnly: true });
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => String(name));
  const page = readFileSync(new URL('../../docs/formats/schema.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([^|]*) \|/gm)];
  assert.deepEqual(
    Object.fromEntries(rows.map(([, table, columns = '']) => [table, columnsOnPage(columns)])),
    Object.fromEntries(tables.map(table => [table, columnsIn(database, table)])),
  );
});
