// The audit log over the store: entries and changes join a group commit, and each batch is one transaction that holds the changes, the
// leaves, the tiles that became full and the new frontier. A batch is in the log whole or not at all; nobody is told before it is durable.

import { BrokenInvariant, must } from '../base/assert.ts';
import { type Bytes, equalBytes, utf8 } from '../base/bytes.ts';
import { canonicalJson } from '../base/canonical-json.ts';
import { GroupCommit } from '../base/group-commit.ts';
import type { AuditLog, ChangeOutcome } from '../core/ports/audit-log.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { LogHeadRow, LogRow, Store, StoreReads, StoreTransaction } from '../core/ports/store.ts';
import type { AuditEntry } from '../domain/audit-entry.ts';
import { KmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import { writeExport } from './export.ts';
import {
  advanceLogHead,
  growLog,
  type HeadSource,
  type LogHead,
  logHashReader,
  rebuildLogHead,
} from './log-head.ts';
import {
  EMPTY_FRONTIER,
  type Frontier,
  leafHash,
  parseFrontier,
  rootOf,
  serializeFrontier,
} from './merkle.ts';
import { consistencyProof, inclusionProof, verifyConsistency } from './merkle-proof.ts';
import { printReceipt } from './receipt.ts';
import { type NoteSigner, printVerifierKey } from './signed-note.ts';

const BATCH_JOBS_MAX = 512;
const QUEUE_JOBS_MAX = 16_384;
const LEAVES_PER_READ = 1_000;

export interface AuditLogParts {
  readonly store: Store;
  /** Its name is the origin of the log. Undefined: the root key, which opens it, is not there yet; see {@link SigningLog.beginSigning}. */
  readonly signer?: NoteSigner | undefined;
  readonly clock: Clock;
  /** Sees every entry that has become durable, in order: for metrics. Must not throw. */
  readonly observe?: ((entry: AuditEntry) => void) | undefined;
}

/** The log, and its signer coming and going with the root key. Entries are written without one as well. */
export interface SigningLog extends AuditLog {
  /** Throws `sealed` while there is no signer. */
  requireSigner(): void;
  /**
   * Proves that the stored log contains the newest checkpoint that was ever stored, and signs from now on. What was appended before, in a
   * sealed server, is refusals and shares of the root key. Throws when it does not: then nothing may be relied on.
   */
  beginSigning(signer: NoteSigner): Promise<void>;
  stopSigning(): void;
  /** Does nothing without a signer. */
  storeCheckpoint(): Promise<void>;
}

/** An entry alone, or a change that yields some. */
type Job =
  | { readonly entry: AuditEntry }
  | { readonly change: (tx: StoreTransaction) => Promise<ChangeOutcome<unknown>> };

interface Committed {
  readonly outcome: ChangeOutcome<unknown>;
  /** Of its first entry. */
  readonly index: number;
}

/** Undoes the savepoint of a change that was refused; never leaves this file. */
class RefusedChange extends Error {
  readonly outcome: ChangeOutcome<unknown>;
  constructor(outcome: ChangeOutcome<unknown>) {
    super('refused');
    this.outcome = outcome;
  }
}

/**
 * Opens the log and proves that what is stored agrees with itself and with the newest checkpoint that was ever stored. A log that does
 * not is a broken invariant: nothing may be appended to it.
 */
export async function openAuditLog(parts: AuditLogParts): Promise<SigningLog> {
  const { store } = parts;
  let signer: NoteSigner | undefined;
  let stored = await store.log.head();
  let head = await rebuildLogHead(frontierOf(stored), headSource(store));
  let signed: { readonly size: number; readonly note: string } | undefined;
  if (parts.signer !== undefined) await beginSigning(parts.signer);

  const pool = new GroupCommit<Job, Committed>({
    commitBatch,
    batchJobsMax: BATCH_JOBS_MAX,
    queueJobsMax: QUEUE_JOBS_MAX,
    overflow: () =>
      new KmsError('overloaded', 'Too many operations wait for the audit log. Try again shortly.'),
  });

  async function commitBatch(jobs: readonly Job[]): Promise<readonly Committed[]> {
    const { next, committed } = await store.transaction(async tx => {
      // Another node may have appended since: the stored head is the truth, ours is a copy that saves reading it anew.
      const current = await tx.log.head();
      const base = await upToDate(tx, current);
      const outcomes: ChangeOutcome<unknown>[] = [];
      for (const job of jobs)
        outcomes.push('entry' in job ? outcomeOf(job.entry) : await runChange(tx, job.change));
      return append(tx, base, current, outcomes);
    });
    head = next.head;
    stored = next.stored;
    for (const entry of entriesOf(committed)) parts.observe?.(entry);
    return committed;
  }

  async function beginSigning(given: NoteSigner): Promise<void> {
    await requireConsistent(await refresh(), store, given);
    signer = given;
  }

  function requireSigner(): NoteSigner {
    if (signer !== undefined) return signer;
    throw new KmsError('sealed', 'The server is sealed: the audit log is written, and signed by nobody.');
  }

  /** Our head, or ours moved on to what other nodes have appended. */
  async function upToDate(reads: StoreReads, current: LogHeadRow | undefined): Promise<LogHead> {
    return sameHead(current, stored) ? head : advanceLogHead(head, frontierOf(current), headSource(reads));
  }

  function refuse(cause: unknown): never {
    if (cause instanceof KmsError && cause.code === 'overloaded') throw cause;
    throw new KmsError(
      'auditUnavailable',
      'The audit log cannot be written now, so nothing may be answered. Try again later.',
      {},
      cause,
    );
  }

  function checkpointOf({ frontier }: LogHead): { readonly size: number; readonly note: string } {
    if (signed?.size !== frontier.size) {
      const note = signCheckpoint({ size: frontier.size, rootHash: rootOf(frontier) }, requireSigner());
      signed = { size: frontier.size, note };
    }
    return must(signed, 'it was just signed');
  }

  /** The head of everything durable, other nodes' entries included. */
  async function refresh(): Promise<LogHead> {
    const current = await store.log.head();
    // A batch of ours may have become durable since the store looked: ours is the newer one then.
    return frontierOf(current).size < head.frontier.size ? head : upToDate(store, current);
  }

  /** A commit that comes later is durable no earlier than those before it. */
  const settle = (): Promise<void> => store.transaction(async () => {});

  /** The same, on the disk. */
  async function durableHead(): Promise<LogHead> {
    const current = await refresh();
    await settle();
    return current;
  }

  return {
    get verifierKey() {
      return printVerifierKey(requireSigner());
    },
    requireSigner: () => void requireSigner(),
    beginSigning,
    stopSigning() {
      signer = undefined;
      signed = undefined;
    },

    record: entry => pool.add({ entry }).then(({ index }) => index, refuse),

    commit: <T>(change: (tx: StoreTransaction) => Promise<ChangeOutcome<T>>) =>
      pool.add({ change }).then(({ outcome }) => outcome as ChangeOutcome<T>, refuse),

    async checkpoint() {
      return checkpointOf(await refresh()).note;
    },

    async storeCheckpoint() {
      if (signer === undefined) return;
      const current = checkpointOf(await refresh());
      const [newest] = await store.log.checkpoints(1);
      if (newest === undefined || newest.size < current.size) {
        await store.transaction(tx => tx.log.putCheckpoint(current.size, current.note));
      }
    },

    async receipt(index) {
      const current = await refresh();
      const [row] = await store.log.leaves(index, 1);
      if (row?.index !== index || index >= current.frontier.size) {
        throw new KmsError('notFound', `The audit log has no entry ${index}.`, { index });
      }
      const proof = await inclusionProof(
        index,
        current.frontier.size,
        logHashReader(current, tileReader(store)),
      );
      return printReceipt({ index, leaf: row.leaf, proof, checkpoint: checkpointOf(current).note });
    },

    async *export() {
      const by = requireSigner();
      // No entry of its own is waited for behind this, as behind every other reading of the log.
      const current = checkpointOf(await durableHead());
      const earlier = (await store.log.checkpoints(1_000))
        .filter(({ size }) => size < current.size)
        .reverse();
      yield* writeExport({
        header: { origin: by.name, verifierKey: printVerifierKey(by) },
        entries: leavesUpTo(store, current.size),
        checkpoints: [...earlier, current],
      });
    },

    settle,
    probe: () => store.probe(),
  };
}

function outcomeOf(entry: AuditEntry): ChangeOutcome<unknown> {
  return { ok: true, value: undefined, entries: [entry] };
}

/** A refused change leaves nothing but its entries. */
async function runChange(
  tx: StoreTransaction,
  change: (tx: StoreTransaction) => Promise<ChangeOutcome<unknown>>,
): Promise<ChangeOutcome<unknown>> {
  try {
    return await tx.savepoint(async () => {
      const outcome = await change(tx);
      if (!outcome.ok) throw new RefusedChange(outcome);
      return outcome;
    });
  } catch (thrown) {
    if (thrown instanceof RefusedChange) return thrown.outcome;
    throw thrown;
  }
}

async function append(
  tx: StoreTransaction,
  base: LogHead,
  current: LogHeadRow | undefined,
  outcomes: readonly ChangeOutcome<unknown>[],
): Promise<{ next: { head: LogHead; stored: LogHeadRow | undefined }; committed: Committed[] }> {
  const first = base.frontier.size;
  let next = first;
  const committed = outcomes.map(outcome => {
    const index = next;
    next += outcome.entries.length;
    return { outcome, index };
  });
  const rows = entriesOf(committed).map((entry, offset) => rowOf(first + offset, entry));
  if (rows.length === 0) return { next: { head: base, stored: current }, committed };
  const { head, fullTiles } = growLog(
    base,
    rows.map(row => leafHash(row.leaf)),
  );
  const stored = { tree: serializeFrontier(head.frontier), ...orderOf(current, rows) };
  await tx.log.append(rows);
  for (const { level, index, hashes } of fullTiles) await tx.log.putTile(level, index, hashes);
  await tx.log.putHead(stored);
  return { next: { head, stored }, committed };
}

/** The entries in the order in which they stand, and how far that is from the order of their instants. */
function orderOf(before: LogHeadRow | undefined, rows: readonly LogRow[]): Omit<LogHeadRow, 'tree'> {
  let { latestAt, disorderMs } = before ?? { latestAt: 0, disorderMs: 0 };
  for (const { at } of rows) {
    disorderMs = Math.max(disorderMs, latestAt - at);
    latestAt = Math.max(latestAt, at);
  }
  return { latestAt, disorderMs };
}

function entriesOf(committed: readonly Committed[]): readonly AuditEntry[] {
  return committed.flatMap(({ outcome }) => outcome.entries);
}

function rowOf(index: number, entry: AuditEntry): LogRow {
  const used = entry.kind === 'use' && entry.outcome === 'ok';
  return {
    index,
    at: entry.at,
    projectId: entry.projectId,
    principalId: entry.principalId,
    operation: entry.operation,
    outcome: entry.outcome,
    leaf: leafOf(entry),
    keys: entry.targets.filter(({ type }) => type === 'key').map(({ id }) => ({ keyId: id, used })),
  };
}

function leafOf(entry: AuditEntry): Bytes {
  const leaf = canonicalLeaf(entry);
  if (leaf.length <= LIMITS.auditEntryBytesMax) return leaf;
  // Operations bound their details; should one fail to, its entry is kept without them rather than not at all.
  return utf8(
    canonicalJson({
      ...entry,
      targets: entry.targets.slice(0, 100),
      details: { omittedBytes: leaf.length },
    }),
  );
}

function canonicalLeaf(entry: AuditEntry): Bytes {
  try {
    return utf8(canonicalJson(entry));
  } catch (fault) {
    if (!(fault instanceof BrokenInvariant)) throw fault;
    // One operation's mistake, such as half a surrogate pair: the batch of everybody must not be lost with it.
    const targets = entry.targets.filter(({ id }) => id.isWellFormed());
    return utf8(canonicalJson({ ...entry, targets, details: { omitted: 'unfit' } }));
  }
}

function frontierOf(stored: LogHeadRow | undefined): Frontier {
  return stored === undefined ? EMPTY_FRONTIER : parseFrontier(stored.tree);
}

function headSource(reads: StoreReads): HeadSource {
  return {
    async leafHashes(start, end) {
      const rows = await reads.log.leaves(start, end - start);
      return rows.map(row => leafHash(row.leaf));
    },
    fullTile: tileReader(reads),
  };
}

function tileReader(reads: StoreReads): (level: number, index: number) => Promise<Bytes> {
  return async (level, index) => must(await reads.log.tile(level, index), 'every full tile is stored');
}

/** The tree must still contain the tree of the newest stored checkpoint: a database put back to an older state is noticed here. */
async function requireConsistent(head: LogHead, store: Store, signer: NoteSigner): Promise<void> {
  const [newest] = await store.log.checkpoints(1);
  if (newest === undefined) return;
  const checkpoint = openCheckpoint(newest.note, [signer]);
  const { size } = head.frontier;
  const consistent =
    checkpoint.size === 0 ||
    (checkpoint.size <= size &&
      verifyConsistency({
        oldSize: checkpoint.size,
        newSize: size,
        oldRoot: checkpoint.rootHash,
        newRoot: rootOf(head.frontier),
        proof: await consistencyProof(checkpoint.size, size, logHashReader(head, tileReader(store))),
      }));
  if (!consistent) {
    throw new KmsError(
      'internal',
      `The audit log of ${size} entries does not contain the checkpoint of ${checkpoint.size} entries that it once signed. ` +
        'The database was changed from outside or restored in part: compare it with a backup before anything else.',
    );
  }
}

async function* leavesUpTo(store: Store, size: number): AsyncGenerator<Bytes> {
  for (let index = 0; index < size; ) {
    const rows = await store.log.leaves(index, Math.min(LEAVES_PER_READ, size - index));
    for (const row of rows) yield row.leaf;
    index = must(rows.at(-1), 'every entry below the size of the log is stored').index + 1;
  }
}

function sameHead(left: LogHeadRow | undefined, right: LogHeadRow | undefined): boolean {
  return left === undefined || right === undefined ? left === right : equalBytes(left.tree, right.tree);
}
