// Secrets in one step and in two, their payloads in every type and encoding, and what is kept beside them.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type BarbicanSubject, HELLO, startBarbican } from './support.ts';

let subject: BarbicanSubject;
before(async () => {
  subject = await startBarbican();
});
after(() => subject.stop());

const BINARY = 'application/octet-stream';
const post = (body: unknown) => ({ method: 'POST', path: '/secrets', body });
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64');
const binary = (bytes: Uint8Array | string, type = BINARY) => ({
  payload: base64(bytes),
  payload_content_type: type,
  payload_content_encoding: 'base64',
});

describe('a secret', () => {
  it('is kept and shown with exactly the members that clients expect', async () => {
    const expiration = '2095-02-28T19:14:44.180394';
    const described = { name: ' a name ', algorithm: 'aes', bit_length: 256, mode: 'cbc', expiration };
    const made = await subject.expect(201, post({ ...described, ...HELLO, secret_type: 'passphrase' }));
    const ref = made.json.secret_ref;
    assert.deepEqual(made.json, { secret_ref: ref });
    assert.equal(made.headers.location, ref);
    assert.equal(made.headers['content-type'], 'application/json');
    assert.match(String(made.headers['x-openstack-request-id']), /^req-[0-9a-f-]{36}$/);
    const { json } = await subject.expect(200, { path: new URL(ref).pathname });
    assert.match(json.created, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$/);
    assert.deepEqual(json, {
      created: json.created,
      updated: json.updated,
      status: 'ACTIVE',
      name: 'a name',
      secret_type: 'passphrase',
      expiration: '2095-02-28T19:14:44.180000',
      algorithm: 'aes',
      bit_length: 256,
      mode: 'cbc',
      creator_id: subject.admin.userId,
      content_types: { default: 'text/plain' },
      secret_ref: ref,
    });
  });

  it('has nulls where nothing was said, and no content types before its payload', async () => {
    const id = await subject.secret({ name: null });
    const { json } = await subject.expect(200, { path: `/secrets/${id}` });
    const absent = ['name', 'expiration', 'algorithm', 'bit_length', 'mode'];
    assert.deepEqual(
      absent.map(name => json[name]),
      absent.map(() => null),
    );
    assert.equal(json.secret_type, 'opaque');
    assert.ok(!('content_types' in json) && !('consumers' in json));
    await subject.expect(404, { path: `/secrets/${id}/payload` });
  });

  it('shows its consumers from version 1.1 on', async () => {
    const id = await subject.secret();
    const headers = { 'openstack-api-version': 'key-manager 1.1' };
    const answer = await subject.expect(200, { path: `/secrets/${id}`, headers });
    assert.deepEqual(answer.json.consumers, []);
    assert.equal(answer.headers['openstack-api-version'], 'key-manager 1.1');
    assert.equal(answer.headers.vary, 'openstack-api-version');
  });

  it('is gone once deleted, and once it has expired', async () => {
    const id = await subject.secret();
    await subject.expect(204, { method: 'DELETE', path: `/secrets/${id}` });
    for (const path of [`/secrets/${id}`, `/secrets/${id}/payload`]) await subject.expect(404, { path });
    await subject.expect(404, { method: 'DELETE', path: `/secrets/${id}` });
    const expiration = new Date(subject.keyhold.clock.now() + 60_000).toISOString();
    const short = await subject.secret({ ...HELLO, name: 'short', expiration });
    await subject.expect(200, { path: `/secrets/${short}/payload` });
    subject.keyhold.clock.advance(61_000);
    for (const path of ['', '/payload', '/acl', '/metadata', '/consumers']) {
      await subject.expect(404, { path: `/secrets/${short}${path}` });
    }
    await subject.expect(404, { method: 'DELETE', path: `/secrets/${short}` });
    const { json } = await subject.expect(200, { path: '/secrets?name=short' });
    assert.equal(json.total, 0);
  });
});

