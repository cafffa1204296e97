import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { Exchange, type Exchanged } from './exchange.ts';

const exchange = new Exchange({
  url: 'http://keys',
  openstackForeign: 'hidden',
  logger: { log: (...said: readonly unknown[]) => assert.fail(said.join(' ')) },
});

type Work = Parameters<Exchange['answer']>[1];

interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a client receives that stays for its answer; undefined for one that leaves once its request is there. */
async function converse(
  work: Work,
  asked: { readonly method?: string; readonly body?: Buffer; readonly leaves?: boolean } = {},
  see: (exchanged: Exchanged) => void = () => {},
): Promise<Received | undefined> {
  const { method = 'GET', body, leaves = false } = asked;
  const answered = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const exchanged = { request, response, requestId: 'an-id' };
    see(exchanged);
    if (leaves) {
      client.destroy();
      await once(response, 'close');
    }
    await exchange.answer(exchanged, work);
    answered.resolve();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = httpRequest({ port, method, headers: { 'openstack-api-version': 'key-manager 1.1' } });
  try {
    const received = new Promise<Received | undefined>((resolve, reject) => {
      client.on('response', async response =>
        resolve({ status: response.statusCode, headers: response.headers, body: await text(response) }),
      );
      client.on('error', error => (leaves ? resolve(undefined) : reject(error)));
      client.end(body);
    });
    await answered.promise;
    return await received;
  } finally {
    server.close();
    await once(server, 'close');
  }
}

const PAYLOAD = {
  asked: 'application/octet-stream',
  revealed: {
    secret: {
      id: 'an-id',
      projectId: 'p',
      type: 'opaque',
      form: 'bytes',
      metadata: {},
      createdBy: 'somebody',
      createdAt: 1,
      updatedAt: 1,
      revision: 1,
    },
    get material() {
      return SecretBytes.copyOf(Buffer.from('payload'));
    },
  },
} as const;

for (const leaves of [false, true]) {
  test(`the bytes of a payload are wiped when its reader ${leaves ? 'has left' : 'has them'}`, async () => {
    let sent: Buffer | undefined;
    const received = await converse(
      async () => ({ status: 200, payload: PAYLOAD }),
      { leaves },
      ({ response }) => {
        const end = response.end.bind(response);
        Object.assign(response, {
          end(bytes: Buffer) {
            sent = bytes;
            return end(bytes);
          },
        });
      },
    );
    assert.equal(received?.body, leaves ? undefined : 'payload');
    assert.deepEqual(sent, Buffer.alloc('payload'.length));
  });
}

test('an answer says its length, its version and its request, and one without a body says none', async () => {
  const shown = await converse(async () => ({ status: 200, body: { name: '\u00e9' } }));
  assert.equal(shown?.body, '{"name":"\u00e9"}');
  assert.equal(shown.headers['content-length'], '13');
  assert.equal(shown.headers['content-type'], 'application/json');
  assert.equal(shown.headers['openstack-api-version'], 'key-manager 1.1');
  assert.equal(shown.headers['x-openstack-request-id'], 'req-an-id');
  const empty = await converse(async () => ({ status: 204 }), { method: 'DELETE' });
  assert.equal(empty?.status, 204);
  assert.equal(empty.headers['content-length'], undefined);
});

test('a body that no request has is refused before anything is done, and ends the connection', async () => {
  const body = Buffer.alloc(1_048_577, 0x20);
  const refused = await converse(async () => assert.fail('nothing is done'), { method: 'POST', body });
  assert.equal(refused?.status, 400);
  assert.equal(refused.headers.connection, 'close');
  assert.deepEqual(JSON.parse(refused.body), {
    code: 400,
    description: 'Malformed JSON',
    title: 'Bad Request',
  });
});
