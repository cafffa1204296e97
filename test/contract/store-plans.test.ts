// No read of the store looks through a whole table: every statement that the repositories run is explained by the engine itself, on
// a store with 100,000 keys.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { must } from '../../src/base/assert.ts';
import type { StoreReads, StoreTransaction } from '../../src/core/ports/store.ts';
import { openStore } from '../../src/store/index.ts';
import type { EngineName } from '../../src/store/query.ts';
import { compileRepositories } from '../../src/store/repositories/index.ts';
import { bind, type ReadSession, type Row } from '../../src/store/session.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { id, insertHome, PROJECT, RING } from './store-samples.ts';
import { storeOptions, withDirectory } from './store-subjects.ts';

let server: PostgresServer | undefined;
before(async () => {
  server = await startPostgres();
});
after(() => server?.stop());

const KEYS = 100_000;

/** A project of ten thousand among them. */
const SMALLER = { ...PROJECT, id: id(9), name: 'smaller', accountId: '000000000009' };

/** The same rows in the words of each engine: n runs from 1. Every third key is destroyed, every thousandth is due. */
function fill(engine: EngineName): readonly string[] {
  const series =
    engine === 'sqlite'
      ? `WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ${KEYS})`
      : `WITH series (n) AS (SELECT generate_series(1, ${KEYS}))`;
  const key = `'00000000-0000-4000-8000-' || substr('000000000000' || n, length('000000000000' || n) - 11)`;
  const empty = engine === 'sqlite' ? `x'00'` : `'\\x00'::bytea`;
  const from = (columns: string) => `${series} SELECT ${columns} FROM series`;
  const state = `CASE WHEN n % 3 = 0 THEN 'destroyed' ELSE 'active' END`;
  const project = `CASE WHEN n > 90000 THEN '${SMALLER.id}' ELSE '${PROJECT.id}' END`;
  const due = `CASE WHEN n % 1000 = 0 THEN n END`;
  return [
    `INSERT INTO keys ${from(
      `${key}, ${project}, '${RING.id}', 'here', 'aes-256', '[]', 'software', 'generated', 0, 0, NULL, '', '', '{}',
       ${state}, ${due}, ${due}, NULL, 1, 1, ${due}, ${due}, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       'test', n, 1, 1, 0, ${due}, CASE WHEN n % 1000 = 0 THEN 'test' END,
       CASE WHEN n % 5000 = 1 THEN 'rare' ELSE 'aes-256' END`,
    )}`,
    `INSERT INTO key_versions ${from(`${key}, 1, 'active', 'created', '', NULL, ${empty}, NULL, 1, NULL`)}`,
    `INSERT INTO key_marks ${from(`${key}, CASE WHEN n % 1000 = 1 THEN 'a' ELSE 'else' END, ${project}, n`)}`,
    `INSERT INTO names ${from(`${project}, 'test', 'name-' || n, ${key}, 1, 1`)}`,
    `INSERT INTO log_entries ${from(`n - 1, n, '${PROJECT.id}', '${id(50)}', 'key.encrypt', 'ok', ${empty}`)}`,
    `INSERT INTO log_keys ${from(`${key}, 1, n - 1`)}`,
  ];
}

async function insertHomes(tx: StoreTransaction): Promise<void> {
  await insertHome(tx);
  await tx.projects.insert(SMALLER);
}

