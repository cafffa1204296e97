// The protocol on the wire: headers, bodies of every bad kind, limits at and beyond, tokens that prove nobody, and keys across protocols.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KMS } from '@aws-sdk/client-kms';
import fc from 'fast-check';
import {
  collection,
  faultOf,
  type Json,
  type KeyProtectSubject,
  keyBody,
  startKeyProtect,
} from './support.ts';

const UUID = '11111111-2222-4333-8444-555555555555';

let subject: KeyProtectSubject;
let root: string;
before(async () => {
  subject = await startKeyProtect();
  root = (await post('/keys', keyBody())).json.resources[0].id;
});
after(() => subject.stop());

const post = (path: string, body?: unknown, headers = {}) =>
  subject.send({ method: 'POST', path, body, headers });
const create = (members: Readonly<Record<string, unknown>>) => post('/keys', keyBody(members));

test('a correlation id is echoed, or made, and stands in the audit log', async () => {
  const given = await subject.send({
    path: `/keys/${root}`,
    headers: { 'correlation-id': UUID.toUpperCase() },
  });
  assert.equal(given.headers['correlation-id'], UUID);
  const made = await subject.send({ path: `/keys/${root}` });
  assert.match(String(made.headers['correlation-id']), /^[0-9a-f]{8}-/);
  const malformed = await subject.send({ path: `/keys/${root}`, headers: { 'correlation-id': 'mine' } });
  assert.equal(malformed.status, 400);
  const { store } = subject.keyhold.kms;
  const found = await store.log.search({ keyId: root }, { limit: 50, newestFirst: true });
  const ids = found.map(({ leaf }) => (JSON.parse(Buffer.from(leaf).toString()) as Json).requestId);
  assert.ok(ids.includes(UUID));
});

test('the header of the instance is named when it is missing or malformed', async () => {
  for (const instanceId of [undefined, '', 'not-a-uuid', `${UUID}0`]) {
    const refused = await subject.send({ path: '/keys', instanceId });
    assert.equal(refused.status, 400);
    const [resource] = refused.json.resources;
    assert.match(resource.errorMsg, /^Bad Request: .*Bluemix-Instance.*UUID/);
    assert.equal('reasons' in resource, false);
  }
  const upper = subject.caller.instanceId.toUpperCase();
  assert.equal((await subject.send({ path: '/keys', instanceId: upper })).status, 200);
});

test('tokens that prove nobody are refused alike, without reasons', async () => {
  const real = await subject.token();
  const [head = '', claims = '', signature = ''] = real.split('.');
  const forged = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), exp: 9e9 }),
  );
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const token of [
    'x',
    `${head}.${claims}.`,
    `${head}.${claims}.${signature.slice(0, -4)}AAAA`,
    `${head}.${forged.toString('base64url')}.${signature}`,
    `${none}.${claims}.`,
    subject.caller.apiKey,
  ]) {
    const refused = await subject.send({ path: '/keys', token });
    assert.equal(refused.status, 401);
    const [{ errorMsg, reasons }] = refused.json.resources;
    assert.deepEqual([errorMsg.slice(0, 13), reasons], ['Unauthorized:', undefined]);
  }
  const unsigned = await subject.send({ path: '/keys', headers: { authorization: undefined } });
  assert.equal(unsigned.status, 401);
});

test('a token is over after its hour', async () => {
  const own = await startKeyProtect();
  try {
    const token = await own.token();
    assert.equal((await own.send({ path: '/keys', token })).status, 200);
    own.keyhold.clock.advance(3_601_000);
    assert.equal((await own.send({ path: '/keys', token })).status, 401);
  } finally {
    await own.stop();
  }
});

