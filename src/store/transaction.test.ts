import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KmsError } from '../domain/errors.ts';
import type { Session } from './session.ts';
import { runInTransaction, TransactionSession } from './transaction.ts';

const INSERT = { sql: 'INSERT', writes: ['names'] } as const;
const SELECT = { sql: 'SELECT', writes: [] } as const;
const FAULT = new Error('the statement failed');

/** An engine that keeps the statements that it was given, and fails at some. */
function engine(failing: Readonly<Record<string, Error>> = {}) {
  const given: string[] = [];
  const run = async ({ sql }: { readonly sql: string }): Promise<void> => {
    given.push(sql.replace('SAVEPOINT keyhold_', ''));
    const fault = failing[sql];
    if (fault !== undefined) throw fault;
  };
  const raw: Session = {
    rows: async statement => run(statement).then(() => []),
    run: async statement => run(statement).then(() => 1),
    runEach: run,
  };
  return { given, session: new TransactionSession(raw), raw };
}

test('a savepoint in which a statement has failed is undone, also where the work looks away', async () => {
  const { given, session } = engine({ INSERT: FAULT });
  const lookingAway = session.savepoint(() => session.run(INSERT, []).catch(() => 'nothing happened'));
  await assert.rejects(lookingAway, FAULT);
  assert.deepEqual(given, ['1', 'INSERT', 'ROLLBACK TO 1', 'RELEASE 1']);
  await session.rows(SELECT, []);
  assert.equal(session.end(), undefined);
});

test('savepoints that overlap are a broken invariant', async () => {
  const { session } = engine();
  const held = Promise.withResolvers<void>();
  const outer = session.savepoint(() => Promise.resolve());
  const inner = session.savepoint(() => held.promise);
  await assert.rejects(outer, /reverse of the order/);
  held.resolve();
  await inner.catch(() => {});
});

test('a store that is gone is asked for no rollback, and nothing more runs', async () => {
  const gone = new KmsError('storeUnavailable', 'The store is gone.');
  const { given, session } = engine({ INSERT: gone });
  await assert.rejects(
    session.savepoint(() => session.run(INSERT, [])),
    gone,
  );
  await assert.rejects(session.rows(SELECT, []), gone);
  assert.deepEqual(given, ['1', 'INSERT']);
  assert.deepEqual(session.end(), { error: gone });
});

test('after a rollback that fails nothing more runs', async () => {
  const { given, session } = engine({ 'ROLLBACK TO SAVEPOINT keyhold_1': FAULT });
  const failed = session.savepoint(() => Promise.reject(new Error('the work gave up')));
  await assert.rejects(failed, FAULT);
  await assert.rejects(session.rows(SELECT, []), FAULT);
  assert.deepEqual(given, ['1', 'ROLLBACK TO 1']);
});

test('whatever way a statement is run, the tables that it may write count as written', async () => {
  for (const way of ['rows', 'run', 'runEach'] as const) {
    const { session } = engine();
    await session[way](SELECT, []);
    assert.equal(session.written.size, 0, way);
    await session[way](INSERT, []);
    assert.deepEqual([...session.written], ['names'], way);
  }
  const { session } = engine();
  await session.run({ sql: 'of unknown effect' }, []);
  assert.ok(session.written.has('keys') && session.written.has('bindings'));
});

test('nothing runs after the end of a transaction, whether its work has succeeded or not', async () => {
  const { given, raw } = engine();
  const sessions: TransactionSession[] = [];
  await runInTransaction(raw, async session => void sessions.push(session));
  const failed = runInTransaction(raw, async session => {
    sessions.push(session);
    throw FAULT;
  });
  await assert.rejects(failed, FAULT);
  assert.equal(sessions.length, 2);
  for (const session of sessions) await assert.rejects(session.run(INSERT, []), /not used after its end/);
  assert.deepEqual(given, []);
});

test('a transaction in which a statement has failed fails, also where the work looks away', async () => {
  const { raw } = engine({ INSERT: FAULT });
  const lookingAway = runInTransaction(raw, session => session.run(INSERT, []).catch(() => 'fine'));
  await assert.rejects(lookingAway, FAULT);
});
