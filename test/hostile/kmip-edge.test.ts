// Peers of the KMIP port that mean no good: they hold connections without a word, send without reading, and ask for more than there is. They are
// cut off, and others are served meanwhile.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  enumerationValue,
  make,
  type TtlvField,
  type TtlvItem,
  writeTtlv,
} from '../../src/wire/ttlv/index.ts';
import {
  certified,
  type KmipClient,
  type KmipSubject,
  openConnection,
  request,
  startKmip,
} from '../conformance/kmip/support.ts';
import { CLIENT_AUTHENTICATION } from '../support/certificates.ts';

const TIMEOUT_MS = 1_000;
const CONNECTIONS_MAX = 40;

let subject: KmipSubject;
let client: KmipClient;
before(async () => {
  subject = await startKmip({
    requestTimeoutMs: String(TIMEOUT_MS),
    connectionsMax: String(CONNECTIONS_MAX),
  });
  client = await subject.addClient();
});
after(() => subject.stop());

const QUERY = request('1.4', [
  { operation: 'Query', payload: [make.enumeration('QueryFunction', 'QueryOperations')] },
]);

const statusOf = (answer: TtlvItem): number | undefined =>
  answer.children[1]?.children.find(({ name }) => name === 'ResultStatus')?.uint32;
const reasonOf = (answer: TtlvItem): number | undefined =>
  answer.children[1]?.children.find(({ name }) => name === 'ResultReason')?.uint32;

const operationOf = (answer: TtlvItem): number | undefined =>
  answer.children[1]?.children.find(({ name }) => name === 'Operation')?.uint32;
const [QUERY_OPERATION, DISCOVER_VERSIONS] = (['Query', 'DiscoverVersions'] as const).map(name =>
  enumerationValue('Operation', name),
);

/** A client that means well is answered. */
async function requireSound(): Promise<void> {
  const connection = await subject.connect(client);
  assert.equal(statusOf(await connection.ask(QUERY)), 0);
  connection.close();
}

function plain(): Socket {
  const socket = connectPlain({ host: '127.0.0.1', port: subject.port });
  socket.on('error', () => undefined);
  socket.resume();
  return socket;
}

const closed = (socket: Socket): Promise<unknown> =>
  socket.closed ? Promise.resolve() : once(socket, 'close');

test('peers that begin TLS and do not go on are given up', async () => {
  // The head of a ClientHello whose body never comes, and one that comes byte by byte.
  const hello = Buffer.from('16030100fa010000f60303', 'hex');
  const sockets = Array.from({ length: 16 }, plain);
  await Promise.all(sockets.map(socket => once(socket, 'connect')));
  const [first, ...others] = sockets;
  for (const socket of others) socket.write(hello);
  let at = 0;
  const trickle = setInterval(() => first?.write(Uint8Array.of(hello[at++] ?? 0)), 50);
  await requireSound();
  await Promise.all(sockets.map(closed));
  clearInterval(trickle);
  await requireSound();
});

test('connections of strangers do not keep clients out for long', async () => {
  const stranger = certified('stranger', CLIENT_AUTHENTICATION);
  const held = [];
  for (let count = 0; count < CONNECTIONS_MAX; count += 1)
    held.push(await openConnection(subject.port, stranger));
  // Whoever holds one from before goes on; a connection too many is closed at once.
  const late = plain();
  await closed(late);
  await Promise.all(held.map(({ ended }) => ended));
  await requireSound();
});

test('a client that has proven itself may be silent', async () => {
  const connection = await subject.connect(client);
  assert.equal(statusOf(await connection.ask(QUERY)), 0);
  await pause(TIMEOUT_MS * 1.5);
  assert.equal(statusOf(await connection.ask(QUERY)), 0);
  connection.close();
});

test('messages are answered in their order, in whatever pieces they come, and while others are answered', async () => {
  const connection = await subject.connect(client);
  const versions = request('1.4', [{ operation: 'DiscoverVersions', payload: [] }]);
  const asked = Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? versions : QUERY));
  const bytes = Buffer.concat(asked.map(message => writeTtlv(message)));
  const sent = (async () => {
    const sizes = [1, 7, 300, 40, 2_000];
    for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      connection.write(bytes.subarray(from, from + size));
      from += size;
      await pause(turn % 2);
    }
  })();
  for (const message of asked) {
    const answer = await connection.next();
    assert.equal(statusOf(answer), 0);
    assert.equal(operationOf(answer), message === versions ? DISCOVER_VERSIONS : QUERY_OPERATION);
  }
  await sent;
  connection.close();
});

test('a client that sends and never reads is given up, and its messages wait outside', async () => {
  const connection = await subject.connect(client);
  connection.socket.pause();
  const message = writeTtlv(QUERY);
  const many = Buffer.concat(Array.from({ length: 200 }, () => message));
  let isOver = false;
  void connection.ended.then(() => {
    isOver = true;
  });
  for (let sent = 0; sent < 200 && !isOver; sent += 1) {
    connection.write(many);
    await pause(20);
  }
  await requireSound();
  connection.close();
  await connection.ended;
});

test('a batch of ten thousand items is refused as a whole', async () => {
  const connection = await subject.connect(client);
  const batch = (count: number): TtlvField =>
    request(
      '1.4',
      Array.from({ length: count }, (_, at) => ({
        operation: 'DiscoverVersions' as const,
        id: Uint8Array.of(at >> 8, at & 0xff),
      })),
    );
  const answer = await connection.ask(batch(10_000));
  assert.equal(answer.children.length, 2);
  assert.equal(reasonOf(answer), 4);
  const [served] = await Promise.all([connection.ask(batch(1_000)), requireSound()]);
  assert.equal(served.children.length, 1_001);
  connection.close();
});

test('renegotiation does not go on for ever', async () => {
  const connection = await openConnection(subject.port, client, { maxVersion: 'TLSv1.2' });
  const renegotiated = (): Promise<boolean> =>
    new Promise(resolve => {
      connection.socket.once('close', () => resolve(false));
      const isBegun = connection.socket.renegotiate({ rejectUnauthorized: false }, error =>
        resolve(error === null),
      );
      if (isBegun === false) resolve(false);
    });
  let count = 0;
  while (count < 10 && (await renegotiated())) count += 1;
  assert.ok(count < 10);
  connection.close();
  await requireSound();
});
