import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeUtf8, utf8 } from '../base/bytes.ts';
import { base64Length, readBase64, takeSecretMember, writeBase64 } from './secret-base64.ts';

function encoded(bytes: Uint8Array): string {
  const target = Buffer.alloc(base64Length(bytes.length));
  writeBase64(target, 0, bytes);
  return target.toString('latin1');
}

test('base64 between bytes is the base64 of the platform', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const text = Buffer.from(bytes).toString('base64');
      assert.equal(encoded(bytes), text);
      assert.deepEqual(readBase64(utf8(text)), Uint8Array.from(bytes));
    }),
  );
});

test('only the canonical padded form is read', () => {
  for (const text of [
    'A',
    'AA',
    'AAA',
    'AB==',
    'AAB=',
    'AA=A',
    '====',
    'A===',
    'AA-_',
    'AA A',
    'AAAAA===',
    ' AAA',
  ]) {
    assert.equal(readBase64(utf8(text)), undefined, text);
  }
});

function taken(text: string, name = 'Plaintext') {
  const json = utf8(text);
  const secret = takeSecretMember(json, name);
  return [secret && Buffer.from(secret).toString('latin1'), Buffer.from(json).toString('utf8')];
}

test('a secret member is taken out and leaves blanks', () => {
  assert.deepEqual(taken('{"KeyId":"k", "Plaintext" : "c2Vj", "X":1}'), [
    'c2Vj',
    '{"KeyId":"k", "Plaintext" : "    ", "X":1}',
  ]);
  assert.deepEqual(taken('{"Plaintext":""}'), ['', '{"Plaintext":""}']);
});

test('escapes of base64 digits are understood', () => {
  assert.deepEqual(taken('{"Plaintext":"a\\/b\\u002Bc\\u003d"}'), [
    'a/b+c=',
    `{"Plaintext":"${' '.repeat(17)}"}`,
  ]);
});

test('only a string of the outermost object is taken', () => {
  for (const text of [
    '{"Context":{"Plaintext":"c2Vj"}}',
    '["Plaintext","c2Vj"]',
    '{"X":"\\"Plaintext\\":\\"c2Vj\\""}',
    '{"X":"Plaintext"}',
    '{"Plaintext":12}',
    '{"Plaintext":"c2Vj',
    '{"Plaintext":"c2\\"Vj"}',
    '{"Plaintext"',
    '{"Plaintext":"\\u00',
    '{"Plaintext":"c\\',
    '',
  ]) {
    assert.deepEqual(taken(text), [undefined, text]);
  }
});

test('a member deeper inside is taken by its depth, and in any case where that is asked for', () => {
  const text = '{"payload":"AAAA","Resources":[{"PayLoad":"c2Vj"}]}';
  const json = utf8(text);
  assert.equal(takeSecretMember(json, 'payload', { depth: 3 }), undefined);
  const found = takeSecretMember(json, 'payload', { depth: 3, anyCase: true });
  assert.equal(found === undefined ? undefined : decodeUtf8(found), 'c2Vj');
  assert.equal(decodeUtf8(json), '{"payload":"AAAA","Resources":[{"PayLoad":"    "}]}');
});

test('whatever the bytes are, taking ends and keeps their number', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ':', 'P', 'u', ' ', ','), maxLength: 60 }),
      text => {
        const json = utf8(text);
        takeSecretMember(json, 'P');
        assert.equal(json.length, text.length);
      },
    ),
  );
});
