import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupCommit } from './group-commit.ts';

const pool = (commitBatch: (jobs: readonly number[]) => Promise<readonly number[]>, queueJobsMax = 100) =>
  new GroupCommit<number, number>({
    commitBatch,
    batchJobsMax: 10,
    queueJobsMax,
    overflow: () => new Error('full'),
  });

test('jobs that arrive during a commit share the next one, each with its own result', async () => {
  const sizes: number[] = [];
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const group = pool(async jobs => {
    sizes.push(jobs.length);
    started.resolve();
    await gate.promise;
    return jobs.map(job => job * 2);
  });
  const first = group.add(1);
  await started.promise;
  const rest = Array.from({ length: 15 }, (_, at) => group.add(at));
  gate.resolve();
  assert.equal(await first, 2);
  assert.deepEqual(
    await Promise.all(rest),
    rest.map((_, at) => at * 2),
  );
  assert.deepEqual(sizes, [1, 10, 5]);
});

test('as many as were committed together are waited for while turns bring more, and nobody when one brings none', async () => {
  const sizes: number[] = [];
  const group = pool(async jobs => {
    sizes.push(jobs.length);
    return jobs;
  });
  const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
  await Promise.all([1, 2, 3, 4].map(job => group.add(job)));
  const waiting = [group.add(1)];
  for (const job of [2, 3, 4, 5]) {
    await nextTurn();
    waiting.push(group.add(job));
  }
  await Promise.all(waiting);
  await group.add(6);
  assert.deepEqual(sizes, [4, 4, 1, 1]);
});

test('a failed batch is told to all of its jobs and to no other', async () => {
  let turn = 0;
  const group = pool(async jobs => {
    turn += 1;
    if (turn === 1) throw new Error('disk');
    return jobs;
  });
  const failed = [group.add(1), group.add(2)];
  const outcomes = await Promise.allSettled(failed);
  assert.deepEqual(
    outcomes.map(outcome => outcome.status),
    ['rejected', 'rejected'],
  );
  assert.equal(await group.add(3), 3);
});

test('a full queue refuses instead of growing', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const group = pool(async jobs => {
    started.resolve();
    await promise;
    return jobs;
  }, 3);
  const waiting = [group.add(1)];
  await started.promise;
  waiting.push(group.add(2), group.add(3), group.add(4));
  await assert.rejects(group.add(5), /full/);
  resolve();
  await Promise.all(waiting);
});