/** Every read whose cost must not grow with the table. */
async function readEverything(reads: StoreReads): Promise<void> {
  const page = { limit: 20, after: undefined };
  const later = { limit: 20, after: id(0x50000) };
  const place = { projectId: PROJECT.id, keyRingId: RING.id, keyId: id(0x77) };
  await reads.keys.find(place.keyId);
  await reads.keys.findWithVersion(place.keyId);
  await reads.keys.findWithVersion(place.keyId, 1);
  await reads.keys.versions(place.keyId, page);
  for (const request of [page, later]) {
    await reads.keys.list({ projectId: PROJECT.id }, request);
    await reads.keys.list({ projectId: PROJECT.id, states: ['preActive'] }, request);
    await reads.keys.list({ projectId: PROJECT.id, location: 'here' }, request);
    await reads.keys.list({ projectId: PROJECT.id, keyRingId: RING.id }, request);
  }
  await searchSmaller(reads);
  await reads.keys.dueForRotation(1e12, 10);
  await reads.keys.dueForReplacement(1e12, 10);
  await reads.keys.dueForDestruction(1e12, 10);
  await reads.keys.dueForActivation(1e12, 10);
  await reads.keys.dueForDeactivation(1e12, 10);
  await reads.keyRings.holdsKeys(RING.id);
  await reads.keyLinks.ofKey(place.keyId);
  await reads.keyLinks.ofKeys([place.keyId, id(0x78)]);
  await reads.keyLinks.toKey(place.keyId, 'derivedFrom', page);
  await reads.transportKeys.find(PROJECT.id, 'owner');
  await reads.transportKeys.dueForErasure(1e12, 10);
  const ofKey = { projectId: PROJECT.id, keyId: place.keyId };
  await reads.registrations.find(place.keyId, 'disk');
  await reads.registrations.list(ofKey, { offset: 0, limit: 10 });
  await reads.registrations.list({ projectId: PROJECT.id }, { offset: 10, limit: 10 });
  await reads.registrations.count({ ...ofKey, preventsDestruction: true });
  await reads.keyRings.holdsLivingKeys(RING.id);
  await reads.facets.ofObjects([place.keyId, id(0x78)], 'test');
  await reads.names.find('test', PROJECT.id, 'name-77');
  await reads.names.list({ projectId: PROJECT.id }, page);
  await reads.names.list(
    { projectId: PROJECT.id, namespace: 'test' },
    { limit: 20, after: '["test","name-5"]' },
  );
  await reads.names.list({ projectId: PROJECT.id, keyId: place.keyId }, page);
  await reads.names.countOfKey(place.keyId);
  await reads.names.countOfNamespace(place.projectId, 'namespace-1');
  await reads.log.head();
  await reads.log.leaves(70_000, 10);
  await reads.log.tile(0, 1);
  await reads.log.lastUse(place.keyId);
  await reads.log.checkpoints(1);
  for (const newestFirst of [true, false]) {
    const logPage = { limit: 10, newestFirst, after: 50_000 };
    await reads.log.search({}, logPage);
    await reads.log.search({ projectId: PROJECT.id }, logPage);
    await reads.log.search({ principalId: id(50), outcome: 'ok' }, logPage);
    await reads.log.search({ keyId: place.keyId }, logPage);
    await reads.log.search({ fromMs: 70_000, untilMs: 80_000 }, logPage);
  }
  await reads.principals.list(PROJECT.id, page);
  await reads.principals.findByName(PROJECT.id, 'a');
  await reads.credentials.findHolder('apiKey', 'a');
  await reads.credentials.findHolderById(id(0x77));
  await reads.tokenKeys.find(id(0x77));
  await reads.tokenRevocations.has(id(0x77));
  await reads.credentials.list(id(50));
  await reads.bindings.ofPrincipal(id(50));
  await reads.bindings.ofScope({ level: 'system' }, page);
  await reads.rules.applying(place);
  await reads.rules.ofScope({ level: 'system' }, page);
  await reads.wrappingKeys.ofProject(PROJECT.id);
  await reads.wrappingKeys.notWrappedBy(2, 10);
}

/** Searching costs what its project costs, however many keys there are in others. */
async function searchSmaller({ keySearch, keyWalk }: StoreReads): Promise<void> {
  const query = { projectId: SMALLER.id, at: 1e12 };
  const window = { offset: 100, limit: 200 };
  const text = {
    text: 'e-9',
    in: ['label', 'name'],
    namespace: 'test',
    whole: false,
    negated: false,
  } as const;
  await keySearch.candidates(query, 100_001);
  await keySearch.namesOf(SMALLER.id, 'test', [id(0x77), id(0x78)]);
  assert.deepEqual(await keyWalk.kinds(SMALLER.id, 10), ['aes-256', 'rare']);
  const kinds = { by: 'kind', anyOf: ['rare', 'never'] } as const;
  const marks = { by: 'mark', anyOf: ['a', 'b'] } as const;
  const ids = { by: 'id', anyOf: ['00000000-0000-4000-8000-000000090001'] } as const;
  const many = { by: 'state', anyOf: ['active'] } as const;
  const few = { by: 'state', anyOf: ['compromised'] } as const;
  for (const [traits, found] of [
    [[kinds], 1],
    [[marks], 7],
    [[kinds, marks, many], 1],
    [[ids], 1],
    [[few, marks], 0],
  ] as const) {
    const { keys, next } = await keyWalk.slice({ ...query, states: ['active'], traits }, 100);
    assert.deepEqual([keys.length, next], [found, undefined]);
    await keyWalk.slice({ ...query, keyRingIds: [RING.id], keyIds: [], traits, from: 1, until: 1e12 }, 100);
  }
  for (const traits of [[], [many]]) {
    const { keys, next } = await keyWalk.slice({ ...query, states: ['active'], traits }, 100);
    assert.deepEqual([keys.length, typeof next], [100, 'number']);
  }
  await keySearch.search(query, [], window);
  await keySearch.search(query, [{ by: 'createdAt', descending: true }], window);
  await keySearch.search({ ...query, states: ['active', 'pendingDestruction'] }, [], window);
  await keySearch.search({ ...query, text }, [{ by: 'state', descending: false }], window);
  await keySearch.search({ ...query, text: { ...text, whole: true, negated: true } }, [], window);
  await keySearch.search({ ...query, keyRingIds: [RING.id], keyIds: [id(0x77)] }, [], window);
  assert.equal(await keySearch.count(query), 10_000);
  await keySearch.namesOf(SMALLER.id, 'test', [id(0x77), id(0x78)]);
}

