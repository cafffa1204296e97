// What can be wrong with a log, and the sentence that says so. Indexes and sizes count entries from 0.

export type VerificationFailure =
  /** A line, counted from 1, that cannot be part of an export. */
  | { readonly kind: 'brokenExport'; readonly line: number; readonly problem: string }
  /** An export of a log that none of the given keys belongs to. */
  | { readonly kind: 'otherLog'; readonly origin: string }
  | { readonly kind: 'badEntry'; readonly index: number; readonly problem: string }
  /** A checkpoint inside the log, behind this many entries, that is malformed or not signed by a given key. */
  | { readonly kind: 'badCheckpoint'; readonly entries: number; readonly problem: string }
  /** The same of one of the known checkpoints: its position in the list. */
  | { readonly kind: 'badKnownCheckpoint'; readonly position: number; readonly problem: string }
  /** The entries are not those that were signed. Some of [firstIndex, lastIndex] was changed, added or taken out. */
  | {
      readonly kind: 'rootMismatch';
      readonly firstIndex: number;
      readonly lastIndex: number;
      readonly signedRoot: string;
      readonly computedRoot: string;
    }
  /** Two checkpoints of one size with different roots: the holder of the signing key has shown two histories. */
  | { readonly kind: 'twoHistories'; readonly size: number }
  /** A signed checkpoint covers more entries than there are. */
  | { readonly kind: 'missingEntries'; readonly signedSize: number; readonly entries: number }
  /** A checkpoint inside the log does not stand directly behind the entries that it covers. */
  | { readonly kind: 'misplacedCheckpoint'; readonly signedSize: number; readonly entries: number }
  /** No checkpoint covers the entries from this index on; or there is none at all. */
  | { readonly kind: 'uncoveredEntries'; readonly firstIndex: number; readonly entries: number };

type Sentences = {
  readonly [K in VerificationFailure['kind']]: (failure: VerificationFailure & { kind: K }) => string;
};

const SENTENCES: Sentences = {
  brokenExport: ({ line, problem }) => `Line ${line} is not part of an export: ${problem}.`,
  otherLog: ({ origin }) =>
    `This is the log ${JSON.stringify(origin)}, and none of the given keys is one of it.`,
  badEntry: ({ index, problem }) => `Entry ${index} is not what the log writes: ${problem}.`,
  badCheckpoint: ({ entries, problem }) =>
    `The checkpoint behind ${entries} entries does not count: ${problem}.`,
  badKnownCheckpoint: ({ position, problem }) =>
    `The known checkpoint ${position} does not count: ${problem}.`,
  rootMismatch: ({ firstIndex, lastIndex, signedRoot, computedRoot }) =>
    `The entries ${firstIndex} to ${lastIndex} are not those that were signed: the root is ${computedRoot}, signed was ${signedRoot}.`,
  twoHistories: ({ size }) => `Two signed checkpoints of ${size} entries contradict each other.`,
  missingEntries: ({ signedSize, entries }) =>
    `Entries are missing: ${signedSize} are signed, ${entries} are here.`,
  misplacedCheckpoint: ({ signedSize, entries }) =>
    `A checkpoint of ${signedSize} entries stands behind ${entries} of them.`,
  uncoveredEntries: ({ firstIndex, entries }) =>
    entries === 0
      ? 'There is no checkpoint.'
      : `No checkpoint covers the entries from ${firstIndex} to ${entries - 1}.`,
};

/** One sentence for an operator. */
export function describeFailure(failure: VerificationFailure): string {
  const sentence = SENTENCES[failure.kind] as (failure: VerificationFailure) => string;
  return sentence(failure);
}
