// One SQLite connection as a session. Statements stay prepared by their text, so that a hot read is one lookup and one call.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { bind, type Row, type Session, type Statement } from './session.ts';
import { fromSqliteError } from './sqlite-errors.ts';

/** More than all statements that are compiled once; those of changing shape push out the oldest. */
const PREPARED_MAX = 256;

/** How long a statement waits, blocking the process, for a lock that only another program can hold. */
const LOCK_WAIT_MS = 250;

export class SqliteConnection implements Session {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #onError: (error: unknown) => void;

  /** `onError` sees every error as SQLite gave it, before it is turned into ours. */
  constructor(path: string, options: { readOnly?: boolean; onError?: (error: unknown) => void } = {}) {
    this.#onError = options.onError ?? (() => {});
    this.#database = this.#attempt(
      () =>
        new DatabaseSync(path, {
          readOnly: options.readOnly ?? false,
          enableForeignKeyConstraints: true,
          timeout: LOCK_WAIT_MS,
        }),
    );
  }

  async rows(statement: Statement, args: Row): Promise<readonly Row[]> {
    return this.rowsNow(statement, args);
  }

  async run(statement: Statement, args: Row): Promise<number> {
    return this.#attempt(() => Number(this.#prepare(statement.sql).run(...bind(statement, args)).changes));
  }

  async runEach(statement: Statement, each: readonly Row[]): Promise<void> {
    this.#attempt(() => {
      const prepared = this.#prepare(statement.sql);
      for (const args of each) prepared.run(...bind(statement, args));
    });
  }

  rowsNow(statement: Statement, args: Row): readonly Row[] {
    // Rows are arrays because the statement is told so; the types of node:sqlite know objects alone.
    return this.#attempt(
      () => this.#prepare(statement.sql).all(...bind(statement, args)) as unknown as readonly Row[],
    );
  }

  /** Statements without parameters or rows: pragmas and the borders of transactions. */
  execute(sql: string): void {
    this.#attempt(() => this.#database.exec(sql));
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  close(): void {
    this.#prepared.clear();
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    if (this.#prepared.size >= PREPARED_MAX) {
      const [oldest] = this.#prepared.keys();
      if (oldest !== undefined) this.#prepared.delete(oldest);
    }
    this.#prepared.set(sql, statement);
    return statement;
  }

  #attempt<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      this.#onError(error);
      throw fromSqliteError(error);
    }
  }
}
