// What is remembered is what the database says, whatever was written, undone or refused: on an engine of its own, next to reads that
// remember nothing.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import {
  id,
  insertHome,
  PROJECT,
  RING,
  sampleCredential,
  sampleKey,
  sampleName,
  samplePrincipal,
  sampleRule,
  sampleVersion,
} from '../../test/contract/store-samples.ts';
import { sampleSecret } from '../../test/contract/store-secrets.ts';
import { withDirectory } from '../../test/contract/store-subjects.ts';
import { tableKeys } from '../base/table.ts';
import type { StoreReads, StoreTransaction } from '../core/ports/store.ts';
import type { Engine } from './engine.ts';
import { migrate } from './migrate.ts';
import { HOT_READS, ReadCache } from './read-cache.ts';
import { compileRepositories } from './repositories/index.ts';
import { PRIMARY_KEYS, type TableName } from './schema.ts';
import { bind, type ReadSession, type Row, type Session, type Statement } from './session.ts';
import { openSqlite } from './sqlite.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { TransactionSession } from './transaction.ts';
import { CASCADES } from './written-tables.ts';

type Reads = Omit<StoreReads, 'log'>;
/** Of two objects of each kind. */
type N = 1 | 2;

const SCOPE = { level: 'project', id: PROJECT.id } as const;
const OTHER = (n: N) => ({ ...PROJECT, id: id(20 + n), name: `other-${n}`, accountId: `00000000002${n}` });
const KEY = (n: N) => id(30 + n);
const PRINCIPAL = (n: N) => id(40 + n);
const CREDENTIAL = (n: N) => id(50 + n);
const SECRET = (n: N) => id(60 + n);
const RULE = (n: N) => id(70 + n);

/** Every hot read, of things that are there and of things that are not. */
const READS = {
  project: (reads, n) => reads.projects.find(OTHER(n).id),
  keyRing: reads => reads.keyRings.find(RING.id),
  keyRingByName: (reads, n) => reads.keyRings.findByName(PROJECT.id, `ring-${n}`),
  key: (reads, n) => reads.keys.findWithVersion(KEY(n), n === 1 ? undefined : 2),
  name: (reads, n) => reads.names.find('test', PROJECT.id, `name-${n}`),
  facet: (reads, n) => reads.facets.get(KEY(n), 'test'),
  secret: (reads, n) => reads.secrets.find(SECRET(n)),
  accessList: (reads, n) => reads.accessLists.find(SECRET(n)),
  quotas: (reads, n) => reads.quotas.find(OTHER(n).id),
  principal: (reads, n) => reads.principals.find(PRINCIPAL(n)),
  holder: (reads, n) => reads.credentials.findHolder('apiKey', `lookup-${50 + n}`),
  holderById: (reads, n) => reads.credentials.findHolderById(CREDENTIAL(n)),
  bindings: (reads, n) => reads.bindings.ofPrincipal(PRINCIPAL(n)),
  rules: reads => reads.rules.applying({ projectId: PROJECT.id }),
  tokenKey: (reads, n) => reads.tokenKeys.find(id(80 + n)),
  tokenRevocation: (reads, n) => reads.tokenRevocations.has(id(90 + n)),
} as const satisfies Record<keyof typeof HOT_READS, (reads: Reads, n: N) => Promise<unknown>>;

async function everythingHot(reads: Reads): Promise<unknown> {
  const answers = [];
  for (const kind of tableKeys(READS))
    for (const n of [1, 2] as const) answers.push(await READS[kind](reads, n));
  return answers;
}

