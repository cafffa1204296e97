// The SQLite engine: one writer connection, one for reads, a write-ahead log. A transaction fulfils after its own commit was flushed
// to the disk; the event loop never waits for the disk. Why this is as safe as synchronous = FULL: docs/decisions/0006-durability.md.

import { closeSync, fdatasync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { must } from '../base/assert.ts';
import { Mutex } from '../base/mutex.ts';
import type { StoreClaim } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import { CommitSync } from './commit-sync.ts';
import type { Engine, SnapshotSession } from './engine.ts';
import { Generations } from './generations.ts';
import type { Row, Statement } from './session.ts';
import { Checkpointer } from './sqlite-checkpoint.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { isSyncFailure } from './sqlite-errors.ts';
import { createDatabaseFile, lockStore, requireSpace, syncDirectory } from './sqlite-files.ts';
import { SqliteReads } from './sqlite-reads.ts';
import { runInTransaction, type TransactionSession } from './transaction.ts';
import { ALL_TABLES } from './written-tables.ts';

export interface SqliteOptions {
  /** The store cannot keep its promises any more; the process should end. Called once. */
  readonly onFatal: (error: KmsError) => void;
  /** Flushes a file to the disk; for tests. */
  readonly flush?: ((descriptor: number) => Promise<void>) | undefined;
}

const flushFile = promisify(fdatasync);

/** Once the log has been emptied, a larger file is cut to this. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024;

const COMMON_PRAGMAS = 'PRAGMA cache_size = -65536; PRAGMA trusted_schema = OFF;';

/**
 * `secure_delete` overwrites what is deleted: wrapped material must not outlive its destruction in free pages. What a savepoint would put back is
 * kept in memory: of 64 KiB on, which a few rows and their indexes reach, SQLite would write it to a file in the temporary directory.
 */
const WRITER_PRAGMAS = `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;
PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}; PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;`;

const WAL_STATE: Statement = { sql: 'PRAGMA wal_checkpoint(NOOP)' };
/** Changes nothing, and has to be written all the same: a page of the log. */
const REWRITE = 'BEGIN IMMEDIATE; PRAGMA user_version = 0; COMMIT';
const TOUCH: Statement = { sql: 'SELECT count(*) FROM sqlite_schema' };

/** Opens or makes the database file. Throws `storeUnavailable`. */
export function openSqlite(file: string, options: SqliteOptions): Engine {
  const path = resolve(file);
  createDatabaseFile(path);
  const unlock = lockStore(path);
  try {
    return new SqliteEngine(path, unlock, options);
  } catch (error) {
    unlock();
    throw error;
  }
}

class SqliteEngine implements Engine {
  readonly name = 'sqlite';
  readonly reads: SqliteReads;
  /** The lock on the file keeps every other process out, so what this one commits is all that changes. */
  readonly generations = new Generations();
  readonly #path: string;
  readonly #unlock: () => void;
  readonly #onFatal: (error: KmsError) => void;
  readonly #writer: SqliteConnection;
  readonly #walDescriptor: number;
  readonly #commits: CommitSync;
  readonly #checkpointer: Checkpointer;
  readonly #mutex = new Mutex();
  readonly #claims = new Set<string>();
  /** The last commit could not be written, as on a full disk: until one succeeds, a probe has to write too. */
  #writesFail = false;
  #unusable: KmsError | undefined;
  #closing: Promise<void> | undefined;

  constructor(path: string, unlock: () => void, options: SqliteOptions) {
    this.#path = path;
    this.#unlock = unlock;
    this.#onFatal = options.onFatal;
    const onError = (error: unknown) => {
      if (isSyncFailure(error)) this.#fail(error);
    };
    this.#writer = new SqliteConnection(path, { onError });
    this.#writer.execute(COMMON_PRAGMAS + WRITER_PRAGMAS);
    // The first read opens the log, and replays it after a crash. From here on the log file is neither replaced nor deleted, since
    // SQLite does that when the last connection closes.
    this.#writer.rowsNow(TOUCH, []);
    this.#walDescriptor = openSync(`${path}-wal`, 'r+');
    syncDirectory(dirname(path));
    const reader = new SqliteConnection(path, { readOnly: true, onError });
    reader.execute(COMMON_PRAGMAS);
    this.reads = new SqliteReads(reader, () => this.#requireUsable());
    const flush = options.flush ?? flushFile;
    this.#commits = new CommitSync(
      () => flush(this.#walDescriptor),
      error => this.#fail(error),
    );
    this.#checkpointer = new Checkpointer({
      path,
      alone: section => this.#mutex.run(async () => void (await section())),
      onFatal: error => this.#fail(error),
    });
  }

  async transaction<T>(work: (session: TransactionSession) => Promise<T>): Promise<T> {
    const { result, flushed } = await this.#mutex.run(async () => {
      const result = await this.#commit(work);
      const flushed = this.#flushed();
      this.#observeLog();
      return { result, flushed };
    });
    // Outside the mutex: the next transaction runs while this one is flushed.
    await flushed;
    return result;
  }

  async beginSnapshot(): Promise<SnapshotSession> {
    this.#requireUsable();
    const connection = new SqliteConnection(this.#path, { readOnly: true });
    connection.execute('BEGIN');
    // The state is fixed by the first read of a transaction.
    connection.rowsNow(TOUCH, []);
    return {
      rows: (statement: Statement, args: Row) => connection.rows(statement, args),
      end: async () => connection.close(),
    };
  }

  /** The lock on the file keeps other processes out: a claim is among the callers in this one. */
  async claim(name: string): Promise<StoreClaim | undefined> {
    this.#requireUsable();
    if (this.#claims.has(name)) return undefined;
    this.#claims.add(name);
    let held = true;
    return {
      release: async () => {
        if (held) this.#claims.delete(name);
        held = false;
      },
    };
  }

  async probe(): Promise<void> {
    // The room that a failed commit has left in the log takes a page or two more, which proves nothing.
    const mustWrite = this.#writesFail;
    if (mustWrite) await requireSpace(this.#path);
    await this.#mutex.run(async () => {
      this.#requireUsable();
      try {
        this.#writer.execute(mustWrite ? REWRITE : 'BEGIN IMMEDIATE; ROLLBACK');
        if (mustWrite) this.#writesFail = false;
      } catch (thrown) {
        this.#rollBack();
        throw thrown;
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#mutex.run(async () => {
      this.#endUse(new KmsError('storeUnavailable', 'The store is closed.'));
    });
    await this.#checkpointer.close();
    await this.#commits.idle();
    this.reads.close();
    this.#writer.close();
    closeSync(this.#walDescriptor);
    this.#unlock();
  }

  async #commit<T>(work: (session: TransactionSession) => Promise<T>): Promise<T> {
    this.#requireUsable();
    this.#writer.execute('BEGIN IMMEDIATE');
    try {
      const { result, written } = await runInTransaction(this.#writer, work);
      this.#requireUsable();
      this.reads.end();
      // Counted first: should the commit throw after all, nothing that was read before is relied on either.
      this.generations.begin(written);
      this.#writer.execute('COMMIT');
      this.#writesFail = false;
      return result;
    } catch (thrown) {
      if (thrown instanceof KmsError && thrown.code === 'storeUnavailable') this.#writesFail = true;
      this.#rollBack();
      throw thrown;
    }
  }

  async #flushed(): Promise<void> {
    try {
      await this.#commits.sync();
    } catch (error) {
      throw this.#unusable ?? error;
    }
  }

  /** While the disk is at work. What keeps from it keeps from the next transaction as well, which says so. */
  #observeLog(): void {
    try {
      const [row] = this.#writer.rowsNow(WAL_STATE, []);
      const [, log, checkpointed] = must(row, 'the state of the log is one row');
      this.#checkpointer.observe({ log: Number(log), checkpointed: Number(checkpointed) });
    } catch (error) {
      if (!(error instanceof KmsError)) throw error;
    }
  }

  #requireUsable(): void {
    if (this.#unusable !== undefined) throw this.#unusable;
  }

  #rollBack(): void {
    try {
      this.#writer.execute('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full; the next BEGIN would say if it had not.
    }
  }

  #fail(error: unknown): void {
    if (this.#unusable !== undefined) return;
    const fatal = new KmsError(
      'storeUnavailable',
      'The store cannot keep what is written any more. Check the disk, then restart Keyhold.',
      {},
      error,
    );
    this.#endUse(fatal);
    this.#onFatal(fatal);
  }

  #endUse(reason: KmsError): void {
    this.#unusable ??= reason;
    // What is remembered is not given out either.
    this.generations.begin(ALL_TABLES);
  }
}