describe('a payload', () => {
  it('is trimmed as text and exact as base64', async () => {
    const text = await subject.secret({ ...HELLO, payload: '  hé llo \n' });
    const shown = await subject.expect(200, {
      path: `/secrets/${text}/payload`,
      headers: { accept: 'text/plain' },
    });
    assert.equal(shown.text, 'hé llo');
    assert.equal(shown.headers['content-type'], 'text/plain; charset=UTF-8');
    const plain = await subject.secret({ ...HELLO, payload: '  hé llo ' });
    assert.equal((await subject.expect(200, { path: `/secrets/${plain}/payload` })).text, 'hé llo');
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const id = await subject.secret(binary(bytes));
    const raw = await subject.expect(200, { path: `/secrets/${id}/payload` });
    assert.deepEqual(Uint8Array.from(raw.bytes), bytes);
    assert.equal(raw.headers['content-type'], BINARY);
    assert.equal(raw.headers['cache-control'], 'no-store');
  });

  it('is given in any type that is offered, and texts only where it is one', async () => {
    const id = await subject.secret();
    const bad = await subject.secret(binary(Uint8Array.of(0xff)));
    const types = {
      '': BINARY,
      'text/plain': 'text/plain; charset=UTF-8',
      'text/plain;charset=utf-8': 'text/plain; charset=UTF-8',
      'text/plain; charset=utf-8': 'text/plain; charset=UTF-8',
      [BINARY]: BINARY,
      'application/pkcs8': 'application/pkcs8',
      '*/*': '*/*',
    };
    for (const [accept, type] of Object.entries(types)) {
      const headers = { accept: accept === '' ? undefined : accept };
      const answer = await subject.expect(200, { path: `/secrets/${id}/payload`, headers });
      assert.deepEqual([answer.text, answer.headers['content-type']], ['hello', type], accept);
    }
    for (const accept of ['application/json', 'image/png', 'text/plain, */*', 'text/plain;q=0.5']) {
      await subject.expect(406, { path: `/secrets/${id}/payload`, headers: { accept } });
    }
    await subject.expect(406, { path: `/secrets/${bad}/payload`, headers: { accept: 'text/plain' } });
    const old = await subject.expect(200, { path: `/secrets/${id}`, headers: { accept: BINARY } });
    assert.equal(old.text, 'hello');
    await subject.expect(406, {
      path: `/secrets/${id}`,
      headers: { accept: 'application/json, text/plain, */*' },
    });
  });

  it('comes once, in a second step or in the first', async () => {
    const id = await subject.secret({ name: 'two steps' });
    const put = (
      body: string | Uint8Array,
      headers: Record<string, string> = { 'content-type': BINARY },
    ) => ({
      method: 'PUT',
      path: `/secrets/${id}`,
      body,
      headers,
    });
    assert.equal((await subject.send(put(''))).status, 400);
    assert.equal((await subject.send(put('x', { 'content-type': 'application/json' }))).status, 415);
    assert.equal(
      (await subject.send(put('x', { 'content-type': BINARY, 'content-encoding': 'gzip' }))).status,
      400,
    );
    assert.equal((await subject.send(put('x'.repeat(20_001)))).status, 413);
    const encoded = { 'content-type': BINARY, 'content-encoding': 'base64' };
    assert.equal((await subject.send(put('=', encoded))).status, 400);
    await subject.expect(204, put(base64('two'), encoded));
    assert.equal((await subject.expect(200, { path: `/secrets/${id}/payload` })).text, 'two');
    await subject.expect(409, put('again'));
    const { json } = await subject.expect(200, { path: `/secrets/${id}` });
    assert.deepEqual(json.content_types, { default: BINARY });
  });

  it('of 20,000 bytes is taken, and of one more refused', async () => {
    await subject.secret({ ...HELLO, payload: 'x'.repeat(20_000) });
    await subject.expect(413, post({ ...HELLO, payload: 'x'.repeat(20_001) }));
    const cut = await subject.expect(400, post({ ...HELLO, payload: 'x'.repeat(30_000) }));
    assert.equal(cut.json.description, 'Malformed JSON: a body may have 25000 bytes.');
  });
});

describe('metadata', () => {
  it('is kept as a whole and one by one', async () => {
    const id = await subject.secret();
    const path = `/secrets/${id}/metadata`;
    assert.deepEqual((await subject.expect(200, { path })).json, { metadata: {} });
    const put = await subject.expect(201, {
      method: 'PUT',
      path,
      body: { metadata: { Alpha: '1', b: '2' } },
    });
    assert.deepEqual(put.json, { metadata_ref: `${subject.ref(id)}/metadata` });
    assert.deepEqual((await subject.expect(200, { path })).json, { metadata: { alpha: '1', b: '2' } });
    const one = { key: 'c', value: '3' };
    const made = await subject.expect(201, { method: 'POST', path, body: one });
    assert.deepEqual(made.json, one);
    assert.equal(made.headers.location, `${subject.ref(id)}/metadata/c`);
    await subject.expect(409, { method: 'POST', path, body: one });
    await subject.expect(400, { method: 'POST', path, body: { ...one, more: 1 } });
    assert.deepEqual((await subject.expect(200, { path: `${path}/c` })).json, one);
    await subject.expect(404, { path: `${path}/C` });
    const changed = { key: 'c', value: '4' };
    assert.deepEqual(
      (await subject.expect(200, { method: 'PUT', path: `${path}/c`, body: changed })).json,
      changed,
    );
    await subject.expect(409, { method: 'PUT', path: `${path}/b`, body: changed });
    await subject.expect(404, { method: 'PUT', path: `${path}/d`, body: { key: 'd', value: '' } });
    for (const _time of [1, 2]) await subject.expect(204, { method: 'DELETE', path: `${path}/c` });
    await subject.expect(405, { method: 'DELETE', path });
    await subject.expect(405, { method: 'POST', path: `${path}/b`, body: changed });
    await subject.expect(400, { method: 'PUT', path, body: { metadata: { a: 1 } } });
    await subject.expect(400, { method: 'PUT', path, body: { metadata: { 'a b': '1' } } });
    await subject.expect(400, { method: 'PUT', path, body: {} });
  });
});
