import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedQueue } from './bounded-queue.ts';

test('so many run at once, so many wait in order, and the next one is told overloaded', async () => {
  const queue = new BoundedQueue({ runningMax: 2, waitingMax: 2 });
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const runs = gates.map((gate, index) =>
    queue.run(async () => {
      started.push(index);
      await gate.promise;
      return index;
    }),
  );
  assert.deepEqual(started, [0, 1]);
  await assert.rejects(
    queue.run(async () => {}),
    { name: 'KmsError', code: 'overloaded' },
  );
  gates[1]?.resolve();
  assert.equal(await runs[1], 1);
  await new Promise(setImmediate);
  assert.deepEqual(started, [0, 1, 2]);
  for (const gate of gates) gate.resolve();
  assert.deepEqual(await Promise.all(runs), [0, 1, 2, 3]);
  assert.equal(await queue.run(async () => 'free again'), 'free again');
});

test('a task that fails frees its place, and its error is the caller’s', async () => {
  const queue = new BoundedQueue({ runningMax: 1, waitingMax: 1 });
  const failing = queue.run(() => Promise.reject(new Error('broken')));
  const waiting = queue.run(async () => 'next');
  await assert.rejects(failing, { message: 'broken' });
  assert.equal(await waiting, 'next');
});
