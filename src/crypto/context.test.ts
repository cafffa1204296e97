// The encoding of contexts: docs/formats/context.md.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeUtf8, hex, readUint32, utf8 } from '../base/bytes.ts';
import { KmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { MessageContext } from '../domain/message-context.ts';
import { encodeContext } from './context.ts';

const text = fc.string({ unit: 'binary', maxLength: 6 });
const contexts: fc.Arbitrary<MessageContext> = fc.oneof(
  fc.constant<MessageContext>({ kind: 'none' }),
  fc.dictionary(text, text, { maxKeys: 4 }).map((entries): MessageContext => ({ kind: 'map', entries })),
  fc.uint8Array({ maxLength: 24 }).map((bytes): MessageContext => ({ kind: 'bytes', bytes })),
  fc.array(text, { maxLength: 4 }).map((items): MessageContext => ({ kind: 'list', items })),
);

test('every context is read back from its encoding, so no two share one', () => {
  fc.assert(
    fc.property(contexts, context => {
      assert.deepEqual(decodeContext(encodeContext(context)), canonical(context));
    }),
    { numRuns: 2_000 },
  );
});

test('the order in which a map was written does not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(text, text, { maxKeys: 5 }), entries => {
      const reversed = Object.fromEntries(Object.entries(entries).reverse());
      assert.deepEqual(
        encodeContext({ kind: 'map', entries }),
        encodeContext({ kind: 'map', entries: reversed }),
      );
    }),
  );
});

test('names are ordered by their UTF-8 bytes, not by UTF-16 units', () => {
  // U+FF5E sorts behind U+1F511 in UTF-16 and before it in UTF-8.
  const encoded = encodeContext({ kind: 'map', entries: { '\u{1f511}': 'b', '～': 'a' } });
  assert.equal(hex(encoded), '0100000003efbd9e000000016100000004f09f94910000000162');
});

test('what is empty is no context, an entry with empty texts is one', () => {
  assert.equal(encodeContext({ kind: 'none' }).length, 0);
  assert.equal(encodeContext({ kind: 'map', entries: {} }).length, 0);
  assert.equal(encodeContext({ kind: 'bytes', bytes: new Uint8Array(0) }).length, 0);
  assert.equal(encodeContext({ kind: 'list', items: [] }).length, 0);
  assert.equal(hex(encodeContext({ kind: 'map', entries: { '': '' } })), '010000000000000000');
  assert.equal(hex(encodeContext({ kind: 'list', items: [''] })), '0300000000');
});

test('a lone surrogate is refused, as name, value and item', () => {
  for (const context of [
    { kind: 'map', entries: { '\ud800': 'x' } },
    { kind: 'map', entries: { x: 'a\udc00' } },
    { kind: 'list', items: ['\ud800'] },
  ] as const) {
    assert.throws(() => encodeContext(context), refusal('invalidInput'));
  }
});

test('the bound holds to the byte, for every kind', () => {
  const bytesMax = LIMITS.associatedDataBytesMax;
  const make = (extra: number): MessageContext[] => [
    { kind: 'map', entries: { a: 'x'.repeat(bytesMax - 10 + extra) } },
    { kind: 'map', entries: { '': 'é'.repeat((bytesMax - 10) / 2) + 'x'.repeat(1 + extra) } },
    { kind: 'bytes', bytes: new Uint8Array(bytesMax - 1 + extra) },
    { kind: 'list', items: ['x'.repeat(bytesMax - 5 + extra)] },
  ];
  for (const context of make(0)) assert.equal(encodeContext(context).length, bytesMax);
  for (const context of make(1)) assert.throws(() => encodeContext(context), refusal('tooLarge'));
});

function refusal(code: string): (thrown: unknown) => boolean {
  return thrown => thrown instanceof KmsError && thrown.code === code;
}

/** The reader of context.md, for the proof that the encoding loses nothing. */
function decodeContext(bytes: Uint8Array): MessageContext {
  if (bytes.length === 0) return { kind: 'none' };
  if (bytes[0] === 2) return { kind: 'bytes', bytes: Uint8Array.from(bytes.subarray(1)) };
  const texts: string[] = [];
  for (let offset = 1; offset < bytes.length; ) {
    const length = readUint32(bytes, offset);
    assert.ok(offset + 4 + length <= bytes.length);
    texts.push(decodeUtf8(bytes.subarray(offset + 4, offset + 4 + length)));
    offset += 4 + length;
  }
  if (bytes[0] === 3) return { kind: 'list', items: texts };
  assert.equal(bytes[0], 1);
  const pairs = texts.flatMap((name, index) => (index % 2 === 0 ? [[name, texts[index + 1]] as const] : []));
  return { kind: 'map', entries: Object.fromEntries(pairs) as Record<string, string> };
}

function canonical(context: MessageContext): MessageContext {
  if (context.kind === 'map') {
    const names = Object.keys(context.entries).sort((a, b) => Buffer.compare(utf8(a), utf8(b)));
    if (names.length === 0) return { kind: 'none' };
    return { kind: 'map', entries: { ...context.entries } };
  }
  if (context.kind === 'bytes' && context.bytes.length === 0) return { kind: 'none' };
  if (context.kind === 'list' && context.items.length === 0) return { kind: 'none' };
  return context;
}
