// The way in: opens the store that a setting names. No error repeats the setting, since a URL may hold a password.

import { join } from 'node:path';
import type { Store } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import type { Engine } from './engine.ts';
import { migrate } from './migrate.ts';
import { openPostgres } from './postgres.ts';
import { type ImportedRow, importInto } from './snapshot.ts';
import { openSqlite, type SqliteOptions } from './sqlite.ts';
import { storeOn } from './store.ts';

export type { ImportedRow } from './snapshot.ts';

export interface StoreOptions extends SqliteOptions {
  /** Where the SQLite file lives when the setting names none. */
  readonly dataDirectory: string;
}

/** The SQLite file inside the data directory. */
export const DATABASE_FILE = 'keyhold.db';

/**
 * Opens the store named by `sqlite` (a file in the data directory), `sqlite:<path>` or `postgres://user@host/database`, and brings its
 * schema up to date. Throws `storeUnavailable` saying what to do; `invalidInput` for another setting.
 */
export async function openStore(setting: string, options: StoreOptions): Promise<Store> {
  const engine = await openEngine(setting, options);
  try {
    await migrate(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return storeOn(engine);
}

/**
 * Fills the empty store that the setting names with the rows of a snapshot, all or nothing. Throws `storeUnavailable` when it is not
 * empty or the snapshot is of a newer program, `invalidInput` when the rows do not fit their schema.
 */
export async function importSnapshot(
  setting: string,
  options: StoreOptions,
  schemaVersion: number,
  rows: AsyncIterable<ImportedRow>,
): Promise<void> {
  const engine = await openEngine(setting, options);
  try {
    await importInto(engine, schemaVersion, rows);
  } finally {
    await engine.close();
  }
}

async function openEngine(setting: string, options: StoreOptions): Promise<Engine> {
  if (setting === 'sqlite') return openSqlite(join(options.dataDirectory, DATABASE_FILE), options);
  if (/^sqlite:./.test(setting)) return openSqlite(setting.slice('sqlite:'.length), options);
  if (/^postgres(?:ql)?:\/\//.test(setting) && URL.canParse(setting)) return openPostgres(setting);
  throw new KmsError(
    'invalidInput',
    'The store setting must be sqlite, sqlite:<path>, or postgres://user:password@host:port/database. Percent-encode special characters of the password.',
    { field: 'store' },
  );
}
