// Every migration in order: the n-th one leads from schema version n - 1 to n. They are written once, in SQLite's words, but for what the
// engines say altogether differently.

import type { EngineName } from '../query.ts';
import { initial } from './0001-initial.ts';
import { secrets } from './0002-secrets.ts';
import { keysByCreation } from './0003-keys-by-creation.ts';
import { linksByTarget } from './0004-links-by-target.ts';
import { orderOfTheLog } from './0005-order-of-the-log.ts';
import { keyMarks } from './0006-key-marks.ts';

const MIGRATIONS: readonly (string | Readonly<Record<EngineName, string>>)[] = [
  initial,
  secrets,
  keysByCreation,
  linksByTarget,
  orderOfTheLog,
  keyMarks,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** The statements that lead to the version from the one before. */
export function migrationStatements(version: number, engine: EngineName): readonly string[] {
  const migration = MIGRATIONS[version - 1] ?? '';
  const text = typeof migration === 'string' ? migration : migration[engine];
  return (engine === 'postgres' ? inPostgresWords(text) : text)
    .split(';')
    .map(statement => statement.trim())
    .filter(statement => statement !== '');
}

/**
 * The four words in which the engines differ. Texts are ordered by code point in both, since cursors walk in that order and the
 * default collation of a PostgreSQL database is a matter of taste.
 */
function inPostgresWords(text: string): string {
  return text
    .replaceAll(/\) STRICT(, WITHOUT ROWID)?/g, ')')
    .replaceAll(/\bINTEGER\b/g, 'BIGINT')
    .replaceAll(/\bBLOB\b/g, 'BYTEA')
    .replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"');
}
