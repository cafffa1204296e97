// The export of a log as JSON Lines (docs/formats/audit-log.md): a header, the entries in order, and each checkpoint directly behind the
// last entry that it covers, so that a reader verifies the file in one pass. Lines end in a newline byte and are split at nothing else.

import { z } from 'zod';
import { assert } from '../base/assert.ts';
import { type Bytes, concatBytes, decodeUtf8, utf8 } from '../base/bytes.ts';
import { canonicalJson } from '../base/canonical-json.ts';
import { invalidInput, KmsError } from '../domain/errors.ts';
import { NOTE_CHARACTERS_MAX } from './signed-note.ts';

const EXPORT_FORMAT = 'keyhold-audit-export';
const EXPORT_VERSION = 1;
/** The longest line is a checkpoint: a note of three-byte characters at worst, or one with every character escaped. */
const LINE_BYTES_MAX = 3 * NOTE_CHARACTERS_MAX + 64;
/** No entry begins so: it has the member `at`, which canonical form puts before `checkpoint`. */
const CHECKPOINT_LINE_START = utf8('{"checkpoint":');
const NEWLINE = 0x0a;

export type ExportHeader = {
  /** The name of the log: the first line of its checkpoints. */
  readonly origin: string;
  /** For information: a verifier trusts the keys that it was given otherwise. */
  readonly verifierKey: string;
};

export type ExportItem =
  | { readonly kind: 'header'; readonly header: ExportHeader }
  | { readonly kind: 'entry'; readonly leaf: Bytes }
  | { readonly kind: 'checkpoint'; readonly note: string }
  /** The last item of a text that is no export: the number of the first bad line, from 1, and what is wrong with it. */
  | { readonly kind: 'broken'; readonly line: number; readonly problem: string };

const headerShape = z.strictObject({
  format: z.literal(EXPORT_FORMAT),
  version: z.literal(EXPORT_VERSION),
  origin: z.string(),
  verifierKey: z.string(),
});
const checkpointShape = z.strictObject({ checkpoint: z.string().max(NOTE_CHARACTERS_MAX) });

/**
 * The lines of an export, each with its newline. `entries` are the leaves from index 0 on; `checkpoints` have ascending sizes, and the
 * last one covers all entries: anything else is a broken invariant, since the outcome would not verify.
 */
export async function* writeExport(log: {
  readonly header: ExportHeader;
  readonly entries: AsyncIterable<Bytes>;
  readonly checkpoints: readonly { readonly size: number; readonly note: string }[];
}): AsyncGenerator<string, void, undefined> {
  const { origin, verifierKey } = log.header;
  yield `${canonicalJson({ format: EXPORT_FORMAT, version: EXPORT_VERSION, origin, verifierKey })}\n`;
  let size = 0;
  let next = 0;
  function* checkpointsHere(): Generator<string> {
    for (let at = log.checkpoints[next]; at?.size === size; at = log.checkpoints[next]) {
      yield `${canonicalJson({ checkpoint: at.note })}\n`;
      next += 1;
    }
  }
  yield* checkpointsHere();
  for await (const leaf of log.entries) {
    assert(!leaf.includes(NEWLINE), 'an entry in canonical form has no line breaks');
    yield `${decodeUtf8(leaf)}\n`;
    size += 1;
    yield* checkpointsHere();
  }
  assert(
    next === log.checkpoints.length && log.checkpoints.at(-1)?.size === size,
    'an export ends in a checkpoint of all its entries',
  );
}

/**
 * Reads an export in chunks of any size (strings in whole characters); holds one line and one chunk at a time. Entries are not looked
 * into: verifying is the work of verifyLog. A failure to read the chunks themselves is thrown on.
 */
export async function* readExport(
  chunks: AsyncIterable<Bytes | string>,
): AsyncGenerator<ExportItem, void, undefined> {
  let line = 0;
  try {
    for await (const bytes of splitLines(chunks, LINE_BYTES_MAX)) {
      line += 1;
      yield line === 1 ? readHeader(bytes) : readLine(bytes);
    }
    if (line === 0) throw invalidInput('export', 'must begin with a header');
  } catch (error) {
    if (!(error instanceof KmsError) || error.code !== 'invalidInput') throw error;
    yield { kind: 'broken', line: Math.max(line, 1), problem: error.message };
  }
}

function readHeader(bytes: Bytes): ExportItem {
  const parsed = headerShape.safeParse(parseJson(bytes));
  if (!parsed.success) {
    throw invalidInput('header', `must be that of a ${EXPORT_FORMAT} of version ${EXPORT_VERSION}`);
  }
  const { origin, verifierKey } = parsed.data;
  return { kind: 'header', header: { origin, verifierKey } };
}

function readLine(bytes: Bytes): ExportItem {
  if (Buffer.compare(bytes.subarray(0, CHECKPOINT_LINE_START.length), CHECKPOINT_LINE_START) !== 0) {
    return { kind: 'entry', leaf: bytes };
  }
  const parsed = checkpointShape.safeParse(parseJson(bytes));
  if (!parsed.success) throw invalidInput('checkpoint', 'must be a text and the only member of its line');
  return { kind: 'checkpoint', note: parsed.data.checkpoint };
}

function parseJson(bytes: Bytes): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch {
    throw invalidInput('line', 'must be JSON in UTF-8');
  }
}

/** Lines without their newline, as views of the chunks where they can be. Throws `invalidInput` for one that is too long or not ended. */
export async function* splitLines(
  chunks: AsyncIterable<Bytes | string>,
  lineBytesMax: number,
): AsyncGenerator<Bytes, void, undefined> {
  let begun: Bytes[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? utf8(chunk) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const ending = bytes.subarray(start, end);
      yield begunBytes === 0 ? ending : concatBytes(...begun, ending);
      begun = [];
      begunBytes = 0;
      start = end + 1;
    }
    if (start === bytes.length) continue;
    begun.push(bytes.subarray(start));
    begunBytes += bytes.length - start;
    if (begunBytes > lineBytesMax) throw invalidInput('line', `must have at most ${lineBytesMax} bytes`);
  }
  if (begunBytes > 0) throw invalidInput('export', 'must end with a whole line');
}
