import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { headerList, isMediaType, requestId, wipeOnceSent } from './http.ts';

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

for (const leaves of [false, true]) {
  test(`bytes of an answer are wiped when their reader ${leaves ? 'left before there was one' : 'has them'}`, async () => {
    const bytes = Buffer.from('a secret');
    const settled = Promise.withResolvers<void>();
    const server = createServer(async (_request, response) => {
      if (leaves) {
        client.destroy();
        await once(response, 'close');
      } else response.once('close', settled.resolve);
      wipeOnceSent(response, bytes);
      response.end(bytes);
      if (leaves) settled.resolve();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const received = Promise.withResolvers<string | undefined>();
    const client = request({ port }, response => received.resolve(text(response)));
    client.on('error', () => received.resolve(undefined)).end();
    assert.equal(await received.promise, leaves ? undefined : 'a secret');
    await settled.promise;
    assert.deepEqual(bytes, Buffer.alloc('a secret'.length));
    server.close();
  });
}
