import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tableKeys } from '../base/table.ts';
import type { Condition } from '../domain/rule.ts';
import { conditionHolds, inNetwork, matchesPattern, parseNetwork } from './conditions.ts';

const holds = (condition: Condition, attributes: Record<string, string>) =>
  conditionHolds(condition, attributes);

test('an absent attribute satisfies the not operators, and the others only where the condition says so', () => {
  const expected = {
    equals: false,
    notEquals: true,
    like: false,
    notLike: true,
    inNetwork: false,
    notInNetwork: true,
  } as const;
  for (const operator of tableKeys(expected)) {
    assert.equal(holds({ attribute: 'a', operator, values: ['x'] }, {}), expected[operator], operator);
    assert.equal(holds({ attribute: 'a', operator, values: ['x'], ifExists: true }, {}), true, operator);
  }
  assert.equal(holds({ attribute: 'a', operator: 'exists', values: ['false'] }, {}), true);
  assert.equal(holds({ attribute: 'a', operator: 'exists', values: ['true'] }, { a: '' }), true);
});

test('names of Object.prototype are not attributes', () => {
  assert.equal(holds({ attribute: 'toString', operator: 'exists', values: ['true'] }, {}), false);
  assert.equal(holds({ attribute: '__proto__', operator: 'like', values: ['*'] }, {}), false);
});

test('a pattern matches like the regular expression that it stands for', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 10 });
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }), letters, (text, pattern) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`);
      assert.equal(matchesPattern(text, pattern), expression.test(text));
    }),
    { numRuns: 2_000 },
  );
});

test('a pattern with long pieces matches like the regular expression that it stands for', () => {
  const run = fc.integer({ min: 28, max: 70 });
  const piece = fc.tuple(run, fc.constantFrom('a', 'b', '?', 'aab')).map(([n, unit]) => unit.repeat(n));
  const pieces = fc.array(piece, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(pieces, pieces, fc.constantFrom('', 'a', 'ba'), (wanted, given, between) => {
      const pattern = `*${wanted.join('*')}*`;
      const text = given.join(between).replaceAll('?', 'c');
      const expression = new RegExp(`^${pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`);
      assert.equal(matchesPattern(text, pattern), expression.test(text));
      assert.ok(matchesPattern(text, `${text.slice(0, 3)}*${text.slice(5, -2)}*`));
    }),
    { numRuns: 300 },
  );
});

test('a hostile pattern costs no more than text times pattern', () => {
  assert.equal(matchesPattern('a'.repeat(20_000), `${'*a'.repeat(200)}b`), false);
});

test('networks hold their addresses, in both families and through mapped addresses', () => {
  assert.equal(inNetwork('10.1.2.3', '10.0.0.0/8'), true);
  assert.equal(inNetwork('11.1.2.3', '10.0.0.0/8'), false);
  assert.equal(inNetwork('::ffff:10.1.2.3', '10.0.0.0/8'), true);
  assert.equal(inNetwork('2001:db8::1', '2001:db8::/32'), true);
  assert.equal(inNetwork('10.1.2.3', '2001:db8::/32'), false);
  assert.equal(inNetwork('10.1.2.3', '10.1.2.3'), true);
});

test('a condition on networks holds for an address in one of them, and its opposite for any other', () => {
  const where = (operator: 'inNetwork' | 'notInNetwork', address: string) =>
    holds({ attribute: 'a', operator, values: ['10.0.0.0/8', '2001:db8::/32'] }, { a: address });
  for (const [address, inside] of [
    ['10.1.2.3', true],
    ['2001:db8::1', true],
    ['192.0.2.1', false],
    ['no address', false],
  ] as const) {
    assert.equal(where('inNetwork', address), inside, address);
    assert.equal(where('notInNetwork', address), !inside, address);
  }
});

test('a malformed network matches nothing', () => {
  for (const network of ['', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '10.0.0.0/8x', 'x/8', '::/129']) {
    assert.equal(parseNetwork(network), undefined, network);
    assert.equal(inNetwork('10.0.0.1', network), false, network);
  }
});
