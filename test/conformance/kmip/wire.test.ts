// Messages and connections, well-meant and not: versions, batches, sizes, extensions, credentials, frames that lie, and peers that wait.

import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import { test } from 'node:test';
import { utf8 } from '../../../src/base/bytes.ts';
import {
  make,
  readXml,
  type TtlvField,
  type TtlvItem,
  type Version,
  valueName,
  viewOf,
  writeJson,
  writeTtlv,
  writeXml,
} from '../../../src/wire/ttlv/index.ts';
import { CLIENT_AUTHENTICATION } from '../../support/certificates.ts';
import { kmipSuite } from './asking.ts';
import { uid } from './payloads.ts';
import { type AskedItem, certified, openConnection, request } from './support.ts';

const TIMEOUT_MS = 1_000;

const kmip = kmipSuite({ settings: { requestTimeoutMs: String(TIMEOUT_MS) } });

const DISCOVER: AskedItem = { operation: 'DiscoverVersions' };
const LOCATE: AskedItem = { operation: 'Locate' };
const absent = (id: number, operation: AskedItem['operation'] = 'Get'): AskedItem => ({
  operation,
  id: Uint8Array.of(id),
  payload: [uid('nothing')],
});

interface Told {
  readonly version: string;
  readonly items: readonly {
    readonly operation?: string;
    readonly status: string;
    readonly reason?: string;
  }[];
}

/** What an answer says of each item. */
function told(answer: TtlvItem): Told {
  const [header, ...items] = answer.children;
  const numbers = header?.children[0]?.children.map(({ int32 }) => int32) ?? [];
  return {
    version: numbers.join('.'),
    items: items.map(({ children }) => {
      const value = (name: string) => children.find(child => child.name === name)?.uint32;
      const [operation, status, reason] = [value('Operation'), value('ResultStatus'), value('ResultReason')];
      return {
        ...(operation !== undefined && { operation: valueName('Operation', operation) ?? '' }),
        status: valueName('ResultStatus', status ?? 9) ?? '',
        ...(reason !== undefined && { reason: valueName('ResultReason', reason) ?? '' }),
      };
    }),
  };
}

const ask = async (message: TtlvField): Promise<Told> => told(await kmip.connection.ask(message));

test('every served version is answered in itself, and versions are discovered in any', async () => {
  for (const version of ['1.0', '1.1', '1.2', '1.3', '1.4', '2.0', '2.1', '3.0'] as const) {
    const answer = await ask(
      request(version, [
        { operation: 'Query', payload: [make.enumeration('QueryFunction', 'QueryOperations')] },
      ]),
    );
    assert.deepEqual(answer, { version, items: [{ operation: 'Query', status: 'Success' }] });
  }
  for (const [stated, answered] of [
    ['3.1', '3.0'],
    ['9.9', '3.0'],
    ['2.9', '2.1'],
    ['1.9', '1.4'],
    ['0.1', '1.0'],
  ] as const) {
    const answer = await kmip.connection.ask(request(stated as Version, [DISCOVER]));
    assert.equal(told(answer).version, answered);
    assert.equal(answer.children[1]?.children.at(-1)?.children.length, 8);
    const refused = await ask(request(stated as Version, [LOCATE]));
    const reason = answered >= '2.1' ? 'UnsupportedProtocolVersion' : 'InvalidMessage';
    assert.deepEqual(refused.items, [{ status: 'OperationFailed', reason }]);
  }
});

test('a batch stops at the first failure, or goes on, as it is asked to', async () => {
  const items = [absent(1), { ...LOCATE, id: Uint8Array.of(2) }, absent(3)];
  const failed = { operation: 'Get', status: 'OperationFailed', reason: 'ItemNotFound' };
  assert.deepEqual((await ask(request('1.4', items))).items, [failed]);
  const onError = make.enumeration('BatchErrorContinuationOption', 'Continue');
  assert.deepEqual((await ask(request('1.4', items, [onError]))).items, [
    failed,
    { operation: 'Locate', status: 'Success' },
    failed,
  ]);
});

