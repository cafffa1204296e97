// Whatever message is put together comes back from every form. fast-check prints the seed of a failure.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { equalBytes, hex, utf8 } from '../../base/bytes.ts';
import { tableKeys } from '../../base/table.ts';
import { bigIntegerOf, digitsOf } from './big-integer.ts';
import { parseInstant, printMicroseconds, printSeconds, wholeSeconds } from './date-time.ts';
import {
  readJson,
  readTtlv,
  readXml,
  TAGS,
  type TtlvField,
  writeJson,
  writeText,
  writeTtlv,
  writeXml,
} from './index.ts';

const LIMITS = { bytesMax: 1 << 24, depthMax: 32, itemsMax: 100_000 };

const tag = fc.oneof(
  fc.constantFrom(...tableKeys(TAGS).map(name => TAGS[name][0])),
  // Attributes of 1.x, whose values have names by another field.
  fc.constantFrom(TAGS.AttributeName[0], TAGS.AttributeValue[0], TAGS.VendorIdentification[0]),
  fc.integer({ min: 0x420001, max: 0x42ffff }),
  fc.integer({ min: 0x540000, max: 0x54ffff }),
);
/** Texts that XML can hold too. */
const text = fc
  .string({ unit: 'grapheme' })
  .map(value => value.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ''));
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const instant = fc.oneof(int64, fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }));
const attributeName = fc.constantFrom('State', 'Cryptographic Usage Mask', 'Object Type', 'x-Own');

const leaf: fc.Arbitrary<TtlvField> = fc.oneof(
  fc.record({ type: fc.constant('Integer' as const), tag, value: fc.integer() }),
  fc.record({
    type: fc.constantFrom('Enumeration' as const, 'Interval' as const),
    tag,
    value: fc.oneof(
      fc.nat(80),
      fc.integer().map(value => value >>> 0),
    ),
  }),
  fc.record({ type: fc.constant('LongInteger' as const), tag, value: int64 }),
  fc.record({ type: fc.constantFrom('DateTime' as const, 'DateTimeExtended' as const), tag, value: instant }),
  fc.record({ type: fc.constant('BigInteger' as const), tag, digits: fc.bigInt().map(digitsOf) }),
  fc.record({ type: fc.constant('Boolean' as const), tag, value: fc.boolean() }),
  fc.record({
    type: fc.constantFrom(
      'TextString' as const,
      'Identifier' as const,
      'Reference' as const,
      'NameReference' as const,
    ),
    tag,
    value: fc.oneof(text, attributeName),
  }),
  fc.record({ type: fc.constant('ByteString' as const), tag, value: fc.uint8Array() }),
);
const { message } = fc.letrec<{ message: TtlvField; field: TtlvField }>(tie => ({
  message: fc.record({
    type: fc.constant('Structure' as const),
    tag,
    fields: fc.array(tie('field'), { maxLength: 8 }),
  }),
  field: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('message')),
}));

test('messages come back from every form as the same bytes', () => {
  fc.assert(
    fc.property(message, field => {
      const bytes = writeTtlv(field);
      const item = readTtlv(bytes, LIMITS);
      writeText(item);
      for (const read of [
        readXml(utf8(writeXml(item)), LIMITS),
        readXml(utf8(writeXml(item, '1.4')), LIMITS),
        readJson(utf8(writeJson(item)), LIMITS),
      ])
        assert.ok(equalBytes(read.encoding, bytes), `${hex(read.encoding)} ${hex(bytes)}`);
    }),
    { numRuns: 1_000 },
  );
});

test('Big Integers have the least length that holds them, and come back', () => {
  fc.assert(
    fc.property(fc.bigInt(), value => {
      const content = readTtlv(
        writeTtlv({ type: 'BigInteger', tag: 0x420052, digits: digitsOf(value) }),
      ).content;
      assert.equal(bigIntegerOf(content), value);
      const shorter = BigInt((content.length - 8) * 8);
      assert.ok(content.length === 8 || BigInt.asIntN(Number(shorter), value) !== value);
    }),
  );
});

test('instants of the years 1 to 9999 come back from ISO 8601', () => {
  fc.assert(
    fc.property(
      fc.date({
        min: new Date('0001-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59Z'),
        noInvalidDate: true,
      }),
      date => {
        const microseconds = BigInt(date.getTime()) * 1_000n + 7n;
        assert.equal(parseInstant(printMicroseconds(microseconds) ?? ''), microseconds);
        const seconds = wholeSeconds(microseconds);
        assert.equal(parseInstant(printSeconds(seconds) ?? ''), seconds * 1_000_000n);
        assert.equal(parseInstant(date.toISOString()), microseconds - 7n);
      },
    ),
  );
  assert.equal(printSeconds(253_402_300_800n), undefined);
  assert.equal(printSeconds(-62_135_596_801n), undefined);
});
