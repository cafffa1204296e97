import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type InstantRange, type InstantRelation, narrowed, rangeOf } from './instant-range.ts';

const RELATIONS = {
  lt: (one, other) => one < other,
  lte: (one, other) => one <= other,
  gt: (one, other) => one > other,
  gte: (one, other) => one >= other,
  eq: (one, other) => one === other,
} as const satisfies Record<InstantRelation, (one: number, other: number) => boolean>;

const relation = fc.constantFrom(...(Object.keys(RELATIONS) as InstantRelation[]));
const instant = fc.integer({ min: 0, max: 50 });

function has({ from = 0, until = Number.POSITIVE_INFINITY, absent }: InstantRange, at: number | undefined) {
  return at === undefined ? absent === true : absent !== true && at >= from && at < until;
}

test('an instant is in the range of a relation when, in whole units, it stands in it', () => {
  fc.assert(
    fc.property(relation, instant, instant, fc.constantFrom(1, 7), (name, at, other, unitMs) => {
      const cut = Math.floor(at / unitMs) * unitMs;
      assert.equal(has(rangeOf(name, other, unitMs), at), RELATIONS[name](cut, other));
    }),
  );
});

test('what two ranges allow is in both of them', () => {
  const range = fc.oneof(
    fc.constant({ absent: true }),
    fc.tuple(relation, instant).map(([name, at]) => rangeOf(name, at)),
  );
  fc.assert(
    fc.property(range, range, fc.option(instant, { nil: undefined }), (one, other, at) => {
      assert.equal(has(narrowed(one, other), at), has(one, at) && has(other, at));
    }),
  );
});
