import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerList, isMediaType, requestId } from './http.ts';

test('header fields keep their order and repetitions, and their names are in lower case', () => {
  assert.deepEqual(headerList(['Host', 'A', 'X-A', '1', 'x-a', '2']), [
    ['host', 'A'],
    ['x-a', '1'],
    ['x-a', '2'],
  ]);
});

test('a media type is recognised whatever its case and parameters, but not in another charset', () => {
  const expected = 'application/x-amz-json-1.1';
  for (const text of [
    expected,
    'Application/X-Amz-Json-1.1',
    `${expected}; charset=utf-8`,
    `${expected} ;Charset="UTF-8";v=1`,
  ]) {
    assert.equal(isMediaType(text, expected), true, text);
  }
  for (const text of [
    undefined,
    '',
    'application/x-amz-json-1.0',
    `${expected}0`,
    `${expected}; charset=utf-16`,
    `x;${expected}`,
  ]) {
    assert.equal(isMediaType(text, expected), false, String(text));
  }
});

test('a request id is a version 4 UUID of the bytes given', () => {
  assert.equal(requestId(new Uint8Array(16)), '00000000-0000-4000-8000-000000000000');
  assert.equal(requestId(new Uint8Array(16).fill(0xff)), 'ffffffff-ffff-4fff-bfff-ffffffffffff');
  assert.throws(() => requestId(new Uint8Array(15)));
});
