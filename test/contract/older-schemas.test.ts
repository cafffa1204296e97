// Databases and backups of older programs: every schema there was is brought to this one with all that is in it, on both engines.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { must } from '../../src/base/assert.ts';
import type { SnapshotRow, Store, StoreSnapshot } from '../../src/core/ports/store.ts';
import { restoreBackup } from '../../src/server/backup/restore.ts';
import { importSnapshot, openStore } from '../../src/store/index.ts';
import { migrationStatements, SCHEMA_VERSION } from '../../src/store/migrations/index.ts';
import {
  backUp,
  dataDirWithRootKeyOf,
  fill,
  openSample,
  PARTS,
  type Sample,
  settingsOf,
  startOn,
} from '../support/backup-subject.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { insertEverything } from './store-snapshot.ts';
import { storeOptions, withDirectory } from './store-subjects.ts';

const OLDER = Array.from({ length: SCHEMA_VERSION - 1 }, (_, at) => at + 1);

/** The columns of every table as that version had them. */
function columnsAt(version: number): ReadonlyMap<string, readonly string[]> {
  const database = new DatabaseSync(':memory:');
  for (let step = 1; step <= version; step += 1) {
    for (const statement of migrationStatements(step, 'sqlite')) database.exec(statement);
  }
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const columns = new Map(
    tables.map(({ name }) => {
      const rows = database.prepare('SELECT name FROM pragma_table_info(?)').all(String(name));
      return [String(name), rows.map(row => String(row.name))] as const;
    }),
  );
  database.close();
  return columns;
}

/** The snapshot as a program of that version would have taken it. */
function asOf(version: number, snapshot: StoreSnapshot): StoreSnapshot {
  const columns = columnsAt(version);
  return {
    schemaVersion: version,
    tables: snapshot.tables.filter(table => columns.has(table)),
    async *rows(table) {
      for await (const row of snapshot.rows(table)) {
        yield Object.fromEntries((columns.get(table) ?? []).map(column => [column, row[column] ?? null]));
      }
    },
    [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
  };
}

type Tables = Readonly<Record<string, readonly SnapshotRow[]>>;

async function tablesOf(snapshot: StoreSnapshot): Promise<Tables> {
  const tables: Record<string, SnapshotRow[]> = {};
  for (const table of snapshot.tables) tables[table] = await Array.fromAsync(snapshot.rows(table));
  return tables;
}

async function* importedRows(tables: Tables) {
  for (const [table, rows] of Object.entries(tables)) for (const row of rows) yield { table, row };
}

let postgres: PostgresServer;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres?.stop());

/** A place for a database of each engine. */
const PLACES = {
  SQLite: async (directory: string) => `sqlite:${join(directory, 'upgraded.db')}`,
  PostgreSQL: () => postgres.createDatabase(),
} as const;

for (const [engine, place] of Object.entries(PLACES)) {
  for (const version of OLDER) {
    test(`schema ${version} is brought to this one on ${engine} with every row`, () =>
      withDirectory(async directory => {
        const source = await openStore(`sqlite:${join(directory, 'source.db')}`, storeOptions(directory));
        await source.transaction(insertEverything);
        await using snapshot = source.snapshot();
        const older = await tablesOf(asOf(version, snapshot));
        // A clock that was set back by a day.
        const [first] = older.log_entries ?? [];
        const changed = {
          ...older,
          log_entries: [{ ...first, at: 2e12 }, ...(older.log_entries ?? []).slice(1)],
        };
        const setting = await place(directory);
        await importSnapshot(setting, storeOptions(directory), version, importedRows(changed));
        const store = await openStore(setting, storeOptions(directory));
        {
          await using upgraded = store.snapshot();
          assert.equal(upgraded.schemaVersion, SCHEMA_VERSION);
          assert.deepEqual(await tablesOf(asOf(version, upgraded)), changed);
        }
        if (version < ORDER_SINCE) await requireOrder(store, changed);
        await store.close();
        await source.close();
      }));
  }
}

/** The first schema that keeps the order of the log. */
const ORDER_SINCE = 5;

/** What search by time relies on is what the entries say. */
async function requireOrder(store: Store, { log_entries: entries = [] }: Tables): Promise<void> {
  const instants = entries.map(({ at }) => Number(at));
  const behind = instants.map((at, index) => Math.max(...instants.slice(0, index + 1)) - at);
  const { latestAt, disorderMs } = must(await store.log.head(), 'a head');
  assert.ok(disorderMs > 86_400_000);
  assert.deepEqual([latestAt, disorderMs], [Math.max(...instants), Math.max(...behind)]);
}

describe('backups of older programs', () => {
  let source: TestKeyhold;
  let sample: Sample;
  /** Of the program that takes the next backup. */
  let version = SCHEMA_VERSION;
  before(async () => {
    const aroundStore = (store: Store): Store => ({
      ...store,
      snapshot: () => asOf(version, store.snapshot()),
    });
    source = await startKeyhold({ aroundStore });
    sample = await fill(source.kms);
    await source.house.auditLog.storeCheckpoint();
  });
  after(() => source?.stop());

  for (const older of OLDER) {
    test(`one of schema ${older} is proven and restored into either engine, and the server goes on`, async () => {
      version = older;
      source.clock.advance(1_000);
      const file = await backUp(source.kms);
      for (const store of ['sqlite', await postgres.createDatabase()]) {
        const dataDir = dataDirWithRootKeyOf(source.dataDir);
        try {
          const settings = settingsOf({ dataDir, store });
          const { proved, notProved } = await restoreBackup({ file, settings }, PARTS);
          assert.deepEqual([proved?.keyVersionsOpened, notProved], [4, []]);
          const server = await startOn(settings);
          assert.equal(await openSample(server.house.kms, sample), 4);
          await server.stop();
        } finally {
          rmSync(dataDir, { recursive: true, force: true });
        }
      }
    });
  }
});
