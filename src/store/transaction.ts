// One open transaction, the same on every engine: after a statement has failed nothing more runs in it until the innermost savepoint
// is rolled back. PostgreSQL insists on that; SQLite would go on, and the engines would differ where it hurts most.

import { assert } from '../base/assert.ts';
import { KmsError } from '../domain/errors.ts';
import type { Row, Session, Statement } from './session.ts';

export class TransactionSession implements Session {
  readonly #raw: Session;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #depth = 0;
  #changesMoreThanLog = false;

  constructor(raw: Session) {
    this.#raw = raw;
  }

  rows(statement: Statement, args: Row): Promise<readonly Row[]> {
    return this.#guard(() => this.#raw.rows(statement, args));
  }

  /** Whether anything but the log was written: then what was read before may not hold any more. */
  get changesMoreThanLog(): boolean {
    return this.#changesMoreThanLog;
  }

  run(statement: Statement, args: Row): Promise<number> {
    if (statement.logOnly !== true) this.#changesMoreThanLog = true;
    return this.#guard(() => this.#raw.run(statement, args));
  }

  runEach(statement: Statement, each: readonly Row[]): Promise<void> {
    if (statement.logOnly !== true) this.#changesMoreThanLog = true;
    return this.#guard(() => this.#raw.runEach(statement, each));
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    const depth = this.#depth + 1;
    await this.#guard(() => this.#raw.run({ sql: `SAVEPOINT keyhold_${depth}` }, []));
    this.#depth = depth;
    try {
      const result = await work();
      if (this.#failure !== undefined) throw this.#failure.error;
      assert(this.#depth === depth, 'savepoints end in the reverse of the order in which they began');
      await this.#guard(() => this.#raw.run({ sql: `RELEASE SAVEPOINT keyhold_${depth}` }, []));
      return result;
    } catch (thrown) {
      await this.#rollBackTo(depth);
      throw thrown;
    } finally {
      this.#depth = depth - 1;
    }
  }

  /** The transaction is over. Returns what failed in it and was not rolled back, even when the work looked away. */
  end(): { readonly error: unknown } | undefined {
    this.#ended = true;
    return this.#failure;
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

  async #guard<T>(statement: () => Promise<T>): Promise<T> {
    assert(!this.#ended, 'a transaction is not used after its end');
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      return await statement();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}

/** Runs the work between `BEGIN` and the caller's `COMMIT`. Rejects when the work did, or when any of its statements failed. */
export async function runInTransaction<T>(
  raw: Session,
  work: (session: TransactionSession) => Promise<T>,
): Promise<T> {
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
  return result;
}
