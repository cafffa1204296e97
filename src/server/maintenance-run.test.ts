// Progress reaches whoever follows, ends with the work, and holds nobody up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRun } from './maintenance-run.ts';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

const step = (done: number) => ({ done, total: 3 });

test('every follower sees the last progress, and the end of the work ends theirs', async () => {
  const go = Promise.withResolvers<void>();
  const run = startRun(async report => {
    report(step(1));
    await go.promise;
    report(step(2));
    report(step(3));
    return { rows: 3 };
  });
  const followers = [collect(run.progress), collect(run.progress)];
  go.resolve();
  for (const seen of await Promise.all(followers)) assert.deepEqual(seen.at(-1), step(3));
  assert.deepEqual(await run.outcome, { rows: 3 });
});

test('work that nobody follows goes on, and a late follower gets what was last', async () => {
  const run = startRun(async report => {
    for (const done of [1, 2, 3]) report(step(done));
    return {};
  });
  await run.outcome;
  assert.deepEqual(await collect(run.progress), [step(3)]);
});

test('work without progress ends the progress too', async () => {
  assert.deepEqual(await collect(startRun(async () => ({})).progress), []);
});

test('work that fails ends the progress quietly and rejects the outcome', async () => {
  const run = startRun(async report => {
    report(step(1));
    throw new Error('no room');
  });
  assert.deepEqual(await collect(run.progress), [step(1)]);
  await assert.rejects(run.outcome, /no room/);
});
