// Brings a database to the schema of this program: forward only, each migration in its own transaction, under the writers' lock.
// A database of something else, or of a newer program, is refused and left untouched.

import { must } from '../base/assert.ts';
import { KmsError } from '../domain/errors.ts';
import { listTables } from './catalog.ts';
import type { Engine } from './engine.ts';
import { migrationStatements, SCHEMA_VERSION } from './migrations/index.ts';
import type { EngineName } from './query.ts';
import type { Session } from './session.ts';

const MIGRATIONS_TABLE = 'keyhold_migrations';

const CREATE_MIGRATIONS_TABLE = {
  sqlite: `CREATE TABLE ${MIGRATIONS_TABLE} (version INTEGER PRIMARY KEY NOT NULL) STRICT`,
  postgres: `CREATE TABLE ${MIGRATIONS_TABLE} (version BIGINT PRIMARY KEY NOT NULL)`,
} as const satisfies Record<EngineName, string>;

export async function migrate(engine: Engine): Promise<void> {
  let version = await engine.transaction(session => requireOurs(session, engine.name));
  while (version < SCHEMA_VERSION) {
    version = await engine.transaction(async session => {
      // Read again under the lock: another node may have been faster.
      const current = await requireOurs(session, engine.name);
      if (current < SCHEMA_VERSION) await applyMigrations(session, engine.name, current, current + 1);
      return Math.min(current + 1, SCHEMA_VERSION);
    });
  }
}

/** Runs the migrations after `from` up to `to` in the caller's transaction. */
export async function applyMigrations(
  session: Session,
  engine: EngineName,
  from: number,
  to: number,
): Promise<void> {
  if (from === 0) await session.run({ sql: CREATE_MIGRATIONS_TABLE[engine] }, []);
  for (let version = from + 1; version <= to; version += 1) {
    for (const sql of migrationStatements(version, engine)) await session.run({ sql }, []);
    await session.run({ sql: `INSERT INTO ${MIGRATIONS_TABLE} (version) VALUES (${version})` }, []);
  }
}

/** The schema version of the database, 0 when it is empty. */
async function requireOurs(session: Session, engine: EngineName): Promise<number> {
  const tables = await listTables(session, engine);
  if (tables.length === 0) return 0;
  if (!tables.includes(MIGRATIONS_TABLE)) {
    throw new KmsError(
      'storeUnavailable',
      `The database holds tables of something else (${tables.slice(0, 3).join(', ')}). Give Keyhold an empty database of its own.`,
    );
  }
  const [row] = await session.rows({ sql: `SELECT max(version) FROM ${MIGRATIONS_TABLE}` }, []);
  const version = Number(must(row?.[0], 'a migrated database knows its version'));
  if (version > SCHEMA_VERSION) {
    throw new KmsError(
      'storeUnavailable',
      `The database has schema version ${version}, and this program knows ${SCHEMA_VERSION}. Run the newer program, or restore a backup of the older one.`,
    );
  }
  return version;
}
