// The audit log: nothing is answered before its entry is durable. Entries and changes join one group commit.

import type { AuditEntry } from '../../domain/audit-entry.ts';
import type { StoreTransaction } from './store.ts';

/**
 * A change that committed or was refused: either way its entries are in the log, in their order and one behind the other. What is refused
 * without an entry has not been decided, and must be tried again before anything is answered.
 */
export type ChangeOutcome<T> =
  | { readonly ok: true; readonly value: T; readonly entries: readonly AuditEntry[] }
  | { readonly ok: false; readonly error: unknown; readonly entries: readonly AuditEntry[] };

export interface AuditLog {
  /** Fulfils with the entry's index once it is durable; throws `auditUnavailable` when that cannot be, and then it may be absent. */
  record(entry: AuditEntry): Promise<number>;
  /**
   * Runs the change in a transaction and commits it together with its entries. The change returns an outcome instead of throwing: the
   * writes of `ok: false` are undone and its entries are committed alone. Throws `auditUnavailable` when nothing was committed.
   */
  commit<T>(change: (tx: StoreTransaction) => Promise<ChangeOutcome<T>>): Promise<ChangeOutcome<T>>;
  /** The signed checkpoint of the newest durable size. */
  checkpoint(): Promise<string>;
  /** Text by which others verify the checkpoints: `name+hash+key`. */
  readonly verifierKey: string;
  /** Leaf, index, inclusion proof and checkpoint as one text: an offline receipt. */
  receipt(index: number): Promise<string>;
  /** The whole log as the lines of an export that anyone can verify offline: docs/formats/audit-log.md. */
  export(): AsyncIterable<string>;
  /**
   * Fulfils once every entry that could be read when it was called is durable: a store may show a commit a moment before it would survive a
   * power loss. Throws `storeUnavailable`.
   */
  settle(): Promise<void>;
  /** Throws `auditUnavailable` when entries cannot be written now. */
  probe(): Promise<void>;
}