test('bodies that are no JSON, or another, are refused', async () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['400 BAD_BODY_ERR', '{'],
    ['400 BAD_BODY_ERR', '"text"'],
    ['400 BAD_BODY_ERR', '[]'],
    ['400 BAD_BODY_ERR', '{"metadata":{},"metadata":{}}'],
    ['400 BAD_BODY_ERR', '{"metadata":{},"METADATA":{}}'],
    ['400 BAD_BODY_ERR', '\u0000'],
    ['400 BAD_BODY_ERR', `${'['.repeat(10_000)}`],
    ['400 BAD_BODY_ERR', {}],
    ['400 BAD_BODY_ERR', 'null'],
    ['400 BAD_BODY_ERR', { metadata: [], resources: [] }],
    ['400 BAD_BODY_ERR', { ...keyBody(), extra: 1 }],
    ['400 BAD_BODY_ERR', keyBody({ surprise: true })],
    ['400 BAD_BODY_ERR', keyBody({ name: 12 })],
    ['400 BAD_BODY_ERR', keyBody({ extractable: 'false' })],
    ['400 BAD_BODY_ERR', keyBody({ aliases: 'one' })],
    ['400 BAD_BODY_ERR', keyBody({ payload: 12 })],
    ['400 INVALID_FIELD_ERR', keyBody({ type: 'text/plain' })],
    ['400 INVALID_FIELD_ERR', { ...keyBody(), metadata: { collectionType: 'other', collectionTotal: 1 } }],
    ['400 INVALID_FIELD_ERR', keyBody({ payload: 'not base64!' })],
    ['400 INVALID_FIELD_ERR', keyBody({ payload: 'AAA' })],
    ['400 NUM_COLLECTION_RESOURCE_ERR', collection('key', {}, {})],
  ];
  for (const [fault, body] of cases)
    assert.equal(faultOf(await post('/keys', body)), fault, JSON.stringify(body));
  const large = `{"a":"${'x'.repeat(1_100_000)}"}`;
  assert.equal(faultOf(await post('/keys', large)), '400 BAD_BODY_ERR');
});

test('limits hold at their edges', async () => {
  const status = async (members: Readonly<Record<string, unknown>>) => {
    const answer = await create(members);
    return answer.status === 201 ? '201' : faultOf(answer);
  };
  const invalid = '400 INVALID_FIELD_ERR';
  const bytes = (count: number) => ({
    extractable: true,
    payload: Buffer.alloc(count, 1).toString('base64'),
  });
  const edges: readonly (readonly [string, object])[] = [
    ['201', { name: 'ab' }],
    [invalid, { name: 'a' }],
    ['201', { name: 'é'.repeat(90) }],
    [invalid, { name: 'n'.repeat(91) }],
    [invalid, { name: undefined }],
    ['201', { description: 'd'.repeat(240) }],
    [invalid, { description: 'd'.repeat(241) }],
    [invalid, { description: 'd' }],
    ['201', { tags: Array.from({ length: 30 }, (_, at) => `tag ${at}`) }],
    [invalid, { tags: Array.from({ length: 31 }, (_, at) => `tag ${at}`) }],
    ['201', { tags: ['t'.repeat(30)] }],
    [invalid, { tags: ['t'.repeat(31)] }],
    ...['<', '>', ':', '&', '|'].map(character => [invalid, { tags: [`a${character}b`] }] as const),
    ['201', { aliases: ['e1', 'e2', 'e3', 'e4', 'e5'] }],
    [invalid, { aliases: ['f1', 'f2', 'f3', 'f4', 'f5', 'f6'] }],
    ['201', bytes(7_500)],
    [invalid, bytes(7_501)],
    [invalid, { expirationDate: '2020-01-01T00:00:00Z' }],
    [invalid, { expirationDate: 'tomorrow' }],
  ];
  for (const [expected, members] of edges) {
    assert.equal(
      await status(members as Record<string, unknown>),
      expected,
      JSON.stringify(members).slice(0, 100),
    );
  }
});

