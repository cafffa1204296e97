// One holder at a time, and nobody for ever.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { manualClock, systemRandom } from '../../test/support/time-and-chance.ts';
import { openStore } from '../store/index.ts';
import { takeLease } from './lease.ts';

test('a lease is held by one node until it is given back or runs out', async () => {
  const dataDirectory = await temporaryDirectory();
  const store = await openStore('sqlite', { dataDirectory, onFatal: assert.fail });
  try {
    const clock = manualClock();
    const parts = { store, clock, random: systemRandom };
    const lease = await takeLease(parts, 'rotateRoot');
    assert.equal(await takeLease(parts, 'rotateRoot'), undefined);
    assert.ok(await takeLease(parts, 'other'), 'other work is not held up');
    await lease?.release();

    assert.ok(await takeLease(parts, 'rotateRoot'), 'given back');
    clock.advance(59_999);
    assert.equal(await takeLease(parts, 'rotateRoot'), undefined);
    clock.advance(1);
    assert.ok(await takeLease(parts, 'rotateRoot'), 'its holder has been silent for too long');
  } finally {
    await store.close();
  }
});
