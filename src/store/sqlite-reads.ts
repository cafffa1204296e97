// Reads outside transactions. Those of one turn of the event loop share one read transaction, which spares the locks of each: a third
// of the cost of a hot read. It never outlives a commit, so every read still sees everything committed.

import type { ReadSession, Row, Statement } from './session.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

const BEGIN: Statement = { sql: 'BEGIN' };
const END: Statement = { sql: 'COMMIT' };

export class SqliteReads implements ReadSession {
  readonly #connection: SqliteConnection;
  /** Throws when the store must not be used. */
  readonly #requireUsable: () => void;
  #open = false;

  constructor(connection: SqliteConnection, requireUsable: () => void) {
    this.#connection = connection;
    this.#requireUsable = requireUsable;
  }

  async rows(statement: Statement, args: Row): Promise<readonly Row[]> {
    this.#requireUsable();
    if (!this.#open) {
      this.#connection.rowsNow(BEGIN, []);
      this.#open = true;
      setImmediate(() => this.end());
    }
    return this.#connection.rowsNow(statement, args);
  }

  /**
   * To be called right before each commit: what is read afterwards sees it, and the log may start anew, which a reader inside it would
   * prevent.
   */
  end(): void {
    if (!this.#open) return;
    this.#open = false;
    // SQLite ends it by itself when a read fails, as on a broken disk: that read was told, and nobody else is to be.
    if (this.#connection.inTransaction) this.#connection.rowsNow(END, []);
  }

  close(): void {
    this.end();
    this.#connection.close();
  }
}
