// One open transaction, the same on every engine: after a statement has failed nothing more runs in it until the innermost savepoint
// is rolled back. PostgreSQL insists on that; SQLite would go on, and the engines would differ where it hurts most.

import { assert } from '../base/assert.ts';
import { KmsError } from '../domain/errors.ts';
import type { TableName } from './schema.ts';
import type { Row, Session, Statement } from './session.ts';
import { ALL_TABLES } from './written-tables.ts';

export class TransactionSession implements Session {
  readonly #raw: Session;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #depth = 0;
  readonly #written = new Set<TableName>();

  constructor(raw: Session) {
    this.#raw = raw;
  }

  rows(statement: Statement, args: Row): Promise<readonly Row[]> {
    this.#note(statement);
    return this.#guard(() => this.#raw.rows(statement, args));
  }

  run(statement: Statement, args: Row): Promise<number> {
    this.#note(statement);
    return this.#guard(() => this.#raw.run(statement, args));
  }

  runEach(statement: Statement, each: readonly Row[]): Promise<void> {
    this.#note(statement);
    return this.#guard(() => this.#raw.runEach(statement, each));
  }

  /** The tables that may not be any more as the last commit has left them. What a savepoint has undone counts as well. */
  get written(): ReadonlySet<TableName> {
    return this.#written;
  }

  /** Throws what every statement would. */
  requireUsable(): void {
    assert(!this.#ended, 'a transaction is not used after its end');
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    // Counted before anything is waited for: two that begin at once are told apart.
    this.#depth += 1;
    const depth = this.#depth;
    try {
      await this.#guard(() => this.#raw.run({ sql: `SAVEPOINT keyhold_${depth}` }, []));
      return await this.#releasing(depth, work);
    } finally {
      this.#depth = depth - 1;
    }
  }

  /** The transaction is over. Returns what failed in it and was not rolled back, even when the work looked away. */
  end(): { readonly error: unknown } | undefined {
    this.#ended = true;
    return this.#failure;
  }

  async #releasing<T>(depth: number, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      assert(this.#depth === depth, 'savepoints end in the reverse of the order in which they began');
      // Refuses where a statement has failed, also one that the work looked away from.
      await this.#guard(() => this.#raw.run({ sql: `RELEASE SAVEPOINT keyhold_${depth}` }, []));
      return result;
    } catch (thrown) {
      await this.#rollBackTo(depth);
      throw thrown;
    }
  }

  async #rollBackTo(depth: number): Promise<void> {
    // A store that cannot write has lost the whole transaction, not this part of it.
    const failure = this.#failure?.error;
    if (failure instanceof KmsError && failure.code === 'storeUnavailable') return;
    try {
      await this.#raw.run({ sql: `ROLLBACK TO SAVEPOINT keyhold_${depth}` }, []);
      await this.#raw.run({ sql: `RELEASE SAVEPOINT keyhold_${depth}` }, []);
      this.#failure = undefined;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  #note({ writes = ALL_TABLES }: Statement): void {
    for (const table of writes) this.#written.add(table);
  }

  async #guard<T>(statement: () => Promise<T>): Promise<T> {
    this.requireUsable();
    try {
      return await statement();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}

export interface Done<T> {
  readonly result: T;
  readonly written: ReadonlySet<TableName>;
}

/** Runs the work between `BEGIN` and the caller's `COMMIT`. Rejects when the work did, or when any of its statements failed. */
export async function runInTransaction<T>(
  raw: Session,
  work: (session: TransactionSession) => Promise<T>,
): Promise<Done<T>> {
  const session = new TransactionSession(raw);
  let result: T;
  try {
    result = await work(session);
  } catch (thrown) {
    session.end();
    throw thrown;
  }
  const failure = session.end();
  if (failure !== undefined) throw failure.error;
  return { result, written: session.written };
}
