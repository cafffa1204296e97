import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasRoom } from './room.ts';

const PLACES = 256;

test('whoever comes finds a place, however much those before have taken', () => {
  const held: { readonly projectId: string }[] = [];
  const taken = Array.from({ length: 7 }, (_, project) => {
    const projectId = `project ${project}`;
    let count = 0;
    while (hasRoom(held, projectId, PLACES)) {
      held.push({ projectId });
      count += 1;
    }
    return count;
  });
  assert.deepEqual(taken, [128, 64, 32, 16, 8, 4, 2]);
  assert.ok(hasRoom(held, 'another project', PLACES));
});

test('places that have become free are for whoever holds fewer than are free', () => {
  const held = Array.from({ length: 100 }, () => ({ projectId: 'one' }));
  assert.ok(hasRoom(held, 'one', PLACES));
  assert.ok(!hasRoom(held, 'one', 200));
  assert.ok(hasRoom(held, 'two', 101));
});
