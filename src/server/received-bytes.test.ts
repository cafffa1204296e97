import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceivedBytes } from './received-bytes.ts';

const isWiped = (bytes: Uint8Array): boolean => bytes.every(byte => byte === 0);
const counting = (length: number, from = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => ((from + at - 1) % 255) + 1);

test('bytes come out in the order in which they came, whatever their pieces', () => {
  const received = new ReceivedBytes();
  const whole = counting(200);
  for (let at = 0; at < whole.length; at += 1) received.add(whole.slice(at, at + 1));
  assert.equal(received.length, 200);
  assert.deepEqual([...received.cut(50)], [...whole.subarray(0, 50)]);
  received.add(Uint8Array.of(7));
  assert.equal(received.length, 151);
  assert.deepEqual([...received.cut(151)], [...whole.subarray(50), 7]);
  assert.equal(received.length, 0);
  assert.equal(received.head(8).length, 0);
  assert.equal(received.cut(0).length, 0);
});

test('the head is there as soon as its bytes are', () => {
  const received = new ReceivedBytes();
  received.add(counting(3));
  assert.equal(received.head(8).length, 3);
  received.add(counting(6, 4));
  assert.deepEqual([...received.head(8).subarray(0, 8)], [...counting(8)]);
});

test('every piece is wiped once its bytes are elsewhere', () => {
  const received = new ReceivedBytes();
  const pieces = Array.from({ length: 70 }, (_, at) => counting(5, at));
  for (const piece of pieces) received.add(piece);
  assert.ok(pieces.slice(0, 65).every(isWiped));
  const joined = received.head(1_000);
  assert.ok(pieces.every(isWiped) && !isWiped(joined));
  const message = received.cut(20);
  assert.ok(isWiped(joined) && !isWiped(message));
  const last = counting(5);
  received.add(last);
  const rest = received.head(1);
  assert.equal(received.length, 335);
  received.wipe();
  assert.ok(isWiped(rest) && isWiped(last));
  assert.equal(received.length, 0);
});

test('a single piece is wiped when its message is cut', () => {
  const received = new ReceivedBytes();
  const piece = counting(9);
  received.add(piece);
  assert.deepEqual([...received.cut(7)], [...counting(7)]);
  assert.ok(isWiped(piece));
  assert.deepEqual([...received.cut(2)], [8, 9]);
});

test('a piece that is a message is handed over, and a part of it is a copy', () => {
  const received = new ReceivedBytes();
  const piece = Buffer.from(counting(9));
  received.add(piece);
  const message = received.cut(9);
  assert.equal(received.length, 0);
  const part = message.slice(0, 3);
  message.fill(0);
  assert.ok(isWiped(piece) && !isWiped(part));
});
