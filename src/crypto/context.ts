// The caller's context as bytes, docs/formats/context.md: two contexts never become the same bytes.

import {
  type Bytes,
  compareBytes,
  concatBytes,
  EMPTY_BYTES,
  unsetBytes,
  utf8,
  utf8Length,
  writeUint32,
  writeUtf8,
} from '../base/bytes.ts';
import { invalidInput, KmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { MessageContext } from '../domain/message-context.ts';

const MAP_TAG = 0x01;
const BYTES_TAG = 0x02;
const LIST_TAG = 0x03;

/** Throws `tooLarge` beyond 65,536 bytes, `invalidInput` for text that is not well-formed Unicode. Empty contexts are no bytes. */
export function encodeContext(context: MessageContext): Bytes {
  switch (context.kind) {
    case 'none':
      return EMPTY_BYTES;
    case 'map':
      return taggedTexts(MAP_TAG, textsOf(context.entries));
    case 'bytes':
      return taggedBytes(context.bytes);
    case 'list':
      return taggedTexts(LIST_TAG, context.items);
  }
}

/** Names and values in turn, in the order of the names in UTF-8. */
function textsOf(entries: Readonly<Record<string, string>>): readonly string[] {
  const pairs = Object.entries(entries);
  if (pairs.length < 2) return pairs.flat();
  requireTexts(pairs.flat());
  return pairs
    .map(([name, value]) => ({ name, value, order: utf8(name) }))
    .sort((left, right) => compareBytes(left.order, right.order))
    .flatMap(({ name, value }) => [name, value]);
}

/** Before anything is encoded: one UTF-16 unit becomes at least one byte, behind four of length. */
function requireTexts(texts: readonly string[]): void {
  const bytesMin = texts.reduce((sum, text) => sum + LENGTH_BYTES + text.length, 1);
  if (bytesMin > LIMITS.associatedDataBytesMax) throw contextTooLarge();
  // TextEncoder would turn every lone surrogate into the same U+FFFD.
  if (!texts.every(text => text.isWellFormed())) throw invalidInput('context', 'must be well-formed Unicode');
}

const LENGTH_BYTES = 4;

/** Written into one piece: most contexts are of a few short texts, each of which would else be copied three times. */
function taggedTexts(tag: number, texts: readonly string[]): Bytes {
  if (texts.length === 0) return EMPTY_BYTES;
  requireTexts(texts);
  let length = 1;
  for (const text of texts) length += LENGTH_BYTES + utf8Length(text);
  if (length > LIMITS.associatedDataBytesMax) throw contextTooLarge();
  const encoded = unsetBytes(length);
  encoded[0] = tag;
  let offset = 1;
  for (const text of texts) {
    const written = writeUtf8(encoded, offset + LENGTH_BYTES, text);
    writeUint32(encoded, offset, written);
    offset += LENGTH_BYTES + written;
  }
  return encoded;
}

function taggedBytes(bytes: Bytes): Bytes {
  if (bytes.length === 0) return EMPTY_BYTES;
  if (1 + bytes.length > LIMITS.associatedDataBytesMax) throw contextTooLarge();
  return concatBytes(Uint8Array.of(BYTES_TAG), bytes);
}

function contextTooLarge(): KmsError {
  const bytesMax = LIMITS.associatedDataBytesMax;
  return new KmsError('tooLarge', `context must have at most ${bytesMax} bytes in all`, {
    field: 'context',
    bytesMax,
  });
}
