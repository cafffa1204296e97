// Ids of objects tell when they were made, and are never the same twice.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hex } from '../../base/bytes.ts';
import { SYSTEM_RANDOM } from '../../server/time-and-chance.ts';
import { ID_BYTES, madeAt, newObjectId } from './object-id.ts';

test('an id tells its instant to the millisecond, for as long as calendars last', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8.64e13 }), at => {
      const id = newObjectId(at, SYSTEM_RANDOM);
      assert.equal(id.length, ID_BYTES);
      assert.equal(madeAt(id), at);
    }),
  );
});

test('ids of one instant differ', () => {
  const ids = Array.from({ length: 1_000 }, () => hex(newObjectId(1_800_000_000_000, SYSTEM_RANDOM)));
  assert.equal(new Set(ids).size, ids.length);
});
