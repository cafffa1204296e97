import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64Url, utf8 } from '../../base/bytes.ts';
import { KmsError } from '../../domain/errors.ts';
import { parseCursor, printCursor } from './cursor.ts';

const isInvalidCursor = (error: unknown) => error instanceof KmsError && error.code === 'invalidCursor';

test('a cursor leads back to its position in its own list, and nowhere in another', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 }).filter(each => !each.includes('\0'));
  fc.assert(
    fc.property(text, text, text, (list, other, position) => {
      const cursor = printCursor(list, position);
      assert.match(cursor, /^[A-Za-z0-9_-]+$/);
      assert.equal(parseCursor(list, cursor), position);
      if (other !== list) assert.throws(() => parseCursor(other, cursor), isInvalidCursor);
    }),
    { verbose: 1 },
  );
});

test('whatever else is sent as a cursor is refused alike', () => {
  const encoded = (value: unknown) => base64Url(utf8(JSON.stringify(value)));
  const bad = [
    '',
    '=',
    'AAAA',
    'x'.repeat(10_000),
    encoded('l'),
    encoded(['l']),
    encoded(['l', 5]),
    encoded(['l', 'p', 'q']),
    encoded({ 0: 'l', 1: 'p', length: 2 }),
    printCursor('l', 'a\0b'),
    base64Url(Uint8Array.of(0xff, 0xfe)),
  ];
  for (const cursor of bad)
    assert.throws(() => parseCursor('l', cursor), isInvalidCursor, cursor.slice(0, 40));
  fc.assert(
    fc.property(fc.string(), cursor => {
      assert.throws(() => parseCursor('l', cursor), isInvalidCursor);
    }),
    { verbose: 1 },
  );
});
