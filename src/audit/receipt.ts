// Offline receipts (docs/formats/audit-log.md): one entry, the proof that it is in the log, and the signed checkpoint that the proof leads
// to, as one JSON text. Whoever has the verifier key can check it years later, without the server.

import { z } from 'zod';
import { type Bytes, base64, decodeBase64, decodeUtf8, utf8 } from '../base/bytes.ts';
import { canonicalJson } from '../base/canonical-json.ts';
import { invalidInput, KmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { readLeaf } from './leaf.ts';
import { HASH_BYTES, leafHash } from './merkle.ts';
import { verifyInclusion } from './merkle-proof.ts';
import { NOTE_CHARACTERS_MAX, type NoteVerifier } from './signed-note.ts';

const RECEIPT_FORMAT = 'keyhold-audit-receipt';
const RECEIPT_VERSION = 1;
const RECEIPT_CHARACTERS_MAX = 1_048_576;
/** A tree of fewer than 2^53 leaves has at most 53 levels above them. */
const PROOF_HASHES_MAX = 53;

export type AuditReceipt = {
  readonly index: number;
  /** The entry: exactly the bytes that the tree hashes. */
  readonly leaf: Bytes;
  /** The inclusion proof for the size of the checkpoint, from the leaf upwards. */
  readonly proof: readonly Bytes[];
  /** The signed note. */
  readonly checkpoint: string;
};

export type ReceiptVerification =
  | {
      readonly ok: true;
      readonly receipt: AuditReceipt;
      readonly at: number;
      readonly checkpoint: Checkpoint;
    }
  | { readonly ok: false; readonly problem: string };

const receiptShape = z.strictObject({
  format: z.literal(RECEIPT_FORMAT),
  version: z.literal(RECEIPT_VERSION),
  index: z.int().min(0),
  leaf: z.string().max(LIMITS.auditEntryBytesMax),
  proof: z.array(z.base64().length(44)).max(PROOF_HASHES_MAX),
  checkpoint: z.string().max(NOTE_CHARACTERS_MAX),
});

export function printReceipt({ index, leaf, proof, checkpoint }: AuditReceipt): string {
  return canonicalJson({
    format: RECEIPT_FORMAT,
    version: RECEIPT_VERSION,
    index,
    leaf: decodeUtf8(leaf),
    proof: proof.map(base64),
    checkpoint,
  });
}

/** Reads a receipt in any JSON layout; `invalidInput` for another form or a member too many. Verifies nothing. */
export function parseReceipt(text: string): AuditReceipt {
  if (text.length > RECEIPT_CHARACTERS_MAX) {
    throw invalidInput('receipt', `must have at most ${RECEIPT_CHARACTERS_MAX} characters`);
  }
  const parsed = receiptShape.safeParse(parseJson(text));
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    throw invalidInput(
      path === '' ? 'receipt' : `receipt.${path}`,
      `must fit ${RECEIPT_FORMAT} version ${RECEIPT_VERSION}`,
    );
  }
  const { index, leaf, proof, checkpoint } = parsed.data;
  return { index, leaf: utf8(leaf), proof: proof.map(parseHash), checkpoint };
}

/** Whether the receipt proves that its entry is in the log of the given keys. Total: a text that is no receipt is a problem too. */
export function verifyReceipt(text: string, verifiers: readonly NoteVerifier[]): ReceiptVerification {
  try {
    const receipt = parseReceipt(text);
    const checkpoint = openCheckpoint(receipt.checkpoint, verifiers);
    const { index, leaf, proof } = receipt;
    const { size, rootHash: root } = checkpoint;
    if (!verifyInclusion({ index, size, leafHash: leafHash(leaf), root, proof })) {
      return { ok: false, problem: 'The proof does not lead from the entry to the signed root.' };
    }
    const reading = readLeaf(leaf);
    if (!reading.ok) return { ok: false, problem: `The entry is in the log, but ${reading.problem}.` };
    return { ok: true, receipt, at: reading.at, checkpoint };
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    return { ok: false, problem: error.message };
  }
}

function parseHash(text: string): Bytes {
  const hash = decodeBase64(text);
  if (hash?.length !== HASH_BYTES)
    throw invalidInput('receipt.proof', 'must be hashes of 32 bytes in base64');
  return hash;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidInput('receipt', 'must be JSON');
  }
}
