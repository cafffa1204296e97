// The cache of opened keys: bounded, short-lived, one opening for many, and nothing left of what was forgotten.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { manualClock } from '../../test/support/time-and-chance.ts';
import { KeyCache } from './key-cache.ts';

function subject(entriesMax = 3) {
  const clock = manualClock();
  const cache = new KeyCache<string>({ entriesMax, lifetimeMs: 1_000 }, clock);
  const opened: string[] = [];
  const load = (name: string) =>
    cache.load(name, async () => {
      opened.push(name);
      await setImmediate();
      return `value of ${name}`;
    });
  return { clock, cache, opened, load };
}

test('requests that miss together share one opening', async () => {
  const { load, opened } = subject();
  const values = await Promise.all(Array.from({ length: 64 }, () => load('a')));
  assert.deepEqual(new Set(values), new Set(['value of a']));
  assert.deepEqual(opened, ['a']);
});

test('a key lives for its time from the opening, however often it is used', async () => {
  const { load, opened, clock } = subject();
  await load('a');
  clock.advance(999);
  await load('a');
  assert.deepEqual(opened, ['a']);
  clock.advance(1);
  await load('a');
  assert.deepEqual(opened, ['a', 'a']);
});

test('the bound holds, and the key that was not used for longest goes', async () => {
  const { load, opened, cache } = subject(2);
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await load(name);
  assert.deepEqual(opened, ['a', 'b', 'c', 'b']);
  assert.equal(cache.size, 2);
});

test('what is forgotten goes, and its neighbours stay', async () => {
  const { load, opened, cache } = subject();
  for (const name of ['a/1', 'a/2', 'ab/1']) await load(name);
  cache.forget('a/');
  assert.equal(cache.size, 1);
  await load('ab/1');
  await load('a/1');
  assert.deepEqual(opened, ['a/1', 'a/2', 'ab/1', 'a/1']);
});

test('an opening that was under way when its key was forgotten is not remembered', async () => {
  const { load, opened, cache } = subject();
  const before = load('a');
  cache.forget('a');
  const afterwards = load('a');
  await Promise.all([before, afterwards]);
  assert.deepEqual(opened, ['a', 'a']);
  assert.equal(cache.size, 1);
  const cleared = load('b');
  cache.clear();
  await cleared;
  assert.equal(cache.size, 0);
});

test('a failed opening is not remembered, and fails for those who shared it', async () => {
  const { cache } = subject();
  const fail = () => cache.load('a', () => Promise.reject(new Error('no')));
  const outcomes = await Promise.allSettled([fail(), fail()]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(await cache.load('a', async () => 'yes'), 'yes');
});

test('expired keys are dropped although nobody asks for them', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { load, cache, clock } = subject();
  await load('a');
  clock.advance(500);
  await load('b');
  clock.advance(500);
  t.mock.timers.tick(1_000);
  assert.equal(cache.size, 1);
  clock.advance(1_000);
  t.mock.timers.tick(1_000);
  assert.equal(cache.size, 0);
});
