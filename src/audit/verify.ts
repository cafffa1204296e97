// Verifying a log without trusting who keeps it: every entry is hashed again, and every signed checkpoint must fit the tree at its size.
// Two checkpoints that fit the same entries are consistent with each other, so no proof between them is needed. One pass, bounded
// memory, no clock, no storage; nothing in an export is believed before a signature of a given key covers it.

import { type Bytes, base64, equalBytes } from '../base/bytes.ts';
import { KmsError } from '../domain/errors.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { type ExportItem, readExport } from './export.ts';
import { readLeaf } from './leaf.ts';
import { appendLeaf, EMPTY_FRONTIER, leafHash, rootOf } from './merkle.ts';
import type { NoteVerifier } from './signed-note.ts';
import type { VerificationFailure } from './verification-failure.ts';

const PROGRESS_ENTRIES = 10_000;
const WARNINGS_KEPT_MAX = 20;

/** Instants that go backwards: no proof of tampering (a clock was set), but worth a look. The first few, and how many there are. */
export type ClockWarnings = {
  readonly count: number;
  readonly first: readonly { readonly index: number; readonly at: number; readonly previousAt: number }[];
};

export type LogVerification = {
  /** The entries up to this size are exactly the signed ones. */
  readonly verifiedSize: number;
  /** How many checkpoints fitted. */
  readonly checkpoints: number;
  readonly warnings: ClockWarnings;
} & (
  | { readonly ok: true; readonly rootHash: Bytes }
  /** The first thing that is wrong. */
  | { readonly ok: false; readonly failure: VerificationFailure }
);

export type VerificationOptions = {
  /** Keys of this log that the verifier trusts, got otherwise than with the log. */
  readonly verifiers: readonly NoteVerifier[];
  /** Signed checkpoints of this log kept from earlier: they alone expose a history rewritten by the holder of the signing key. */
  readonly knownCheckpoints?: readonly string[];
  /** Hears the number of entries so far, every 10,000. */
  readonly onProgress?: (entries: number) => void;
};

/** Verifies an export as it is read. Throws only what reading the chunks throws. */
export function verifyExport(
  chunks: AsyncIterable<Bytes | string>,
  options: VerificationOptions,
): Promise<LogVerification> {
  return verifyLog(readExport(chunks), options);
}

/** Verifies a log from its items: entries from index 0 on, each checkpoint behind its last entry. A header is optional. */
export async function verifyLog(
  items: AsyncIterable<ExportItem>,
  { verifiers, knownCheckpoints = [], onProgress }: VerificationOptions,
): Promise<LogVerification> {
  const walk = new LogWalk(verifiers);
  let failure = walk.know(knownCheckpoints);
  if (failure === undefined) {
    for await (const item of items) {
      failure = walk.take(item);
      if (failure !== undefined) break;
      if (item.kind === 'entry' && walk.size % PROGRESS_ENTRIES === 0) onProgress?.(walk.size);
    }
  }
  return walk.finish(failure);
}

/** The state of one verification: the tree so far and how far checkpoints have confirmed it. */
class LogWalk {
  readonly #verifiers: readonly NoteVerifier[];
  #frontier = EMPTY_FRONTIER;
  /** Those ahead, by size, nearest last. */
  #known: Checkpoint[] = [];
  #verifiedSize = 0;
  #checkpoints = 0;
  #previousAt = 0;
  #clockSteps = 0;
  readonly #firstClockSteps: ClockWarnings['first'][number][] = [];

  constructor(verifiers: readonly NoteVerifier[]) {
    this.#verifiers = verifiers;
  }

  get size(): number {
    return this.#frontier.size;
  }

