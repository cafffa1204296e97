import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { newObjectId } from './object-id.ts';

const idAt = (instant: number) => newObjectId({ clock: { now: () => instant }, random: systemRandom });

test('an id begins with its instant, and is a UUID of version 7', () => {
  // RFC 9562, appendix A.6.
  assert.match(idAt(0x017f22e279b0), /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 47 }), fc.integer({ min: 1, max: 2 ** 46 }), (instant, later) => {
      assert.ok(idAt(instant) < idAt(instant + later));
    }),
  );
});

test('ids of one instant are different', () => {
  const ids = Array.from({ length: 1_000 }, () => idAt(1));
  assert.equal(new Set(ids).size, ids.length);
});
