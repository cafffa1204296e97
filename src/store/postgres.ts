// The PostgreSQL engine: a bounded pool, hot statements prepared by name, one writer at a time across all nodes by an advisory lock
// that the server itself lets go when a node dies. A transaction fulfils when the server has flushed it.

import pg from 'pg';
import { assert, must } from '../base/assert.ts';
import { Mutex } from '../base/mutex.ts';
import type { StoreClaim } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import type { Engine, SnapshotSession } from './engine.ts';
import { fromPostgresError } from './postgres-errors.ts';
import { bind, type ReadSession, type Row, type Session, type Statement } from './session.ts';
import { runInTransaction, type TransactionSession } from './transaction.ts';

const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 20_000;
/** Later than the server's own timeout, for a server that does not answer at all. */
const ANSWER_TIMEOUT_MS = 25_000;
/** A node that hangs inside a transaction holds up every writer until then. */
const IDLE_IN_TRANSACTION_MS = 15_000;
/** The reader of a snapshot waits for the disk or the network of the backup. */
const IDLE_IN_SNAPSHOT_MS = 600_000;

/** "keyhold!" as a 64-bit number: the advisory lock of all writers in the database. */
const WRITERS_LOCK = '7738148000733553697';

/** "keyh" as a number: the first half of the advisory locks of claims, of which the second is made from the name. */
const CLAIM_LOCKS = 1_801_812_328;
const CLAIM: Statement = {
  sql: `SELECT pg_try_advisory_lock(${CLAIM_LOCKS}, hashtext($1))::text`,
  name: 'keyhold_claim',
};
const GIVE_BACK: Statement = {
  sql: `SELECT pg_advisory_unlock(${CLAIM_LOCKS}, hashtext($1))`,
  name: 'keyhold_give_back',
};

/** One round trip. The lock comes first, so that every later statement sees all that the writer before has committed. */
const BEGIN: Statement = {
  sql: `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
SELECT pg_advisory_xact_lock(${WRITERS_LOCK})`,
};
const BEGIN_SNAPSHOT: Statement = {
  sql: `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_SNAPSHOT_MS}`,
};
const PROBE: Statement = {
  sql: `SELECT pg_is_in_recovery()::text, current_setting('transaction_read_only')`,
  name: 'keyhold_probe',
};
/** Written and taken away again, durably: a mebibyte in the tables and in the log, as the largest batch of ordinary requests may need. */
const PROVE_SPACE: Statement = {
  sql: `INSERT INTO settings (name, value) SELECT 'store.space', string_agg(md5(random()::text), '') FROM generate_series(1, 32768);
DELETE FROM settings WHERE name = 'store.space'`,
};
const SERVER_FACTS: Statement = {
  sql: `SELECT current_setting('fsync'), current_setting('server_encoding')`,
};

const INT8 = 20;
const BYTEA = 17;

