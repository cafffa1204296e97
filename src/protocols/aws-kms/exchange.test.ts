import assert from 'node:assert/strict';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { send } from './exchange.ts';

const clock = { now: () => Date.UTC(2015, 7, 30, 12, 36, 0, 999) };
const secretBody = (): Buffer => Buffer.from('{"Plaintext":"AAAA"}');

/** What the handler answers to a client that stays for its answer, or leaves once its request is there. */
async function exchangeWith(
  handler: Parameters<typeof createServer>[1],
  client: 'stays' | 'leaves',
): Promise<{ readonly headers: object; readonly body: string } | undefined> {
  const server = createServer(handler);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const closed = new Promise<void>(resolve => server.once('close', resolve));
  try {
    return await new Promise((resolve, reject) => {
      const asked = httpRequest({ port, method: 'POST' }, async response => {
        resolve({ headers: response.headers, body: await text(response) });
      });
      asked.on('error', error => (client === 'leaves' ? resolve(undefined) : reject(error)));
      asked.end();
      if (client === 'leaves') server.once('request', () => asked.destroy());
    });
  } finally {
    server.close();
    await closed;
  }
}

test('an answer has the length and the clock of the house, and its secret is wiped once it is sent', async () => {
  const body = secretBody();
  const answered = await exchangeWith(
    (_request, response) => send({ clock }, response, 'an id', { status: 200, body }),
    'stays',
  );
  assert.equal(answered?.body, '{"Plaintext":"AAAA"}');
  const { date, 'content-length': length } = answered.headers as Record<string, string>;
  assert.deepEqual([date, length], ['Sun, 30 Aug 2015 12:36:00 GMT', '20']);
  assert.deepEqual(body, Buffer.alloc(body.length));
});

test('the length of a text is that of its bytes', async () => {
  const answered = await exchangeWith(
    (_request, response) => send({ clock }, response, 'an id', { status: 200, body: '"\u00e9\u20ac"' }),
    'stays',
  );
  assert.equal(answered?.body, '"\u00e9\u20ac"');
});

test('a secret whose reader left before the answer was made is wiped', async () => {
  const body = secretBody();
  const answered = Promise.withResolvers<void>();
  await exchangeWith((_request, response) => {
    response.once('close', () => {
      send({ clock }, response, 'an id', { status: 200, body });
      answered.resolve();
    });
  }, 'leaves');
  await answered.promise;
  assert.deepEqual(body, Buffer.alloc(body.length));
});
