import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { must } from '../../base/assert.ts';
import { ruleOf } from './rule-of.ts';

const SHAPE = z.strictObject({
  kind: z.enum(['rsa', 'ec']).default('rsa'),
  one: z.literal('only').optional(),
  count: z.int().min(1).max(9).optional(),
  name: z.string().min(2).max(3).optional(),
  ring: z
    .string()
    .regex(/^[a-z]+$/)
    .optional(),
  text: z
    .string()
    .regex(/^[^\0]*$/, 'must not hold NUL')
    .optional(),
  list: z
    .array(z.enum(['a', 'b']))
    .max(1)
    .optional(),
  either: z.union([z.int(), z.boolean()]).optional(),
  needed: z.string(),
});

test('every broken rule is told in words', () => {
  const told = (value: Readonly<Record<string, unknown>>) => {
    const whole = { needed: 'x', ...value };
    const [issue] = must(SHAPE.safeParse(whole).error, 'it does not fit').issues;
    return ruleOf(must(issue, 'something is wrong'), whole);
  };
  assert.equal(told({ kind: 'dsa' }), 'must be one of rsa, ec');
  assert.equal(told({ one: 'two' }), 'must be only');
  assert.equal(told({ count: 0 }), 'must be at least 1');
  assert.equal(told({ count: 10 }), 'must be at most 9');
  assert.equal(told({ count: 'x' }), 'must be of type number');
  assert.equal(told({ name: 'x' }), 'must have at least 2 characters');
  assert.equal(told({ name: 'long' }), 'must have at most 3 characters');
  assert.equal(told({ list: ['a', 'a'] }), 'must have at most 1 items');
  assert.equal(told({ list: ['c'] }), 'must be one of a, b');
  assert.equal(told({ ring: 'A' }), 'must match the pattern /^[a-z]+$/');
  assert.equal(told({ text: '\0' }), 'must not hold NUL');
  assert.equal(told({ either: 'x' }), 'does not fit');
  assert.equal(told({ needed: undefined }), 'is missing');
  assert.equal(told({ needed: 1 }), 'must be of type string');
});
