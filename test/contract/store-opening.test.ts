// What openStore refuses, and that each refusal says what to do and repeats no password.

import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { must } from '../../src/base/assert.ts';
import { openStore } from '../../src/store/index.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { id, insertHome, insertKeys, isCode, PROJECT, sampleKey, sampleName } from './store-samples.ts';
import { storeOptions, withDirectory } from './store-subjects.ts';

let server: PostgresServer | undefined;
const postgres = () => must(server, 'the server runs before the tests');
before(async () => {
  server = await startPostgres();
});
after(() => server?.stop());

async function query(setting: string, ...texts: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: setting });
  await client.connect();
  for (const text of texts) await client.query(text);
  await client.end();
}

const refusal =
  (...parts: readonly RegExp[]) =>
  (error: unknown) => {
    assert.ok(isCode('storeUnavailable')(error), String(error));
    for (const part of parts) assert.match(String(error), part);
    return true;
  };

describe('opening a SQLite store', () => {
  it('makes files that their owner alone can read', () =>
    withDirectory(async directory => {
      const store = await openStore('sqlite', storeOptions(join(directory, 'data')));
      for (const name of ['keyhold.db', 'keyhold.db-wal', 'keyhold.db-shm', 'keyhold.db.lock']) {
        assert.equal(statSync(join(directory, 'data', name)).mode & 0o077, 0, name);
      }
      await store.close();
    }));

  it('refuses a store that is in use', () =>
    withDirectory(async directory => {
      const store = await openStore('sqlite', storeOptions(directory));
      await assert.rejects(
        openStore('sqlite', storeOptions(directory)),
        refusal(/Another Keyhold process/, /Stop it/),
      );
      await store.transaction(tx => tx.settings.put('a', 'b'));
      await store.close();
      await (await openStore('sqlite', storeOptions(directory))).close();
    }));

  it('refuses the database of another program, and leaves it as it was', () =>
    withDirectory(async directory => {
      const foreign = new DatabaseSync(join(directory, 'keyhold.db'));
      foreign.exec('CREATE TABLE recipes (id INTEGER)');
      foreign.close();
      const opening = openStore('sqlite', storeOptions(directory));
      await assert.rejects(opening, refusal(/something else \(recipes\)/, /empty database/));
    }));

  it('refuses the database of a newer program', () =>
    withDirectory(async directory => {
      await (await openStore('sqlite', storeOptions(directory))).close();
      const newer = new DatabaseSync(join(directory, 'keyhold.db'));
      newer.exec('INSERT INTO keyhold_migrations (version) VALUES (1000)');
      newer.close();
      await assert.rejects(
        openStore('sqlite', storeOptions(directory)),
        refusal(/schema version 1000/, /newer program/),
      );
    }));

  it('refuses a file that is no database, and a directory that is none', () =>
    withDirectory(async directory => {
      const file = join(directory, 'keyhold.db');
      writeFileSync(file, 'this is a text, and long enough to be told from a header of SQLite'.repeat(20));
      await assert.rejects(openStore('sqlite', storeOptions(directory)), refusal(/no SQLite database/));
      await assert.rejects(openStore('sqlite', storeOptions(join(file, 'below'))), refusal(/cannot be made/));
    }));

  it('stops on a value that no version of it wrote', () =>
    withDirectory(async directory => {
      const store = await openStore('sqlite', storeOptions(directory));
      await store.transaction(async tx => {
        await insertHome(tx);
        await insertKeys(tx, [sampleKey(100)]);
      });
      await store.close();
      const tampered = new DatabaseSync(join(directory, 'keyhold.db'));
      tampered.exec("UPDATE keys SET state = 'unheard-of'");
      tampered.close();
      const again = await openStore('sqlite', storeOptions(directory));
      await assert.rejects(again.keys.find(id(100)), /closed list/);
      await again.close();
    }));
});

