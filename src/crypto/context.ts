// The caller's context as bytes, docs/formats/context.md: two contexts never become the same bytes.

import { type Bytes, compareBytes, concatBytes, EMPTY_BYTES, lengthPrefixed, utf8 } from '../base/bytes.ts';
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
      return tagged(MAP_TAG, mapItems(context.entries));
    case 'bytes':
      return tagged(BYTES_TAG, context.bytes.length === 0 ? [] : [context.bytes]);
    case 'list':
      return tagged(LIST_TAG, listItems(context.items));
  }
}

function mapItems(entries: Readonly<Record<string, string>>): Bytes[] {
  const pairs = Object.entries(entries);
  requireTexts(pairs.flat());
  return pairs
    .map(([name, value]) => ({ name: utf8(name), value: utf8(value) }))
    .sort((left, right) => compareBytes(left.name, right.name))
    .flatMap(({ name, value }) => [lengthPrefixed(name), lengthPrefixed(value)]);
}

function listItems(items: readonly string[]): Bytes[] {
  requireTexts(items);
  return items.map(item => lengthPrefixed(utf8(item)));
}

/** Before anything is encoded: one UTF-16 unit becomes at least one byte, behind four of length. */
function requireTexts(texts: readonly string[]): void {
  const bytesMin = texts.reduce((sum, text) => sum + 4 + text.length, 1);
  if (bytesMin > LIMITS.associatedDataBytesMax) throw contextTooLarge();
  // TextEncoder would turn every lone surrogate into the same U+FFFD.
  if (!texts.every(text => text.isWellFormed())) throw invalidInput('context', 'must be well-formed Unicode');
}

function tagged(tag: number, items: readonly Bytes[]): Bytes {
  if (items.length === 0) return EMPTY_BYTES;
  const encoded = concatBytes(Uint8Array.of(tag), ...items);
  if (encoded.length > LIMITS.associatedDataBytesMax) throw contextTooLarge();
  return encoded;
}

function contextTooLarge(): KmsError {
  const bytesMax = LIMITS.associatedDataBytesMax;
  return new KmsError('tooLarge', `context must have at most ${bytesMax} bytes in all`, {
    field: 'context',
    bytesMax,
  });
}
