// Checkpoints (C2SP tlog-checkpoint): the name of a log, its size and its root, signed. Ours carry no extension lines, and ones that
// do are refused: nothing may be signed that a verifier of the log does not check.

import { type Bytes, base64, decodeBase64, equalBytes } from '../base/bytes.ts';
import { invalidInput, KmsError } from '../domain/errors.ts';
import { EMPTY_ROOT, HASH_BYTES, TREE_SIZE_MAX } from './merkle.ts';
import { type NoteSigner, type NoteVerifier, openNote, signNote } from './signed-note.ts';

export type Checkpoint = {
  /** Which log: also the name of the keys that sign it. */
  readonly origin: string;
  /** The number of entries. */
  readonly size: number;
  readonly rootHash: Bytes;
};

/** The note text: three lines. `invalidInput` for a checkpoint that {@link parseCheckpointBody} would refuse. */
export function printCheckpointBody({ origin, size, rootHash }: Checkpoint): string {
  const body = `${origin}\n${size}\n${base64(rootHash)}\n`;
  parseCheckpointBody(body);
  return body;
}

/** Reads the three lines; `invalidInput` for anything more, less or else, so that a checkpoint has one text only. */
export function parseCheckpointBody(body: string): Checkpoint {
  const [origin, sizeText, rootText, end, ...more] = body.split('\n', 5);
  if (
    origin === undefined ||
    sizeText === undefined ||
    rootText === undefined ||
    end !== '' ||
    more.length > 0
  ) {
    throw invalidInput('checkpoint', 'must have three lines: origin, size and root hash');
  }
  if (origin === '') throw invalidInput('checkpoint.origin', 'must not be empty');
  if (!/^(?:0|[1-9]\d{0,15})$/.test(sizeText) || Number(sizeText) > TREE_SIZE_MAX) {
    throw invalidInput('checkpoint.size', 'must be a decimal number below 2^53 without leading zeros');
  }
  const rootHash = decodeBase64(rootText);
  if (rootHash?.length !== HASH_BYTES)
    throw invalidInput('checkpoint.rootHash', 'must be 32 bytes in base64');
  if (sizeText === '0' && !equalBytes(rootHash, EMPTY_ROOT)) {
    throw invalidInput('checkpoint.rootHash', 'must be the hash of nothing for a log without entries');
  }
  return { origin, size: Number(sizeText), rootHash };
}

/** Signs size and root of the log whose origin is the name of the signer. The caller sees to it that it never signs two histories. */
export function signCheckpoint(tree: Omit<Checkpoint, 'origin'>, signer: NoteSigner): string {
  return signNote(printCheckpointBody({ origin: signer.name, ...tree }), [signer]);
}

/**
 * The checkpoint in a note that a known key of its own log has signed. `invalidInput` for another form, `invalidSignature` when no known
 * key has signed it, or a known one has that is of another log.
 */
export function openCheckpoint(note: string, verifiers: readonly NoteVerifier[]): Checkpoint {
  const { text, signedBy } = openNote(note, verifiers);
  const checkpoint = parseCheckpointBody(text);
  if (!signedBy.some(({ name }) => name === checkpoint.origin)) {
    throw new KmsError('invalidSignature', 'The checkpoint is not signed by a key of the log that it names.');
  }
  return checkpoint;
}
