import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Bytes, concatBytes, utf8 } from '../base/bytes.ts';
import { JSON_REFUSALS, type JsonLimits, JsonRefusal, type JsonRefusalKind, readJson } from './json.ts';

const LIMITS: JsonLimits = { bytesMax: 10_000, depthMax: 8, membersMax: 1000 };

function refusalOf(text: string | Bytes, limits: JsonLimits = LIMITS): readonly [JsonRefusalKind, number] {
  try {
    readJson(typeof text === 'string' ? utf8(text) : text, limits);
  } catch (thrown) {
    assert(thrown instanceof JsonRefusal);
    assert.equal(thrown.message, JSON_REFUSALS[thrown.kind]);
    return [thrown.kind, thrown.offset];
  }
  assert.fail('the text was read');
}

const read = (text: string) => readJson(utf8(text), LIMITS);

test('text that is not JSON is refused at the byte where it stops being so', () => {
  const rows: readonly (readonly [string, number])[] = [
    ['', 0],
    [' ', 1],
    ['{} {}', 3],
    ['[1,]', 3],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ['[1 2]', 3],
    ['[1}', 2],
    ['01', 1],
    ['+1', 0],
    ['-', 0],
    ['1.', 1],
    ['.5', 0],
    ['1e', 1],
    ['NaN', 0],
    ['True', 0],
    ['nul', 0],
    ['nulll', 4],
    ["'a'", 0],
    ['"a', 2],
    ['"\n"', 1],
    ['"\\n\u0001"', 3],
    ['"\\', 2],
    ['"\\"', 3],
    ['["é", "\\x"]', 7],
    ['["é☃", "\\u12"]', 10],
    ['/* */1', 0],
    ['\u00a01', 0],
    ['\ufeff{}', 0],
  ];
  for (const [text, offset] of rows) assert.deepEqual(refusalOf(text), ['syntax', offset], text);
});

test('malformed UTF-8 is refused, encoded surrogates and overlong forms included', () => {
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x98]]) {
    const quoted = concatBytes(utf8('"'), Uint8Array.from(bytes), utf8('"'));
    assert.deepEqual(refusalOf(quoted), ['notUtf8', 0]);
  }
});

test('a name may stand once in an object, however it is written', () => {
  assert.deepEqual(refusalOf('{"a":1,"b":{"a":2},"a":3}'), ['duplicateName', 19]);
  assert.deepEqual(refusalOf('{"a":1, "\\u0061":2}'), ['duplicateName', 8]);
  assert.deepEqual(refusalOf('{"__proto__":1,"__proto__":1}'), ['duplicateName', 15]);
  assert.deepEqual(refusalOf('{"1":1,"1":1}'), ['duplicateName', 7]);
});

test('every limit holds at its edge', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const limits: JsonLimits = { bytesMax: 12, depthMax: 3, membersMax: 4 };
  for (const text of [nested(3), '{"a":[{}]}', '[1,2,3]', '[1,2,3]     ']) readJson(utf8(text), limits);
  assert.deepEqual(refusalOf(nested(4), limits), ['tooDeep', 3]);
  assert.deepEqual(refusalOf('[1,2,3,4]', limits), ['tooManyMembers', 7]);
  assert.deepEqual(refusalOf('[1,2,3]      ', limits), ['tooLarge', 0]);
  assert.deepEqual(refusalOf('[]', { ...limits, depthMax: 0 }), ['tooDeep', 0]);
  assert.equal(readJson(utf8('1'), { ...limits, depthMax: 0 }), 1);
});

test('half of a surrogate pair is refused, a whole one is read', () => {
  assert.equal(read('"\\ud83d\\ude00"'), '😀');
  for (const half of ['\\ud83d', '\\ude00', '\\ude00\\ud83d']) {
    assert.deepEqual(refusalOf(`["${half}"]`), ['loneSurrogate', 1]);
    assert.deepEqual(refusalOf(`{"${half}":1}`), ['loneSurrogate', 1]);
  }
});

test('an integer is read exactly or refused, a fraction may be rounded but not to infinity', () => {
  assert.equal(read('9007199254740991'), Number.MAX_SAFE_INTEGER);
  assert.equal(read('-0'), -0);
  assert.equal(read('1.7E9'), 1_700_000_000);
  assert.equal(read('0.1'), 0.1);
  for (const text of ['9007199254740992', '-9007199254740993', '1e309', '-1e309', '9'.repeat(400)]) {
    assert.deepEqual(refusalOf(text), ['inexactNumber', 0]);
  }
});

