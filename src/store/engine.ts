// What an engine must do; everything above it is written once. Two engines exist: sqlite.ts and postgres.ts.

import type { StoreClaim } from '../core/ports/store.ts';
import type { Generations } from './generations.ts';
import type { EngineName } from './query.ts';
import type { ReadSession } from './session.ts';
import type { TransactionSession } from './transaction.ts';

export interface SnapshotSession extends ReadSession {
  /** Ends the snapshot. Never throws. */
  end(): Promise<void>;
}

export interface Engine {
  readonly name: EngineName;
  /** Each statement sees everything committed before it. */
  readonly reads: ReadSession;
  /** Where this process alone may write: counts the commits that changed a table, in the turn in which they commit. */
  readonly generations?: Generations | undefined;
  /** As `Store.transaction`: alone across all nodes, durable once fulfilled. */
  transaction<T>(work: (session: TransactionSession) => Promise<T>): Promise<T>;
  /** A session that sees one state of the database until it ends, and holds nobody up. */
  beginSnapshot(): Promise<SnapshotSession>;
  /** As `Store.claim`. */
  claim(name: string): Promise<StoreClaim | undefined>;
  /** Throws `storeUnavailable` unless the database answers and takes writes. */
  probe(): Promise<void>;
  close(): Promise<void>;
}