describe('opening a PostgreSQL store', () => {
  it('refuses a setting that is none, without repeating it', async () => {
    for (const setting of ['', 'mysql://u:hunter2@h/d', 'postgres://u:hunter2@[bad/d', 'sqlite:']) {
      const opening = openStore(setting, storeOptions('nowhere'));
      await assert.rejects(opening, error => {
        assert.ok(isCode('invalidInput')(error));
        assert.doesNotMatch(String(error), /hunter2/);
        return true;
      });
    }
  });

  it('refuses a server that is not there, and a database that does not exist', async () => {
    const url = new URL(await postgres().createDatabase());
    url.password = 'hunter2';
    url.pathname = '/absent';
    const absent = openStore(url.href, storeOptions('nowhere'));
    await assert.rejects(absent, refusal(/does not exist. Create it/));
    url.port = '1';
    await assert.rejects(openStore(url.href, storeOptions('nowhere')), error => {
      assert.doesNotMatch(String(error) + String((error as Error).cause), /hunter2/);
      return refusal(/cannot be reached/)(error);
    });
  });

  it('refuses foreign and newer databases', async () => {
    const foreign = await postgres().createDatabase();
    await query(foreign, 'CREATE TABLE recipes (id INTEGER)');
    await assert.rejects(openStore(foreign, storeOptions('nowhere')), refusal(/something else \(recipes\)/));
    const newer = await postgres().createDatabase();
    await (await openStore(newer, storeOptions('nowhere'))).close();
    await query(newer, 'INSERT INTO keyhold_migrations (version) VALUES (1000)');
    await assert.rejects(openStore(newer, storeOptions('nowhere')), refusal(/schema version 1000/));
  });

  it('brings the schema up once when several nodes start together', async () => {
    const setting = await postgres().createDatabase();
    const stores = await Promise.all([1, 2, 3].map(() => openStore(setting, storeOptions('nowhere'))));
    await stores[0]?.transaction(insertHome);
    for (const store of stores) {
      assert.deepEqual(await store.projects.find(PROJECT.id), PROJECT);
      await store.close();
    }
  });
});

describe('several nodes on one PostgreSQL database', () => {
  it('run their transactions one at a time, and see each other at once', async () => {
    const setting = await postgres().createDatabase();
    const one = await openStore(setting, storeOptions('nowhere'));
    const two = await openStore(setting, storeOptions('nowhere'));
    await one.transaction(async tx => {
      await insertHome(tx);
      await insertKeys(tx, [sampleKey(100), sampleKey(101)]);
      await tx.settings.put('count', '0');
    });
    const increments = Array.from({ length: 40 }, (_, n) =>
      (n % 2 === 0 ? one : two).transaction(async tx => {
        const count = Number(await tx.settings.get('count'));
        await tx.settings.put('count', String(count + 1));
      }),
    );
    await Promise.all(increments);
    assert.equal(await two.settings.get('count'), '40');

    const key = must(await two.keys.find(id(100)), 'the key is there');
    const revisions = await Promise.allSettled(
      [one, two].map(store => store.transaction(tx => tx.keys.update(key))),
    );
    const names = await Promise.allSettled(
      [one, two].map((store, n) => store.transaction(tx => tx.names.insert(sampleName('same', id(100 + n))))),
    );
    for (const [outcomes, code] of [
      [revisions, 'conflict'],
      [names, 'alreadyExists'],
    ] as const) {
      const lost = outcomes.filter(outcome => outcome.status === 'rejected');
      assert.equal(lost.length, 1);
      assert.ok(isCode(code)(lost[0]?.reason));
    }
    await one.close();
    await two.close();
  });

  it('say that the store is unavailable when the disk of the server is full, and go on afterwards', async () => {
    const setting = await postgres().createDatabase();
    const store = await openStore(setting, storeOptions('nowhere'));
    await query(
      setting,
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`,
      'CREATE TRIGGER full_disk BEFORE INSERT ON facets EXECUTE FUNCTION fail()',
    );
    const write = () =>
      store.transaction(async tx => {
        await tx.settings.put('a', '1');
        // A savepoint does not save a transaction whose store cannot write.
        await tx.savepoint(() => tx.facets.put('o', 'p', '{}')).catch(() => {});
        await tx.settings.get('a').catch(() => {});
      });
    await assert.rejects(write(), isCode('storeUnavailable'));
    assert.equal(await store.settings.get('a'), undefined);
    await query(setting, 'DROP TRIGGER full_disk ON facets');
    await write();
    assert.equal(await store.settings.get('a'), '1');
    await store.close();
  });

  it('refuse a text with U+0000, which PostgreSQL cannot keep', async () => {
    const store = await openStore(await postgres().createDatabase(), storeOptions('nowhere'));
    const write = store.transaction(tx => tx.settings.put('a', 'null \0 character'));
    await assert.rejects(write, isCode('invalidInput'));
    await store.close();
  });
});