test('an object has no prototype, and __proto__ is a name like any other', () => {
  const value = read('{"__proto__":{"admin":true},"constructor":1}');
  assert(typeof value === 'object' && value !== null);
  assert.equal(Object.getPrototypeOf(value), null);
  assert.deepEqual(Object.keys(value), ['__proto__', 'constructor']);
  assert.equal('admin' in value, false);
  assert.equal('toString' in value, false);
});

/** Whether JSON.parse would read an integer as another one, or a number as infinity. */
function hasInexactNumber(text: string): boolean {
  let found = false;
  JSON.parse(text, (_name, value, context?: { source?: string }) => {
    const source = context?.source ?? '';
    if (
      typeof value === 'number' &&
      (!Number.isFinite(value) || (!Number.isSafeInteger(value) && /^-?\d+$/.test(source)))
    ) {
      found = true;
    }
    return value;
  });
  return found;
}

const blanks = fc.stringMatching(/^[ \t\r\n]{0,2}$/);
const stringLiteral = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }).map(text => JSON.stringify(text).slice(1, -1)),
      fc.constantFrom('\\/', '\\u0041', '\\ud83d\\ude00'),
    ),
  )
  .map(parts => `"${parts.join('')}"`);
const document = fc.letrec<{ value: string }>(tie => {
  const spaced = fc.tuple(blanks, tie('value'), blanks).map(parts => parts.join(''));
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        fc.constantFrom('true', 'false', 'null', '-0', '0.5e+3', '12E-2'),
        fc.integer().map(String),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
        stringLiteral,
      ),
      fc.array(spaced, { maxLength: 5 }).map(elements => `[${elements.join(',')}]`),
      fc
        .uniqueArray(fc.tuple(blanks, stringLiteral, blanks, spaced), {
          maxLength: 5,
          selector: ([, name]) => JSON.parse(name),
        })
        .map(
          members =>
            `{${members.map(([before, name, after, value]) => `${before}${name}${after}:${value}`).join(',')}}`,
        ),
    ),
  };
}).value;
const GENEROUS: JsonLimits = { bytesMax: 1e6, depthMax: 100, membersMax: 1e6 };

test('every document with distinct names reads as JSON.parse reads it', () => {
  fc.assert(
    fc.property(document, text => {
      fc.pre(!hasInexactNumber(text));
      assert.equal(JSON.stringify(readJson(utf8(text), GENEROUS)), JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 1000, verbose: 1 },
  );
});

test('a damaged document is refused as JSON.parse refuses it, or read as JSON.parse reads it', () => {
  const edit = fc.tuple(
    fc.nat(10_000),
    fc.nat(3),
    fc.oneof(fc.nat(255), fc.constantFrom(...utf8('{}[]",:\\u0-.eE \n'))),
  );
  fc.assert(
    fc.property(document, fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
      let bytes: Bytes = utf8(text);
      for (const [position, removed, byte] of edits) {
        const at = position % (bytes.length + 1);
        bytes = concatBytes(bytes.subarray(0, at), Uint8Array.of(byte), bytes.subarray(at + removed));
      }
      agreesWithPlatform(bytes);
    }),
    { numRuns: 2000, verbose: 1 },
  );
});

test('arbitrary bytes are refused as JSON.parse refuses them, or read as JSON.parse reads them', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), agreesWithPlatform), { numRuns: 1000, verbose: 1 });
});

function agreesWithPlatform(bytes: Bytes): void {
  const text = Buffer.from(bytes).toString();
  let value: unknown;
  try {
    value = readJson(bytes, GENEROUS);
  } catch (thrown) {
    assert(thrown instanceof JsonRefusal);
    assert(thrown.offset <= bytes.length);
    if (thrown.kind === 'notUtf8') assert.equal(isUtf8(bytes), false);
    else if (thrown.kind === 'syntax') assert.throws(() => JSON.parse(text), SyntaxError);
    return;
  }
  assert.equal(JSON.stringify(value), JSON.stringify(JSON.parse(text)));
}
