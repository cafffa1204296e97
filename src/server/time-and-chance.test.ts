import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SYSTEM_RANDOM } from './time-and-chance.ts';

test('what is mixed into the generator leaves it as unpredictable as it was', () => {
  const draw = () => Buffer.from(SYSTEM_RANDOM.bytes(32)).toString('hex');
  const drawn = [draw()];
  for (let time = 0; time < 20; time++) {
    SYSTEM_RANDOM.mix(new Uint8Array(64));
    drawn.push(draw(), draw());
  }
  assert.equal(new Set(drawn).size, drawn.length);
  for (const count of [0, 1, 1_000]) assert.equal(SYSTEM_RANDOM.bytes(count).length, count);
  // Every bit is set in some draw, and not in another one.
  const bytes = drawn.map(text => Buffer.from(text, 'hex'));
  for (let at = 0; at < 32; at++) {
    const column = bytes.map(each => each[at] ?? 0);
    assert.equal(
      column.reduce((all, byte) => all | byte, 0),
      0xff,
    );
    assert.equal(
      column.reduce((all, byte) => all & byte, 0xff),
      0,
    );
  }
});
