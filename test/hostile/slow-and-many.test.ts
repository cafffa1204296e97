// Senders that take their time, and connections without end: they are cut off when the time is over, and keep nobody else out.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { open, requestText, send } from './raw.ts';
import { type HostileSubject, requireRefusal, startHostile } from './subject.ts';

const CONNECTIONS_MAX = 60;
let subject: HostileSubject;
before(async () => {
  subject = await startHostile({ requestTimeoutMs: '2000', connectionsMax: String(CONNECTIONS_MAX) });
});
after(() => subject.stop());

const awsHead = requestText('POST / HTTP/1.1', [
  ['host', 'kms'],
  ['content-type', 'application/x-amz-json-1.1'],
  ['x-amz-target', 'TrentService.ListKeys'],
  ['content-length', '4000'],
]);
const adminHead = (): string =>
  requestText('POST /admin/v1/projects/default/keys HTTP/1.1', [
    ['host', 'kms'],
    ['authorization', `Bearer ${subject.keyhold.credentials.admin.apiKey}`],
    ['content-type', 'application/json'],
    ['content-length', '4000'],
  ]);

const barbicanHead = (): string =>
  requestText('POST /v1/secrets HTTP/1.1', [
    ['host', 'kms'],
    ['x-auth-token', subject.keyhold.credentials.admin.apiKey],
    ['content-type', 'application/json'],
    ['content-length', '4000'],
  ]);
const keystoneHead = requestText('POST /v3/auth/tokens HTTP/1.1', [
  ['host', 'kms'],
  ['content-type', 'application/json'],
  ['content-length', '4000'],
]);

async function connected(count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => open(subject.port));
  await Promise.all(sockets.map(socket => once(socket, 'connect')));
  return sockets;
}

const over = (socket: Socket): Promise<void> =>
  new Promise(resolve => {
    socket.resume();
    if (socket.readableEnded || socket.destroyed) resolve();
    socket.once('end', () => resolve());
    socket.once('close', () => resolve());
  });

test('a request that arrives byte by byte is cut off, and others are served meanwhile', async () => {
  const senders = [awsHead.slice(0, 60), awsHead, adminHead(), barbicanHead(), keystoneHead].flatMap(start =>
    Array.from({ length: 8 }, () => [start, ...' '.repeat(400)]),
  );
  const slow = senders.map(pieces => send(subject.port, pieces, { pauseMs: 20 }));
  for (let round = 0; round < 5; round += 1) {
    await pause(50);
    await subject.requireSound();
  }
  for (const { answers, closed } of await Promise.all(slow)) {
    assert.ok(answers.length > 0 || closed);
    for (const answer of answers) requireRefusal(answer);
  }
  await subject.requireSound();
});

test('connections without a request are closed when the time is over', async () => {
  const silent = await connected(20);
  const garbled = await connected(10);
  for (const socket of garbled) socket.write('POST /');
  await Promise.all([...silent, ...garbled].map(over));
  await subject.requireSound();
});

test('connections beyond the bound are closed at once, and room is there again when others end', async () => {
  for (let round = 0; round < 3; round += 1) {
    const crowd = await connected(3 * CONNECTIONS_MAX);
    const closed: Socket[] = [];
    for (const socket of crowd) void over(socket).then(() => closed.push(socket));
    while (closed.length < 2 * CONNECTIONS_MAX) await pause(5);
    for (const socket of crowd) socket.destroy();
    await pause(50);
    await subject.requireSound();
  }
});

test('callers that go away at every moment leave nothing behind', async () => {
  const whole = awsHead + ' '.repeat(4_000);
  for (let length = 0; length < whole.length; length += 131) {
    const socket = open(subject.port);
    socket.write(whole.slice(0, length));
    if (length % 2 === 0) await once(socket, 'connect');
    if (length % 3 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
  await pause(100);
  await subject.requireSound();
});
