// Runs the store's contract on both engines, and carries snapshots from each into the other.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { must } from '../../src/base/assert.ts';
import { importSnapshot, openStore } from '../../src/store/index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { storeContract } from './store.ts';
import { isCode, type StorePlace, type StoreSubject } from './store-samples.ts';
import { insertEverything, readAll } from './store-snapshot.ts';
import { postgresSubject, sqliteSubject, storeOptions, withDirectory } from './store-subjects.ts';

let server: PostgresServer | undefined;
before(async () => {
  server = await startPostgres();
});
after(() => server?.stop());

const sqlite = sqliteSubject();
const postgres = postgresSubject(() => must(server, 'the server runs before the tests'));

storeContract(sqlite);
storeContract(postgres);

async function* rowsOf(tables: Awaited<ReturnType<typeof readAll>>) {
  for (const [table, rows] of Object.entries(tables)) {
    for (const row of rows) yield { table, row };
  }
}

async function everythingIn(subject: StoreSubject) {
  let tables: Awaited<ReturnType<typeof readAll>> = {};
  let schemaVersion = 0;
  await subject.withStore(async store => {
    await store.transaction(insertEverything);
    await using snapshot = store.snapshot();
    tables = await readAll(snapshot);
    schemaVersion = snapshot.schemaVersion;
  });
  return { tables, schemaVersion };
}

/** Imports into a place of the subject whose SQLite file, if it is one, is in the directory. */
async function importInto(
  subject: StoreSubject,
  test: (
    place: StorePlace,
    run: (version: number, rows: ReturnType<typeof rowsOf>) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  await withDirectory(directory =>
    subject.withPlace(async place => {
      const setting = place.setting === 'sqlite' ? `sqlite:${directory}/restored.db` : place.setting;
      const options = storeOptions(directory);
      await test({ setting, open: () => openStore(setting, options) }, (version, rows) =>
        importSnapshot(setting, options, version, rows),
      );
    }),
  );
}

describe('snapshots of one engine in another', () => {
  for (const [from, into] of [
    [sqlite, postgres],
    [postgres, sqlite],
    [sqlite, sqlite],
    [postgres, postgres],
  ] as const) {
    it(`brings everything from ${from.name} into ${into.name}`, async () => {
      const { tables, schemaVersion } = await everythingIn(from);
      await importInto(into, async (place, run) => {
        await run(schemaVersion, rowsOf(tables));
        const store = await place.open();
        {
          await using snapshot = store.snapshot();
          assert.deepEqual(await readAll(snapshot), tables);
        }
        await store.close();
        await assert.rejects(run(schemaVersion, rowsOf(tables)), /not empty/);
      });
    });
  }

  for (const into of [sqlite, postgres]) {
    it(`leaves ${into.name} empty when the rows do not fit`, async () => {
      await importInto(into, async (place, run) => {
        const fine = { name: 'a', value: 'b' };
        await assert.rejects(run(1, rowsOf({ settings: [fine], nothing: [{}] })), isCode('invalidInput'));
        await assert.rejects(run(1, rowsOf({ settings: [{ ...fine, more: 1 }] })), isCode('invalidInput'));
        await assert.rejects(run(1, rowsOf({ settings: [fine, fine] })), isCode('alreadyExists'));
        await assert.rejects(run(99, rowsOf({})), /schema version 99/);
        await run(1, rowsOf({ settings: [fine] }));
        const store = await place.open();
        assert.equal(await store.settings.get('a'), 'b');
        await store.close();
      });
    });
  }
});