/** Changes of every table that a hot read looks at, and of some others. What the store refuses is refused. */
const WRITES: readonly ((tx: StoreTransaction, n: N) => Promise<unknown>)[] = [
  (tx, n) => tx.projects.insert(OTHER(n)),
  async (tx, n) => {
    const found = await tx.projects.find(OTHER(n).id);
    await tx.projects.update({ ...(found ?? OTHER(n)), enabled: found?.enabled === false });
  },
  async tx => {
    const found = await tx.projects.find(PROJECT.id);
    await tx.projects.update({ ...(found ?? PROJECT), enabled: found?.enabled === false });
  },
  (tx, n) => tx.keyRings.insert({ ...RING, id: id(10 + n), name: `ring-${n}` }),
  (tx, n) => tx.keyRings.delete(id(10 + n)),
  (tx, n) => tx.keys.insert(sampleKey(30 + n), sampleVersion(KEY(n))),
  async (tx, n) => {
    const found = await tx.keys.findWithVersion(KEY(n), 1);
    await tx.keys.update({ ...(found?.key ?? sampleKey(30 + n)), state: 'suspended' });
  },
  (tx, n) => tx.keys.insertVersion(sampleVersion(KEY(n), 2)),
  (tx, n) => tx.keys.updateVersion(sampleVersion(KEY(n), 1, { wrapped: new Uint8Array([n]) })),
  tx => tx.keyRings.moveKeys(RING.id, id(11), 7),
  (tx, n) => tx.names.insert(sampleName(`name-${n}`, KEY(n))),
  (tx, n) => tx.names.update(sampleName(`name-${n}`, KEY(n === 1 ? 2 : 1))),
  (tx, n) => tx.names.delete('test', PROJECT.id, `name-${n}`),
  (tx, n) => tx.names.deleteOfKey(KEY(n)),
  (tx, n) => tx.facets.put(KEY(n), 'test', `{"n":${n}}`),
  (tx, n) => tx.facets.deleteOfObject(KEY(n)),
  (tx, n) => tx.secrets.insert(sampleSecret(60 + n)),
  (tx, n) => tx.secrets.update(sampleSecret(60 + n, { form: 'pem' })),
  (tx, n) => tx.secrets.delete(SECRET(n)),
  (tx, n) => tx.accessLists.put(listOf(n)),
  (tx, n) => tx.accessLists.delete(SECRET(n)),
  (tx, n) => tx.quotas.put({ projectId: OTHER(n).id, quotas: { secrets: n } }),
  (tx, n) => tx.quotas.delete(OTHER(n).id),
  (tx, n) => tx.principals.insert(samplePrincipal(40 + n, { projectId: OTHER(1).id })),
  async (tx, n) => {
    const found = await tx.principals.find(PRINCIPAL(n));
    await tx.principals.update({ ...(found ?? samplePrincipal(40 + n)), enabled: false });
  },
  (tx, n) => tx.principals.delete(PRINCIPAL(n)),
  (tx, n) => tx.credentials.insert(sampleCredential(50 + n, PRINCIPAL(n))),
  (tx, n) => tx.credentials.setEnabled(CREDENTIAL(n), false),
  (tx, n) => tx.credentials.delete(CREDENTIAL(n)),
  (tx, n) =>
    tx.bindings.insert({ id: id(n), principalId: PRINCIPAL(n), role: 'auditor', scope: SCOPE, createdAt: 1 }),
  (tx, n) => tx.bindings.delete(id(n)),
  tx => tx.bindings.deleteOfScope(SCOPE),
  (tx, n) => tx.rules.insert(sampleRule(70 + n, { scope: SCOPE })),
  (tx, n) => tx.rules.delete(RULE(n)),
  tx => tx.rules.deleteOfScope(SCOPE, 'allow'),
  (tx, n) =>
    tx.tokenKeys.insert({
      id: id(80 + n),
      publicKey: BYTES,
      wrapped: BYTES,
      createdAt: 1,
      endsAt: undefined,
    }),
  (tx, n) => tx.tokenKeys.setEnd(id(80 + n), n),
  (tx, n) => tx.tokenKeys.delete(id(80 + n)),
  (tx, n) => tx.tokenRevocations.insert(id(90 + n), 5),
  tx => tx.tokenRevocations.deleteEnded(9),
  (tx, n) => tx.settings.put('n', String(n)),
];

const BYTES = new Uint8Array([1]);

function listOf(n: N) {
  const principals = [{ id: PRINCIPAL(n), name: 'somebody' }];
  return { objectId: SECRET(n), openToProject: n === 1, principals, createdAt: 1, updatedAt: n };
}

/** `look` compares every hot read; what is nested is a savepoint. */
type Step =
  | 'look'
  | { readonly write: number; readonly n: N }
  | { readonly within: readonly Step[]; readonly kept: boolean };

const { script } = fc.letrec<{ step: Step; steps: readonly Step[]; script: readonly Step[] }>(tie => ({
  step: fc.oneof(
    { maxDepth: 2 },
    { weight: 2, arbitrary: fc.constant('look' as const) },
    {
      weight: 6,
      arbitrary: fc.record({ write: fc.nat({ max: WRITES.length - 1 }), n: fc.constantFrom<N>(1, 2) }),
    },
    { weight: 2, arbitrary: fc.record({ within: tie('steps'), kept: fc.boolean() }) },
  ),
  steps: fc.array(tie('step'), { maxLength: 6 }),
  // Each outermost savepoint is a transaction.
  script: fc.array(fc.record({ within: tie('steps'), kept: fc.boolean() }), { minLength: 1, maxLength: 6 }),
}));

class Undone extends Error {}

