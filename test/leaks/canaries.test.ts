// The detector itself: a search that finds nothing proves something only when it would have found it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Detector, newCanary } from './canaries.ts';

const canary = newCanary('secret');
const { bytes } = canary;
const detector = new Detector([canary, newCanary('another')]);
const around = (middle: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.alloc(1001, 0x2e), Buffer.from(middle), Buffer.alloc(1001, 0x2e)]);
const behind = (count: number): Buffer =>
  Buffer.concat([Buffer.alloc(count, 0x77), bytes, Buffer.from('zz')]);

test('a secret is found in every form, at every place', () => {
  const hidings: readonly (string | Uint8Array)[] = [
    bytes,
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    JSON.stringify([...bytes]),
    JSON.stringify(bytes),
    bytes
      .toString('latin1')
      .replace(/[\s\S]/g, c => `%${Buffer.from(c, 'latin1').toString('hex').toUpperCase()}`),
    Buffer.from(bytes.toString('latin1'), 'utf16le'),
    ...[0, 1, 2, 3].flatMap(count => [
      behind(count).toString('base64'),
      behind(count).toString('base64url'),
      Buffer.from(behind(count).toString('base64'), 'utf16le'),
    ]),
  ];
  for (const hiding of hidings) {
    const [sighting] = detector.search(around(hiding));
    assert.equal(sighting?.canary, 'secret', Buffer.from(hiding).toString('latin1'));
  }
});

test('half a secret is found as well, at the ends of what is searched too', () => {
  for (const half of [bytes.subarray(0, 24), bytes.subarray(24)]) {
    assert.deepEqual([...detector.names(half)], ['secret']);
    assert.deepEqual([...detector.names(around(half))], ['secret']);
    assert.deepEqual([...detector.names(half.toString('base64'))], ['secret']);
  }
});

test('what is no secret is not found', () => {
  assert.equal(detector.search(newCanary('stranger', 1_000_000).bytes).length, 0);
});