test('plaintexts are wrapped up to 64 KiB, and base64 is what it must be', async () => {
  const wrap = async (plaintext: unknown) => {
    const answer = await post(`/keys/${root}/actions/wrap`, { plaintext });
    return answer.status === 200 ? '200' : faultOf(answer);
  };
  assert.equal(await wrap(Buffer.alloc(65_536).toString('base64')), '200');
  assert.equal(await wrap(Buffer.alloc(65_537).toString('base64')), '400 INVALID_FIELD_ERR');
  for (const text of ['%%%%', 'AAA', 'AA=A', 'AAB='])
    assert.equal(await wrap(text), '400 INVALID_FIELD_ERR', text);
  assert.equal(await wrap(7), '400 BAD_BODY_ERR');
  assert.equal(await wrap(''), '200');
  for (const ciphertext of ['', '%', 'AAA']) {
    assert.equal(
      faultOf(await post(`/keys/${root}/actions/unwrap`, { ciphertext })),
      '400 INVALID_FIELD_ERR',
    );
  }
});

test('a ciphertext opens under its own key alone, whatever is done to it', async () => {
  const other = (await create({})).json.resources[0].id;
  const { ciphertext } = (await post(`/keys/${root}/actions/wrap`)).json;
  const refused = '422 UNPROCESSABLE_CIPHERTEXT_ERR';
  assert.equal(faultOf(await post(`/keys/${other}/actions/unwrap`, { ciphertext })), refused);
  const bytes = Buffer.from(ciphertext, 'base64');
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ mask;
      const body = { ciphertext: damaged.toString('base64') };
      assert.equal(faultOf(await post(`/keys/${root}/actions/unwrap`, body)), refused);
    }),
    { numRuns: 60 },
  );
});

test('paths and methods that are none are refused in the same shape', async () => {
  for (const [method, path] of [
    ['GET', '/nothing'],
    ['PUT', `/keys/${root}`],
    ['POST', `/keys/${root}/actions/destroy`],
  ] as const) {
    const refused = await subject.send({ method, path });
    assert.equal(refused.status, 404, path);
    assert.match(refused.json.resources[0].errorMsg, /^Not Found: /);
  }
  for (const id of ['%00', 'a%2Fb', '..', 'x'.repeat(200)]) {
    assert.equal((await subject.send({ path: `/keys/${id}/metadata` })).status, 404, id);
  }
});

test('a key made here encrypts for an AWS client, the other way round, and the log shows both', async () => {
  const { aws, keyProtect, project } = subject.keyhold.credentials;
  const client = new KMS({
    region: aws.region,
    endpoint: subject.keyhold.url,
    credentials: aws,
    maxAttempts: 1,
  });
  try {
    assert.equal(keyProtect.instanceId, project.id);
    const plaintext = Buffer.from('across');
    const sealed = await client.encrypt({ KeyId: root, Plaintext: plaintext });
    const ciphertext = Buffer.from(sealed.CiphertextBlob ?? []).toString('base64');
    const opened = await post(`/keys/${root}/actions/unwrap`, { ciphertext });
    assert.equal(opened.json.plaintext, plaintext.toString('base64'));

    const made = (await client.createKey({ Description: 'from AWS' })).KeyMetadata?.KeyId ?? '';
    const shown = (await subject.send({ path: `/keys/${made}` })).json.resources[0];
    assert.deepEqual([shown.description, shown.extractable, shown.state], ['from AWS', false, 1]);
    const wrapped = (await post(`/keys/${made}/actions/wrap`, { plaintext: plaintext.toString('base64') }))
      .json;
    const decrypted = await client.decrypt({ CiphertextBlob: Buffer.from(wrapped.ciphertext, 'base64') });
    assert.deepEqual(Buffer.from(decrypted.Plaintext ?? []), plaintext);

    await client.disableKey({ KeyId: made });
    assert.equal(faultOf(await post(`/keys/${made}/actions/wrap`)), '409 KEY_ACTION_INVALID_STATE_ERR');
    await client.scheduleKeyDeletion({ KeyId: made, PendingWindowInDays: 7 });
    assert.equal((await subject.send({ path: `/keys/${made}` })).json.resources[0].state, 5);

    const rows = await subject.keyhold.kms.store.log.search(
      { keyId: root },
      { limit: 100, newestFirst: true },
    );
    const protocols = rows.map(({ leaf }) => (JSON.parse(Buffer.from(leaf).toString()) as Json).protocol);
    assert.ok(protocols.includes('aws-kms') && protocols.includes('key-protect'));
  } finally {
    client.destroy();
  }
});
