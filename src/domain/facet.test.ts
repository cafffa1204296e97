import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeFacet } from './facet.ts';
import { LIMITS } from './limits.ts';

test('members that are named take the place of the stored ones, null takes one away, and the rest stays', () => {
  const stored = mergeFacet(undefined, { b: [1], a: { deep: 'x' }, nothing: null });
  assert.equal(stored.text, '{"a":{"deep":"x"},"b":[1]}');
  const changed = mergeFacet(stored.document, { a: { other: true }, b: null, c: undefined });
  assert.equal(changed.text, '{"a":{"other":true}}');
  assert.equal(mergeFacet({ a: 1 }, { a: null }).text, '{}');
});

test('what is stored is not changed by a change: others may have been given it', () => {
  const stored = { a: { deep: 'x' }, b: [1] };
  mergeFacet(stored, { a: { other: true }, b: null, c: 1 });
  assert.deepEqual(stored, { a: { deep: 'x' }, b: [1] });
});

test('a member of any name is a member', () => {
  const { text } = mergeFacet(JSON.parse('{"__proto__":{"a":1}}'), { constructor: 'x' });
  assert.equal(text, '{"__proto__":{"a":1},"constructor":"x"}');
});

test('a document has a bound in bytes, whatever its parts', () => {
  const room = LIMITS.facetBytesMax - '{"a":""}'.length;
  const full = mergeFacet(undefined, { a: 'x'.repeat(room) });
  assert.equal(full.text.length, LIMITS.facetBytesMax);
  for (const changes of [{ b: 1 }, { a: 'é'.repeat(room) }]) {
    assert.throws(() => mergeFacet(full.document, changes), { code: 'tooLarge' });
  }
});
