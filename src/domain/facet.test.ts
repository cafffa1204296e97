import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeFacet } from './facet.ts';
import { LIMITS } from './limits.ts';

test('members that are named take the place of the stored ones, null takes one away, and the rest stays', () => {
  const stored = mergeFacet(undefined, { b: [1], a: { deep: 'x' }, nothing: null }).text;
  assert.equal(stored, '{"a":{"deep":"x"},"b":[1]}');
  assert.equal(
    mergeFacet(stored, { a: { other: true }, b: null, c: undefined }).text,
    '{"a":{"other":true}}',
  );
  assert.equal(mergeFacet('{"a":1}', { a: null }).text, '{}');
});

test('a member of any name is a member', () => {
  const text = mergeFacet('{"__proto__":{"a":1}}', { constructor: 'x' }).text;
  assert.equal(text, '{"__proto__":{"a":1},"constructor":"x"}');
});

test('a document has a bound in bytes, whatever its parts', () => {
  const room = LIMITS.facetBytesMax - '{"a":""}'.length;
  const full = mergeFacet(undefined, { a: 'x'.repeat(room) }).text;
  assert.equal(full.length, LIMITS.facetBytesMax);
  for (const changes of [{ b: 1 }, { a: 'é'.repeat(room) }]) {
    assert.throws(() => mergeFacet(full, changes), { code: 'tooLarge' });
  }
});
