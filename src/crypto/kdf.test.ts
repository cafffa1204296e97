import assert from 'node:assert/strict';
import { createHmac, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { concatBytes, hex, utf8 } from '../base/bytes.ts';
import { revealSecretBytes } from '../base/secret-bytes.ts';
import { counterFixedInput, deriveCounterHmac } from './kdf.ts';

const key = createSecretKey(new Uint8Array(32).fill(3));

test('the output is the joined blocks of the counter, cut to the length', () => {
  const fixedInput = utf8('fixed');
  const block = (counter: number) =>
    createHmac('sha256', key)
      .update(concatBytes(Uint8Array.of(0, 0, 0, counter), fixedInput))
      .digest();
  const joined = hex(concatBytes(block(1), block(2), block(3)));
  for (const length of [1, 32, 33, 64, 80]) {
    assert.equal(
      hex(revealSecretBytes(deriveCounterHmac('sha-256', key, fixedInput, length))),
      joined.slice(0, 2 * length),
    );
  }
});

test('label and context cannot run into each other unnoticed, and the length is bound', () => {
  assert.equal(hex(counterFixedInput(utf8('ab'), utf8('c'), 32)), '6162006300000100');
  assert.notDeepEqual(
    counterFixedInput(utf8('a'), utf8('bc'), 32),
    counterFixedInput(utf8('ab'), utf8('c'), 32),
  );
  assert.notDeepEqual(
    counterFixedInput(utf8('a'), utf8('b'), 32),
    counterFixedInput(utf8('a'), utf8('b'), 16),
  );
});