test('a batch that is to be undone leaves nothing once an item fails, and everything where none does', async () => {
  const onError = make.enumeration('BatchErrorContinuationOption', 'Undo');
  const attribute = (name: string, value: TtlvField): TtlvField =>
    make.structure('Attribute', [make.textString('AttributeName', name), value]);
  const create: AskedItem = {
    operation: 'Create',
    id: Uint8Array.of(1),
    payload: [
      make.enumeration('ObjectType', 'SymmetricKey'),
      make.structure('TemplateAttribute', [
        attribute('Cryptographic Algorithm', make.enumeration('AttributeValue', 3)),
        attribute('Cryptographic Usage Mask', make.integer('AttributeValue', 12)),
      ]),
    ],
  };
  const get: AskedItem = { operation: 'Get', id: Uint8Array.of(2) };
  const located = async () =>
    (await kmip.connection.ask(request('1.4', [LOCATE]))).children[1]?.children.at(-1)?.children.length;
  const before = await located();
  assert.deepEqual((await ask(request('1.4', [create, get, absent(3)], [onError]))).items, [
    { operation: 'Create', status: 'OperationUndone' },
    { operation: 'Get', status: 'OperationUndone' },
    { operation: 'Get', status: 'OperationFailed', reason: 'ItemNotFound' },
  ]);
  assert.equal(await located(), before);
  const kept = await ask(request('1.4', [create, get], [onError]));
  assert.deepEqual(
    kept.items.map(({ status }) => status),
    ['Success', 'Success'],
  );
  assert.notEqual(await located(), before);
});

test('what is not offered is refused, and the connection goes on', async () => {
  const reasons: readonly [TtlvField, string][] = [
    [request('1.4', [{ operation: 'Notify' }]), 'OperationNotSupported'],
    [request('1.0', [{ operation: 'Encrypt' }]), 'OperationNotSupported'],
    [request('1.4', [LOCATE, LOCATE]), 'InvalidMessage'],
    [request('1.4', [{ operation: 'Activate' }]), 'ItemNotFound'],
    [request('2.1', [absent(1)]), 'ObjectNotFound'],
    [request('1.4', [{ operation: 'Get', payload: [make.integer('MaximumItems', 1)] }]), 'ItemNotFound'],
    [request('1.4', [{ ...LOCATE, payload: [uid('x')] }]), 'InvalidField'],
    [
      request('1.4', [{ ...LOCATE, payload: [make.textString('MaximumItems' as never, 'x')] }]),
      'InvalidMessage',
    ],
  ];
  for (const [message, reason] of reasons) assert.equal((await ask(message)).items[0]?.reason, reason);
});

test('an extension that must be understood is refused, any other one is passed over', async () => {
  const extension = (isCritical: boolean): TtlvField =>
    make.structure('MessageExtension', [
      make.textString('VendorIdentification', 'somebody'),
      make.boolean('CriticalityIndicator', isCritical),
      make.structure('VendorExtension', []),
    ]);
  assert.equal(
    (await ask(request('1.4', [{ ...LOCATE, extension: extension(false) }]))).items[0]?.status,
    'Success',
  );
  assert.equal(
    (await ask(request('1.4', [{ ...LOCATE, extension: extension(true) }]))).items[0]?.reason,
    'FeatureNotSupported',
  );
});

test('an answer longer than the client takes says so, in place of the item', async () => {
  const query = {
    operation: 'Query',
    payload: [make.enumeration('QueryFunction', 'QueryOperations')],
  } as const;
  assert.equal(
    (await ask(request('1.4', [query], [make.integer('MaximumResponseSize', 256)]))).items[0]?.reason,
    'ResponseTooLarge',
  );
  assert.equal(
    (await ask(request('1.4', [query], [make.integer('MaximumResponseSize', 4096)]))).items[0]?.status,
    'Success',
  );
});

test('a password in the message counts in place of the certificate, and a wrong one proves nothing', async () => {
  const credential = make.structure('Authentication', [
    make.structure('Credential', [
      make.enumeration('CredentialType', 'UsernameAndPassword'),
      make.structure('CredentialValue', [
        make.textString('Username', 'Fred'),
        make.textString('Password', 'password1'),
      ]),
    ]),
  ]);
  assert.deepEqual((await ask(request('1.4', [LOCATE], [credential]))).items, [
    { status: 'OperationFailed', reason: 'AuthenticationNotSuccessful' },
  ]);
});

