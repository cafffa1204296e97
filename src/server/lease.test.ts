// One holder at a time, and nobody for ever.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { manualClock, systemRandom } from '../../test/support/time-and-chance.ts';
import { must } from '../base/assert.ts';
import type { Store } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import { openStore } from '../store/index.ts';
import { takeLease } from './lease.ts';

async function withParts(test: (parts: ReturnType<typeof partsOf>) => Promise<void>): Promise<void> {
  const dataDirectory = await temporaryDirectory();
  const store = await openStore('sqlite', { dataDirectory, onFatal: assert.fail });
  try {
    await test(partsOf(store));
  } finally {
    await store.close();
  }
}

function partsOf(store: Store) {
  return { store, clock: manualClock(), random: systemRandom };
}

/** As the store of a node whose connection breaks with every claim that it was given: it goes on to believe in it. */
function losingClaims(store: Store): Store {
  const claim: Store['claim'] = async name => {
    const given = await store.claim(name);
    await given?.release();
    return given;
  };
  return { ...store, claim };
}

function isConflict(error: unknown): boolean {
  return error instanceof KmsError && error.code === 'conflict';
}

test('a lease is held by one node until it is given back or runs out', () =>
  withParts(async parts => {
    const lease = must(await takeLease(parts, 'rotateRoot'), 'free');
    assert.equal(await takeLease(parts, 'rotateRoot'), undefined);
    assert.ok(await takeLease(parts, 'other'), 'other work is not held up');
    await parts.store.transaction(lease.require);
    await lease.release();

    assert.ok(await takeLease(parts, 'rotateRoot'), 'given back');
    parts.clock.advance(29_999);
    assert.equal(await takeLease(parts, 'rotateRoot'), undefined);
    parts.clock.advance(1);
    assert.ok(await takeLease(parts, 'rotateRoot'), 'its holder has been silent for too long');
  }));

test('a holder whose claim is free is gone, and finds so when it is not', () =>
  withParts(async parts => {
    const cutOff = must(
      await takeLease({ ...parts, store: losingClaims(parts.store) }, 'firstStart'),
      'free',
    );
    const next = must(await takeLease(parts, 'firstStart'), 'the holder is gone');
    await assert.rejects(parts.store.transaction(cutOff.require), isConflict);
    await cutOff.release();
    await parts.store.transaction(next.require);
    assert.equal(await takeLease(parts, 'firstStart'), undefined, 'giving back what was lost frees nothing');
    await next.release();
  }));

test('who took over from a holder that stood still has no claim, and is not taken for gone', () =>
  withParts(async parts => {
    const still = must(await takeLease(parts, 'firstStart'), 'free');
    parts.clock.advance(30_000);
    const next = must(await takeLease(parts, 'firstStart'), 'the holder has run out of time');
    await assert.rejects(parts.store.transaction(still.require), isConflict);
    await still.release();
    assert.equal(
      await takeLease(parts, 'firstStart'),
      undefined,
      'the claim is free, and means nothing here',
    );
    await parts.store.transaction(next.require);
    await next.release();
  }));