/** A session that also hands each statement to `explain`, which returns the lines of its plan. */
function explained(
  rows: (sql: string, values: Row) => Promise<readonly Row[]>,
  explain: (sql: string, values: Row) => Promise<readonly string[]>,
  plans: Map<string, readonly string[]>,
): ReadSession {
  return {
    rows: async (statement, args) => {
      const values = bind(statement, args);
      plans.set(statement.sql, await explain(statement.sql, values));
      return rows(statement.sql, values);
    },
  };
}

describe('plans over 100,000 keys', () => {
  it('never scan a table on SQLite', () =>
    withDirectory(async directory => {
      const store = await openStore('sqlite', storeOptions(directory));
      await store.transaction(insertHomes);
      await store.close();
      const database = new DatabaseSync(join(directory, 'keyhold.db'));
      for (const text of fill('sqlite')) database.exec(text);
      const plans = new Map<string, readonly string[]>();
      const all = (sql: string, values: Row): readonly Row[] => {
        const statement = database.prepare(sql);
        statement.setReturnArrays(true);
        return statement.all(...values) as unknown as readonly Row[];
      };
      const session = explained(
        async (sql, values) => all(sql, values),
        async (sql, values) => all(`EXPLAIN QUERY PLAN ${sql}`, values).map(row => String(row[3])),
        plans,
      );
      await readEverything(compileRepositories('sqlite').reads(session));
      database.close();
      assert.ok(plans.size > 30);
      for (const [sql, plan] of plans) {
        // What may be scanned: the few identifiers that a subquery has collected, and the log from its newest end under a limit.
        const scans = plan.filter(
          line =>
            /^SCAN/.test(line) &&
            !/^SCAN (listed|led|in_state|some|log_checkpoints|\(subquery|\d+ constant)/.test(line),
        );
        const bounded = /order by "entry_index" desc limit \?$/.test(sql);
        assert.ok(scans.length === 0 || bounded, `${sql}\n${plan.join('\n')}`);
        // The names of a key are looked for by the key: a namespace has as many as there are keys.
        if (/^select "project_id".* from "names" .*"key_id" (?:=|in)/.test(sql))
          assert.match(plan.join('\n'), /USING (?:COVERING )?INDEX names_by_key \(key_id=/, sql);
        // A walk is led by what it is asked for, however many keys the project has.
        const walked = plan.join('\n');
        if (/where kind = .* as led/s.test(sql))
          assert.match(walked, /keys_by_kind \(project_id=\? AND kind=/, sql);
        if (/where state = .* as led/s.test(sql))
          assert.match(walked, /keys_by_project \(project_id=\? AND state=/, sql);
        if (/where mark = .* as led/s.test(sql))
          assert.match(walked, /key_marks_by_mark \(project_id=\? AND mark=/, sql);
      }
    }));

  it('never scan a large table on PostgreSQL', async () => {
    const setting = await must(server, 'the server runs before the tests').createDatabase();
    const store = await openStore(setting, storeOptions('nowhere'));
    await store.transaction(insertHomes);
    await store.close();
    const client = new pg.Client({
      connectionString: setting,
      // 64-bit integers as numbers, as the store reads them.
      types: { getTypeParser: (oid: number) => (oid === 20 ? Number : pg.types.getTypeParser(oid)) },
    });
    await client.connect();
    for (const text of fill('postgres')) await client.query(text);
    await client.query('ANALYZE');
    const plans = new Map<string, readonly string[]>();
    const all = async (text: string, values: Row) =>
      (await client.query<Row[number][]>({ text, values: [...values], rowMode: 'array' })).rows;
    const session = explained(
      all,
      async (sql, values) => (await all(`EXPLAIN ${sql}`, values)).map(row => String(row[0])),
      plans,
    );
    await readEverything(compileRepositories('postgres').reads(session));
    await client.end();
    assert.ok(plans.size > 30);
    for (const [sql, plan] of plans) {
      const text = plan.join('\n');
      assert.doesNotMatch(
        text,
        /Seq Scan on (keys|key_marks|key_versions|names|log_entries|log_keys)/,
        `${sql}\n${text}`,
      );
    }
  });
});