test('a certificate that nobody has registered is refused, and none at all ends the connection', async () => {
  const stranger = await openConnection(kmip.subject.port, certified('stranger', CLIENT_AUTHENTICATION));
  assert.deepEqual(told(await stranger.ask(request('1.4', [LOCATE]))).items, [
    { status: 'OperationFailed', reason: 'AuthenticationNotSuccessful' },
  ]);
  stranger.close();
  const nobody = await openConnection(kmip.subject.port);
  await nobody.ended;
});

test('messages are answered in their order however they arrive', async () => {
  const open = await kmip.subject.connect(kmip.client);
  const messages = (['1.0', '1.2', '1.4', '2.1'] as const).map(version =>
    writeTtlv(request(version, [DISCOVER])),
  );
  open.write(Buffer.concat(messages));
  for (const version of ['1.0', '1.2', '1.4', '2.1']) assert.equal(told(await open.next()).version, version);
  for (const byte of messages[0] ?? []) open.write(Uint8Array.of(byte));
  assert.equal(told(await open.next()).version, '1.0');
  open.close();
});

test('frames that lie are answered Invalid Message where there is a frame, and then cut off', async () => {
  const good = writeTtlv(request('1.4', [DISCOVER]));
  const inner = Uint8Array.from(good);
  inner[12] = 0xff;
  const same = await kmip.subject.connect(kmip.client);
  same.write(inner);
  assert.equal(told(await same.next()).items[0]?.reason, 'InvalidMessage');
  same.close();
  const heads = [
    '474554202f204854',
    '4200780100ffffff',
    '42007801ffffffff',
    '4200780100000007',
    '4200780200000004',
  ];
  for (const head of heads) {
    const open = await kmip.subject.connect(kmip.client);
    open.write(Buffer.from(head, 'hex'));
    assert.equal(told(await open.next()).items[0]?.reason, 'InvalidMessage', head);
    await open.ended;
  }
});

test('endless nesting is refused', async () => {
  let nested = make.structure('RequestMessage', []);
  for (let depth = 0; depth < 200; depth += 1) nested = make.structure('RequestMessage', [nested]);
  assert.equal((await ask(nested)).items[0]?.reason, 'InvalidMessage');
});

test('a message that does not arrive whole in time is given up, however it trickles', async () => {
  const open = await kmip.subject.connect(kmip.client);
  const message = writeTtlv(request('1.4', [DISCOVER]));
  let at = 0;
  const trickle = setInterval(() => open.write(message.subarray(at, ++at)), 100);
  await open.ended;
  clearInterval(trickle);
  assert.ok(at < message.length);
});

test('a peer that never begins TLS is given up', async () => {
  const socket = connectPlain({ host: '127.0.0.1', port: kmip.subject.port });
  socket.on('error', () => undefined);
  await new Promise(resolve => socket.once('close', resolve));
});

test('HTTP takes a message in TTLV, XML and JSON, and refuses other media types', async () => {
  const message = viewOf(request('1.4', [DISCOVER]));
  const forms = [
    ['application/octet-stream', message.encoding],
    ['text/xml', utf8(writeXml(message, '1.4'))],
    ['application/json', utf8(writeJson(message, '1.4'))],
  ] as const;
  const post = (type: string, body: Uint8Array, authorization = '') =>
    fetch(`${kmip.subject.keyhold.url}/kmip`, {
      method: 'POST',
      headers: { 'content-type': type, authorization },
      body: Buffer.from(body),
    });
  const [, xml] = forms;
  const refused = readXml(new Uint8Array(await (await post(xml[0], xml[1])).arrayBuffer()));
  assert.equal(told(refused).items[0]?.reason, 'AuthenticationNotSuccessful');
  for (const [type, body] of forms) {
    const answer = await post(type, body, `Bearer ${kmip.subject.keyhold.credentials.keyProtect.apiKey}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), type);
    assert.match(
      Buffer.from(await answer.arrayBuffer()).toString('latin1'),
      type === 'application/octet-stream' ? /^B.{6}/s : /Success/,
    );
  }
  assert.equal((await post('text/plain', utf8('x'))).status, 415);
});
