import assert from 'node:assert/strict';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { DirectRoutes } from './direct.ts';

test('exactly the method and target of a route pass by the router, but while it drains and with fields that are given twice', async t => {
  let draining = false;
  const observed: unknown[] = [];
  const routes = new DirectRoutes({
    random: { uuid: () => 'an id' },
    metrics: { observeRequest: (protocol, status) => observed.push([protocol, status]) },
    isDraining: () => draining,
  });
  routes.add('quick', 'POST', '/', async (request, response, requestId) => {
    response.writeHead(201).end(`${requestId}: ${await text(request)}`);
  });
  const own = { refusesRepeatedFields: true };
  routes.add(
    'own',
    'POST',
    '/own',
    async (request, response) => void response.end(`its own: ${await text(request)}`),
    own,
  );
  const server = createServer((request, response) => {
    request.resume();
    response.end('router');
  });
  routes.attend(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;

  const ask = (method: string, path: string, headers = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      httpRequest({ port, method, path, headers }, response => resolve(text(response)))
        .on('error', reject)
        .end('body');
    });
  assert.equal(await ask('POST', '/'), 'an id: body');
  for (const [method, path] of [
    ['PUT', '/'],
    ['POST', '/?a=b'],
    ['POST', '//'],
    ['POST', '/health'],
  ] as const) {
    assert.equal(await ask(method, path), 'router', `${method} ${path}`);
  }
  const twice = { authorization: ['one', 'two'] };
  assert.equal(await ask('POST', '/', twice), 'router');
  assert.equal(await ask('POST', '/own', twice), 'its own: body');
  draining = true;
  assert.equal(await ask('POST', '/'), 'router');
  assert.deepEqual(observed, [
    ['quick', 201],
    ['own', 200],
  ]);
});
