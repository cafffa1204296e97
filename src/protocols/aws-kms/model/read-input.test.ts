import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../../base/bytes.ts';
import { AwsRefusal } from '../fault.ts';
import { readInput, wipeInput } from './read-input.ts';
import {
  blob,
  FLAG,
  integer,
  listOf,
  notOffered,
  oneOf,
  optional,
  required,
  secretBlob,
  structure,
  TEXT_MAP,
  text,
} from './shapes.ts';

const MEMBERS = {
  Name: required(text(1, 4, /^[a-z]+$/)),
  Secret: optional(secretBlob(1, 8)),
  Blob: optional(blob(1, 8)),
  Count: optional(integer(1, 9)),
  Word: optional(oneOf(['A', 'B'])),
  Map: optional(TEXT_MAP),
  Flag: optional(FLAG),
  Items: optional(listOf(structure({ Key: required(text(1, 2)) }), 0, 2)),
  Later: notOffered(FLAG, value => !value),
} as const;

const read = (value: unknown) => readInput(MEMBERS, utf8(JSON.stringify(value)));

function refusal(value: unknown): AwsRefusal {
  try {
    read(value);
  } catch (thrown) {
    assert.ok(thrown instanceof AwsRefusal);
    return thrown;
  }
  return assert.fail('the input was taken');
}

test('what is described is read, and what is in no model is passed over', () => {
  const input = read({
    Name: 'ab',
    Secret: 'c2VjcmV0',
    Blob: 'YmxvYg==',
    Count: 9,
    Word: 'B',
    Map: { a: 'b', __proto__x: '' },
    Flag: false,
    Items: [{ Key: 'k', Unknown: 1 }],
    Later: false,
    Newer: { anything: [1] },
    Absent: null,
  });
  assert.equal(input.Name, 'ab');
  assert.equal(Buffer.from(input.Secret ?? []).toString(), 'secret');
  assert.equal(Buffer.from(input.Blob ?? []).toString(), 'blob');
  assert.equal(input.Word, 'B');
  assert.deepEqual({ ...input.Map }, { a: 'b', __proto__x: '' });
  assert.deepEqual(input.Items, [{ Key: 'k' }]);
  assert.equal('Newer' in input, false);
});

test('the body is wiped, whether it is taken or refused, and so is a secret that is refused', () => {
  for (const value of [
    { Name: 'ab', Secret: 'c2VjcmV0' },
    { Secret: 'c2VjcmV0' },
    { Name: 7, Secret: 'c2VjcmV0' },
  ]) {
    const body = utf8(JSON.stringify(value));
    try {
      readInput(MEMBERS, body);
    } catch (thrown) {
      assert.ok(thrown instanceof AwsRefusal);
    }
    assert.ok(body.every(byte => byte === 0));
  }
  const input = read({ Name: 'ab', Secret: 'c2VjcmV0', Blob: 'YmxvYg==' });
  wipeInput(MEMBERS, input);
  assert.ok(input.Secret?.every(byte => byte === 0));
  assert.equal(Buffer.from(input.Blob ?? []).toString(), 'blob');
});

test('every broken bound is listed, in the order of the model', () => {
  const { fault } = refusal({
    Name: 'ABCDE',
    Count: 0,
    Word: 'C',
    Blob: '',
    Items: [{ Key: 'k' }, {}, { Key: 'abc' }],
  });
  assert.equal(fault.type, 'ValidationException');
  assert.equal(
    fault.message,
    [
      "7 validation errors detected: Value 'ABCDE' at 'name' failed to satisfy constraint: Member must have length less than or equal to 4",
      "Value at 'blob' failed to satisfy constraint: Member must have length greater than or equal to 1",
      "Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
      "Value 'C' at 'word' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
      "Value at 'items' failed to satisfy constraint: Member must have length less than or equal to 2",
      "Value null at 'items.2.member.key' failed to satisfy constraint: Member must not be null",
      "Value 'abc' at 'items.3.member.key' failed to satisfy constraint: Member must have length less than or equal to 2",
    ].join('; '),
  );
});

test('a member that is not offered is refused unless it asks for nothing, and after the bounds', () => {
  assert.equal(refusal({ Name: 'ab', Later: true }).fault.type, 'UnsupportedOperationException');
  assert.equal(refusal({ Later: true }).fault.type, 'ValidationException');
});

test('an empty body is an empty object', () => {
  const nothing = { Count: optional(integer(1, 2)) } as const;
  assert.deepEqual(readInput(nothing, new Uint8Array()), {});
});

test('whatever a body says, it is an input or a refusal, and no secret is quoted', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), fc.constantFrom('Secret', 'Blob', 'Name'), (json, name) => {
      for (const body of [
        json,
        `{"Name":"ab","${name}":${json}}`,
        `{"Secret":"TWFueSBoYW5kcw==","${name}":${json}}`,
      ]) {
        try {
          readInput(MEMBERS, utf8(body.toWellFormed()));
        } catch (thrown) {
          assert.ok(thrown instanceof AwsRefusal);
          assert.doesNotMatch(thrown.fault.message ?? '', /TWFueSBo|Many hands/);
        }
      }
    }),
  );
});