  know(notes: readonly string[]): VerificationFailure | undefined {
    for (const [position, note] of notes.entries()) {
      const opened = tryOpen(note, this.#verifiers);
      if (!opened.ok) return { kind: 'badKnownCheckpoint', position, problem: opened.problem };
      this.#known.push(opened.checkpoint);
    }
    this.#known.sort((left, right) => right.size - left.size);
    const contradicted = this.#known.find((checkpoint, at) => contradict(checkpoint, this.#known[at + 1]));
    return contradicted === undefined
      ? this.#compareKnown()
      : { kind: 'twoHistories', size: contradicted.size };
  }

  take(item: ExportItem): VerificationFailure | undefined {
    switch (item.kind) {
      case 'entry':
        return this.#takeEntry(item.leaf);
      case 'checkpoint':
        return this.#takeCheckpoint(item.note);
      case 'header': {
        const { origin } = item.header;
        return this.#verifiers.some(({ name }) => name === origin) ? undefined : { kind: 'otherLog', origin };
      }
      case 'broken':
        return { kind: 'brokenExport', line: item.line, problem: item.problem };
    }
  }

  finish(failureBefore: VerificationFailure | undefined): LogVerification {
    const failure = failureBefore ?? this.#missing();
    const counts = {
      verifiedSize: this.#verifiedSize,
      checkpoints: this.#checkpoints,
      warnings: { count: this.#clockSteps, first: this.#firstClockSteps },
    };
    return failure === undefined
      ? { ok: true, rootHash: rootOf(this.#frontier), ...counts }
      : { ok: false, failure, ...counts };
  }

  #takeEntry(leaf: Bytes): VerificationFailure | undefined {
    const index = this.size;
    const reading = readLeaf(leaf);
    if (!reading.ok) return { kind: 'badEntry', index, problem: reading.problem };
    if (reading.at < this.#previousAt) {
      this.#clockSteps += 1;
      if (this.#firstClockSteps.length < WARNINGS_KEPT_MAX) {
        this.#firstClockSteps.push({ index, at: reading.at, previousAt: this.#previousAt });
      }
    }
    this.#previousAt = reading.at;
    this.#frontier = appendLeaf(this.#frontier, leafHash(leaf));
    return this.#compareKnown();
  }

  #takeCheckpoint(note: string): VerificationFailure | undefined {
    const opened = tryOpen(note, this.#verifiers);
    if (!opened.ok) return { kind: 'badCheckpoint', entries: this.size, problem: opened.problem };
    const { checkpoint } = opened;
    const sizes = { signedSize: checkpoint.size, entries: this.size };
    if (checkpoint.size > this.size) return { kind: 'missingEntries', ...sizes };
    if (checkpoint.size < this.size) return { kind: 'misplacedCheckpoint', ...sizes };
    return this.#compare(checkpoint);
  }

  #compareKnown(): VerificationFailure | undefined {
    for (let next = this.#known.at(-1); next?.size === this.size; next = this.#known.at(-1)) {
      const failure = this.#compare(next);
      if (failure !== undefined) return failure;
      this.#known.pop();
    }
    return undefined;
  }

  #compare(checkpoint: Checkpoint): VerificationFailure | undefined {
    const root = rootOf(this.#frontier);
    if (!equalBytes(root, checkpoint.rootHash)) {
      const { size } = this;
      if (this.#verifiedSize === size) return { kind: 'twoHistories', size };
      return {
        kind: 'rootMismatch',
        firstIndex: this.#verifiedSize,
        lastIndex: size - 1,
        signedRoot: base64(checkpoint.rootHash),
        computedRoot: base64(root),
      };
    }
    this.#verifiedSize = this.size;
    this.#checkpoints += 1;
    return undefined;
  }

  #missing(): VerificationFailure | undefined {
    const ahead = this.#known.at(-1);
    if (ahead !== undefined) return { kind: 'missingEntries', signedSize: ahead.size, entries: this.size };
    if (this.#checkpoints === 0 || this.#verifiedSize < this.size) {
      return { kind: 'uncoveredEntries', firstIndex: this.#verifiedSize, entries: this.size };
    }
    return undefined;
  }
}

function contradict(left: Checkpoint, right: Checkpoint | undefined): boolean {
  return left.size === right?.size && !equalBytes(left.rootHash, right.rootHash);
}

function tryOpen(
  note: string,
  verifiers: readonly NoteVerifier[],
): { ok: true; checkpoint: Checkpoint } | { ok: false; problem: string } {
  try {
    return { ok: true, checkpoint: openCheckpoint(note, verifiers) };
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    return { ok: false, problem: error.message.replace(/\.$/, '') };
  }
}
