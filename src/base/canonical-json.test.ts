import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BrokenInvariant } from './assert.ts';
import { type CanonicalValue, canonicalJson } from './canonical-json.ts';

test('names stand in the order of their UTF-16 code units, at every depth, whatever order they were made in', () => {
  assert.equal(canonicalJson({ b: 1, a: { d: [], c: null } }), '{"a":{"c":null,"d":[]},"b":1}');
  // The example of RFC 8785 section 3.2.3.
  const example = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
  assert.equal(
    canonicalJson(example),
    '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
  );
});

test('names that are numbers are sorted as the texts that they are', () => {
  assert.equal(canonicalJson({ '2': 'b', '10': 'a', '1': 'c' }), '{"1":"c","10":"a","2":"b"}');
  assert.equal(canonicalJson([{ '9': 1, '10': 2 }]), '[{"10":2,"9":1}]');
});

test('members without a value are left out, and __proto__ is a name', () => {
  assert.equal(canonicalJson({ a: undefined, c: 1, b: undefined }), '{"c":1}');
  const text = '{"__proto__":"x"}';
  assert.equal(canonicalJson(JSON.parse(text)), text);
});

test('half a surrogate pair and a number that is no safe integer are refused wherever they stand', () => {
  const places: readonly ((bad: CanonicalValue) => CanonicalValue)[] = [
    bad => bad,
    bad => [bad],
    bad => ({ a: bad }),
    bad => ({ b: 1, a: bad }),
    bad => ({ b: bad, a: 1 }),
    bad => ({ b: 1, a: { d: 1, c: [bad] } }),
  ];
  for (const bad of ['\ud800', 'a\udc00', 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const place of places) assert.throws(() => canonicalJson(place(bad)), BrokenInvariant);
  }
  assert.throws(() => canonicalJson({ '\ud800': 1 }), BrokenInvariant);
  assert.throws(() => canonicalJson({ b: 1, 'a\udfff': 1 }), BrokenInvariant);
});

test('the text is the one that RFC 8785 says, for any value in any order of names', () => {
  const text = fc.string({ unit: 'grapheme' }).filter(word => word.isWellFormed());
  const name = fc.oneof(text, fc.nat(30).map(String), fc.constantFrom('a', 'b', 'c'));
  const { value } = fc.letrec<{ value: CanonicalValue }>(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(text, fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(name, tie('value'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, made => assert.equal(canonicalJson(made), plainly(made))),
    { numRuns: 500 },
  );
});

/** The rules of RFC 8785 section 3.2 word by word. */
function plainly(value: CanonicalValue): string {
  if (Array.isArray(value)) return `[${value.map(plainly).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value as Readonly<Record<string, CanonicalValue>>)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${plainly(member)}`);
  return `{${members.join(',')}}`;
}