describe('the read cache', () => {
  let close: () => Promise<void>;
  let engine: Engine;
  /** Sees what is committed, and remembers nothing. */
  let other: SqliteConnection;
  let committed: StoreReads;
  const repositories = compileRepositories('sqlite');

  before(async () => {
    const opened = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const whole = withDirectory(async directory => {
      const path = join(directory, 'cache.db');
      engine = openSqlite(path, { onFatal: error => assert.fail(error) });
      await migrate(engine);
      await engine.transaction(session => insertHome(repositories.transaction(session)));
      other = new SqliteConnection(path);
      committed = repositories.reads(other);
      opened.resolve();
      await over.promise;
      other.close();
      await engine.close();
    });
    await Promise.race([opened.promise, whole]);
    close = () => {
      over.resolve();
      return whole;
    };
  });
  after(() => close());

  it('agrees with the database outside and inside of transactions, after every change, undone and refused ones too', async () => {
    const cache = new ReadCache(engine.generations ?? assert.fail('SQLite counts generations'));
    const outside = cache.reads(repositories.reads(engine.reads));

    const look = async (tx?: { readonly own: StoreTransaction; readonly cached: StoreTransaction }) => {
      assert.deepEqual(await everythingHot(outside), await everythingHot(committed));
      if (tx !== undefined) assert.deepEqual(await everythingHot(tx.cached), await everythingHot(tx.own));
    };
    const transact = ({ within, kept }: { readonly within: readonly Step[]; readonly kept: boolean }) =>
      engine.transaction(async session => {
        const own = repositories.transaction(session);
        const tx = { own, cached: cache.transaction(own, session) };
        const perform = async (step: Step): Promise<void> => {
          if (step === 'look') return look(tx);
          const work =
            'write' in step
              ? () => WRITES[step.write]?.(tx.cached, step.n)
              : async () => {
                  for (const inner of step.within) await perform(inner);
                  if (!step.kept) throw new Undone();
                };
          await tx.cached.savepoint(async () => work()).catch(ignoreRefusals);
        };
        for (const step of within) await perform(step);
        if (!kept) throw new Undone();
      });

    await fc.assert(
      fc.asyncProperty(script, async transactions => {
        for (const each of transactions) {
          await transact(each as Exclude<Step, string | { write: number }>).catch(ignoreRefusals);
          await look();
        }
      }),
      { numRuns: 150 },
    );
  });

  it('knows the tables of every hot read, as the database explains them', async () => {
    await engine.transaction(session => repositories.transaction(session).accessLists.put(listOf(1)));
    for (const kind of tableKeys(HOT_READS)) {
      const seen = new Set<TableName>();
      const explained: ReadSession = {
        rows: async (statement, args) => {
          for (const table of tablesOpened('OpenRead', statement, args)) seen.add(table);
          return other.rows(statement, args);
        },
      };
      await READS[kind](repositories.reads(explained), 1);
      assert.deepEqual([...seen].toSorted(), [...HOT_READS[kind]].toSorted(), kind);
    }
  });

  it('knows the table that a statement changes, as the database explains it', async () => {
    const explained = new Set<string>();
    const explain = (statement: Statement, args: Row) => {
      if (statement.parameters === undefined) return;
      explained.add(statement.sql);
      const { writes = [] } = statement;
      for (const table of tablesOpened('OpenWrite', statement, args)) {
        assert.ok(writes.includes(table), `${statement.sql} changes ${table}`);
      }
    };
    const raw: Session = {
      rows: (statement, args) => other.rows(statement, args),
      async run(statement, args) {
        explain(statement, args);
        return other.run(statement, args);
      },
      async runEach(statement, each) {
        for (const args of each) await raw.run(statement, args);
      },
    };
    other.execute('BEGIN');
    const tx = repositories.transaction(new TransactionSession(raw));
    for (const write of WRITES) await tx.savepoint(async () => write(tx, 1)).catch(ignoreRefusals);
    other.execute('ROLLBACK');
    assert.ok(explained.size >= WRITES.length);
  });

  it('knows what is deleted with what else, as the schema says it', () => {
    const children = (table: TableName) =>
      tableKeys(PRIMARY_KEYS).filter(child =>
        other
          .rowsNow(
            { sql: `SELECT "table", on_update, on_delete FROM pragma_foreign_key_list('${child}')` },
            [],
          )
          .some(([parent, ...actions]) => parent === table && actions.some(action => action !== 'NO ACTION')),
      );
    for (const table of tableKeys(PRIMARY_KEYS)) {
      assert.deepEqual(children(table).toSorted(), (CASCADES[table] ?? []).toSorted(), table);
    }
  });

  /** The tables whose trees, or whose indexes, the statement opens. */
  function tablesOpened(
    opcode: 'OpenRead' | 'OpenWrite',
    statement: Statement,
    args: Row,
  ): readonly TableName[] {
    const program = other.rowsNow({ sql: `EXPLAIN ${statement.sql}` }, bind(statement, args));
    const roots = program.filter(row => row[1] === opcode).map(row => row[3]);
    const trees = `SELECT DISTINCT tbl_name FROM sqlite_schema WHERE rootpage IN (${roots.join(', ')})`;
    return other.rowsNow({ sql: trees }, []).map(([table]) => table as TableName);
  }
});

/** What the store says of a change that does not fit; anything else is a fault of the test or of the store. */
function ignoreRefusals(thrown: unknown): void {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (thrown instanceof Undone || ['alreadyExists', 'notFound', 'conflict'].includes(code)) return;
  throw thrown;
}