/** 64-bit integers as numbers, byte strings as plain arrays; the rest as pg reads it. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return parseInteger;
    const parse = pg.types.getTypeParser(oid, format as 'text');
    if (oid !== BYTEA) return parse;
    return (text: string) => {
      const bytes: Buffer = parse(text);
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    };
  },
};

/** Connects. Throws `storeUnavailable` when the server cannot be reached or would not keep what it acknowledges. */
export async function openPostgres(url: string): Promise<Engine> {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    application_name: 'keyhold',
    types,
  });
  // A connection that breaks while idle leaves the pool; one that breaks in use fails its statement. Neither may end the process.
  pool.on('error', () => {});
  pool.on('connect', client => client.on('error', () => {}));
  try {
    const [facts] = await sessionOn(pool).rows(SERVER_FACTS, []);
    const [fsync, encoding] = must(facts, 'the server answers with its settings');
    if (fsync !== 'on') {
      throw new KmsError(
        'storeUnavailable',
        'The PostgreSQL server runs with fsync = off and would lose acknowledged keys. Turn it on.',
      );
    }
    if (encoding !== 'UTF8') {
      throw new KmsError(
        'storeUnavailable',
        `The database has the encoding ${String(encoding)}. Create it with the encoding UTF8.`,
      );
    }
    return new PostgresEngine(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
}

class PostgresEngine implements Engine {
  readonly name = 'postgres';
  readonly reads: ReadSession;
  readonly #pool: pg.Pool;
  /** This node's own writers queue here, so that they hold one connection of the pool and not all. */
  readonly #mutex = new Mutex();
  /** The last transaction could not be written, as on a full disk: until one is, a probe has to write too. */
  #writesFail = false;
  readonly #claims = new Set<() => Promise<void>>();
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
    const session = sessionOn(pool);
    this.reads = {
      rows: async (statement, args) => {
        this.#requireOpen();
        return session.rows(statement, args);
      },
    };
  }

  transaction<T>(work: (session: TransactionSession) => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      const client = await this.#connect();
      const session = sessionOn(client);
      let settled = false;
      try {
        await session.run(BEGIN, []);
        const { result } = await runInTransaction(session, work);
        await commit(client);
        settled = true;
        this.#writesFail = false;
        return result;
      } catch (thrown) {
        if (thrown instanceof KmsError && thrown.code === 'storeUnavailable') this.#writesFail = true;
        settled = await rollBack(session);
        throw thrown;
      } finally {
        client.release(!settled);
      }
    });
  }

  async beginSnapshot(): Promise<SnapshotSession> {
    const client = await this.#connect();
    const session = sessionOn(client);
    try {
      await session.run(BEGIN_SNAPSHOT, []);
      // The state is fixed by the first statement after BEGIN.
      await session.rows({ sql: 'SELECT 1' }, []);
    } catch (error) {
      client.release(true);
      throw error;
    }
    const end = async () => client.release(!(await rollBack(session)));
    return { rows: session.rows, end };
  }

  /** The lock is of a connection that does nothing else meanwhile: the server lets it go in the moment in which the process ends. */
  async claim(name: string): Promise<StoreClaim | undefined> {
    const client = await this.#connect();
    const session = sessionOn(client);
    let granted: boolean;
    try {
      const [row] = await session.rows(CLAIM, [name]);
      granted = row?.[0] === 'true';
    } catch (error) {
      client.release(true);
      throw error;
    }
    if (!granted) {
      client.release();
      return undefined;
    }
    const giveBack = async (): Promise<void> => {
      if (!this.#claims.delete(giveBack)) return;
      const [given] = await Promise.allSettled([session.rows(GIVE_BACK, [name])]);
      client.release(given.status === 'rejected');
    };
    this.#claims.add(giveBack);
    return { release: giveBack };
  }

  async probe(): Promise<void> {
    const [row] = await this.reads.rows(PROBE, []);
    if (row?.[0] !== 'false' || row[1] !== 'off') {
      throw new KmsError('storeUnavailable', 'PostgreSQL does not take writes now.');
    }
    if (!this.#writesFail) return;
    await sessionOn(this.#pool).run(PROVE_SPACE, []);
    this.#writesFail = false;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#mutex.run(async () => {
      this.#closed = true;
    });
    await Promise.all([...this.#claims].map(giveBack => giveBack()));
    await this.#pool.end();
  }

  async #connect(): Promise<pg.PoolClient> {
    this.#requireOpen();
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw fromPostgresError(error);
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new KmsError('storeUnavailable', 'The store is closed.');
  }
}

function sessionOn(client: pg.Pool | pg.PoolClient): Session {
  const query = async (statement: Statement, args: Row) => {
    const values = bind(statement, args);
    try {
      // A statement without values may be several in one text, which the simple protocol alone allows.
      if (values.length === 0 && statement.name === undefined) {
        return await client.query<Value[]>({ text: statement.sql, rowMode: 'array' });
      }
      return await client.query<Value[]>({
        text: statement.sql,
        values: values as unknown[],
        rowMode: 'array',
        ...(statement.name === undefined ? {} : { name: statement.name }),
      });
    } catch (error) {
      throw fromPostgresError(error);
    }
  };
  return {
    rows: async (statement, args) => (await query(statement, args)).rows,
    run: async (statement, args) => (await query(statement, args)).rowCount ?? 0,
    runEach: async (statement, each) => {
      for (const args of each) await query(statement, args);
    },
  };
}

type Value = Row[number];

/** Throws `storeUnavailable` when the answer did not come: then the transaction happened whole or not at all. */
async function commit(client: pg.PoolClient): Promise<void> {
  let command: string;
  try {
    ({ command } = await client.query('COMMIT'));
  } catch (error) {
    throw fromPostgresError(error);
  }
  // PostgreSQL answers the COMMIT of a failed transaction with a rollback.
  assert(command === 'COMMIT', 'a transaction that failed is not committed');
}

/** Whether the connection is fit for further use. */
async function rollBack(session: Session): Promise<boolean> {
  try {
    await session.run({ sql: 'ROLLBACK' }, []);
    return true;
  } catch {
    return false;
  }
}

function parseInteger(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), 'a stored integer is exact as a number');
  return value;
}
