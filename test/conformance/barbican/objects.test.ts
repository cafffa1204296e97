// Lists with their filters and pages, containers, consumers, orders, access lists, quotas, and the documents of versions.

import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { execute } from '../../../src/core/execute.ts';
import { describeKey } from '../../../src/core/operations/keys/describe-key.ts';
import { systemContext } from '../../support/system.ts';
import { type BarbicanSubject, HELLO, type Json, startBarbican, type User } from './support.ts';

let subject: BarbicanSubject;
before(async () => {
  subject = await startBarbican();
});
after(() => subject.stop());

const idOf = (ref: string): string => ref.split('/').at(-1) ?? '';
const post = (path: string, body: unknown, as?: User) => ({ method: 'POST', path, body, as });

describe('lists', () => {
  let as: User;
  before(async () => {
    as = await subject.addUser('lister', ['creator'], await subject.addProject('lists'));
    for (let n = 1; n <= 12; n += 1) {
      const described = { name: `Key ${n}`, algorithm: n % 2 === 0 ? 'aes' : 'rsa', bit_length: 128 * n };
      await subject.secret({ ...described, mode: 'cbc', secret_type: n > 6 ? 'symmetric' : 'opaque' }, as);
      subject.keyhold.clock.advance(10);
    }
  });
  const list = async (query: string): Promise<Json> =>
    (await subject.expect(200, { path: `/secrets${query}`, as })).json;
  const names = async (query: string): Promise<readonly number[]> =>
    (await list(query)).secrets.map(({ name }: { name: string }) => Number(name.slice(4)));

  it('come ten at a time, with the addresses of the other pages', async () => {
    const first = await list('');
    assert.equal(first.secrets.length, 10);
    assert.equal(first.total, 12);
    assert.equal(first.next, `${subject.keyhold.url}/v1/secrets?limit=10&offset=10`);
    assert.ok(!('previous' in first));
    const second = await list('?limit=10&offset=10');
    assert.equal(second.secrets.length, 2);
    assert.equal(second.previous, `${subject.keyhold.url}/v1/secrets?limit=10&offset=0`);
    assert.ok(!('next' in second));
    assert.ok(!('previous' in (await list('?offset=50'))));
  });

  it('take any limit and offset as well as they can', async () => {
    assert.deepEqual(await names('?limit=0'), [1]);
    assert.deepEqual(await names('?limit=-5'), [1]);
    assert.equal((await names('?limit=garbage')).length, 10);
    assert.equal((await names('?limit=1000')).length, 12);
    assert.deepEqual(await names('?limit=1&offset=-3'), [1]);
    assert.deepEqual(await names('?limit=1&offset=x'), [1]);
  });

  it('are filtered, and their other pages alike', async () => {
    assert.deepEqual(await names('?name=key%201_'), [10, 11, 12]);
    assert.deepEqual(await names('?name=KEY%201'), [1]);
    assert.deepEqual(await names('?alg=AES&secret_type=symmetric'), [8, 10, 12]);
    assert.deepEqual(await names('?bits=256'), [2]);
    assert.equal((await names('?bits=many')).length, 10);
    assert.deepEqual(await names('?mode=c%25&limit=1'), [1]);
    assert.deepEqual(await names('?mode=gcm'), []);
    assert.equal((await names('?unknown=1')).length, 10);
    const page = await list('?alg=aes&limit=2&sort=name:desc');
    assert.equal(page.total, 6);
    const next = new URL(page.next);
    assert.equal(next.searchParams.get('alg'), 'aes');
    assert.deepEqual(await names(next.search), [4, 2]);
  });

  it('are filtered by dates and sorted by several keys', async () => {
    const { secrets } = await list('?limit=100');
    const [, second, third] = secrets;
    assert.deepEqual(await names(`?created=gt:${second.created},lte:${third.created}`), [3]);
    assert.deepEqual(await names(`?created=${second.created}`), [2]);
    assert.deepEqual(await names(`?created=${second.created}Z`), [2]);
    assert.deepEqual(await names('?expiration=gt:2020-01-01'), []);
    assert.deepEqual(await names('?sort=algorithm,bit_length:desc&limit=3'), [12, 10, 8]);
    assert.deepEqual(await names('?sort=created:desc&limit=2'), [12, 11]);
    assert.deepEqual(await names('?sort=status,name&limit=2'), [1, 10]);
  });

  it('show what access lists give, wherever it is', async () => {
    const id = await subject.secret({ ...HELLO, name: 'Key 99' });
    const acl = { read: { users: [as.userId, 'somebody'] } };
    await subject.expect(200, { method: 'PUT', path: `/secrets/${id}/acl`, body: acl });
    assert.deepEqual(await names('?acl_only=TRUE'), [99]);
    assert.deepEqual(await names('?acl_only=false&limit=1'), [1]);
  });
});

describe('containers', () => {
  it('show their secrets and consumers, and lose what is deleted', async () => {
    const [first, second] = [await subject.secret(), await subject.secret()];
    const refs = [
      { name: 'private_key', secret_ref: subject.ref(first) },
      { name: 'public_key', secret_ref: subject.ref(second) },
    ];
    const made = await subject.expect(
      201,
      post('/containers', { type: 'rsa', name: 'pair', secret_refs: refs }),
    );
    assert.equal(made.headers.location, made.json.container_ref);
    const path = `/containers/${idOf(made.json.container_ref)}`;
    const { json } = await subject.expect(200, { path });
    assert.deepEqual(json, {
      created: json.created,
      updated: json.updated,
      status: 'ACTIVE',
      name: 'pair',
      type: 'rsa',
      creator_id: subject.admin.userId,
      secret_refs: refs,
      consumers: [],
      container_ref: made.json.container_ref,
    });
    await subject.expect(204, { method: 'DELETE', path: `/secrets/${first}` });
    assert.deepEqual((await subject.expect(200, { path })).json.secret_refs, refs.slice(1));
    await subject.expect(204, { method: 'DELETE', path });
    await subject.expect(404, { path: `${path}/consumers` });
    await subject.expect(200, { path: `/secrets/${second}` });
  });

  it('of any names take secrets and give them away', async () => {
    const secret = { name: 'one', secret_ref: subject.ref(await subject.secret()) };
    const made = await subject.expect(201, post('/containers', { type: 'generic' }));
    const path = `/containers/${idOf(made.json.container_ref)}`;
    const put = await subject.expect(201, post(`${path}/secrets`, secret));
    assert.deepEqual(put.json, { container_ref: made.json.container_ref });
    await subject.expect(201, post(`${path}/secrets`, { secret_ref: secret.secret_ref }));
    assert.deepEqual((await subject.expect(200, { path })).json.secret_refs, [
      secret,
      { ...secret, name: null },
    ]);
    await subject.expect(204, { method: 'DELETE', path: `${path}/secrets`, body: secret });
    assert.deepEqual((await subject.expect(200, { path })).json.secret_refs, [{ ...secret, name: null }]);
    const { json } = await subject.expect(200, { path: '/containers?type=generic&limit=1' });
    assert.equal(json.containers.length, 1);
    assert.equal((await subject.expect(200, { path: '/containers?type=other' })).json.total, 0);
  });
});

describe('consumers', () => {
  it('of a container are kept once, by name, and shown with it', async () => {
    const made = await subject.expect(201, post('/containers', { type: 'generic' }));
    const id = idOf(made.json.container_ref);
    const path = `/containers/${id}/consumers`;
    const [b, a] = [
      { name: 'b', URL: 'http://b' },
      { name: 'a', URL: 'http://a' },
    ];
    const added = await subject.expect(200, post(path, b));
    assert.equal(added.headers.location, `${subject.keyhold.url}/v1/consumers/${id}/consumers`);
    assert.deepEqual(added.json.consumers, [b]);
    await subject.expect(200, post(path, b));
    await subject.expect(200, post(path, a));
    const { json } = await subject.expect(200, { path });
    assert.deepEqual(Object.keys(json.consumers[0]).sort(), ['URL', 'created', 'name', 'status', 'updated']);
    assert.deepEqual(
      json.consumers.map(({ name }: { name: string }) => name),
      ['a', 'b'],
    );
    const removed = await subject.expect(200, { method: 'DELETE', path, body: a });
    assert.deepEqual(removed.json.consumers, [b]);
  });

  it('of a secret are in the order in which they came, and hold it from version 1.2 on', async () => {
    const id = await subject.secret();
    const path = `/secrets/${id}/consumers`;
    const consumer = (service: string) => ({ service, resource_type: 'image', resource_id: 'one' });
    for (const service of ['b', 'a']) {
      const { json } = await subject.expect(200, post(path, consumer(service)));
      assert.equal(json.secret_ref, subject.ref(id));
      subject.keyhold.clock.advance(5);
    }
    const { json } = await subject.expect(200, { path });
    assert.deepEqual(
      json.consumers.map(({ service }: { service: string }) => service),
      ['b', 'a'],
    );
    const headers = { 'openstack-api-version': 'key-manager 1.2' };
    await subject.expect(400, { method: 'DELETE', path: `/secrets/${id}`, headers });
    await subject.expect(400, { method: 'DELETE', path: `/secrets/${id}?force=perhaps`, headers });
    await subject.expect(204, { method: 'DELETE', path: `/secrets/${id}?force=yes`, headers });
  });
});

describe('orders', () => {
  async function ordered(type: string, meta: object): Promise<Json> {
    const { json } = await subject.expect(202, post('/orders', { type, meta }));
    return (await subject.expect(200, { path: `/orders/${idOf(json.order_ref)}` })).json;
  }

  it('make a key of ours before they are answered', async () => {
    const order = await ordered('key', { name: 'made', algorithm: 'AES', bit_length: 256, mode: 'cbc' });
    assert.deepEqual([order.status, order.sub_status], ['ACTIVE', 'Unknown']);
    const meta = { name: 'made', algorithm: 'AES', bit_length: 256, mode: 'cbc', expiration: null };
    assert.deepEqual(order.meta, meta);
    const id = idOf(order.secret_ref);
    const payload = await subject.expect(200, { path: `/secrets/${id}/payload` });
    assert.equal(payload.bytes.length, 32);
    const { json } = await subject.expect(200, { path: `/secrets/${id}` });
    assert.deepEqual(
      [json.secret_type, json.name, json.content_types.default],
      ['symmetric', 'made', 'application/octet-stream'],
    );
    const { key } = await coreKey(id);
    assert.deepEqual([key.algorithm, key.origin, key.exportable], ['aes-256', 'generated', true]);
    await subject.expect(204, { method: 'DELETE', path: `/orders/${idOf(order.order_ref)}` });
    await subject.expect(200, { path: `/secrets/${id}` });
  });

  it('make keys of every kind and length that Barbican makes', async () => {
    for (const algorithm of ['aes', 'des', '3des', 'hmacsha1', 'hmacsha256', 'hmacsha384', 'hmacsha512']) {
      for (const bits of [64, 128, 192, 256]) {
        const order = await ordered('key', { algorithm, bit_length: bits });
        const { bytes } = await subject.expect(200, { path: `/secrets/${idOf(order.secret_ref)}/payload` });
        assert.equal(bytes.length, bits / 8, `${algorithm} ${bits}`);
      }
    }
    const xts = await ordered('key', { algorithm: 'aes', bit_length: 512, mode: 'xts' });
    assert.equal((await coreKey(idOf(xts.secret_ref))).key.algorithm, 'aes-256-xts');
  });

  it('make a pair as PEM, whose private half computes here as well', async () => {
    const order = await ordered('asymmetric', { name: 'pair', algorithm: 'rsa', bit_length: 2048 });
    const { json: container } = await subject.expect(200, {
      path: `/containers/${idOf(order.container_ref)}`,
    });
    assert.equal(container.type, 'rsa');
    const member = async (name: string): Promise<string> => {
      const { secret_ref } = container.secret_refs.find((ref: Json) => ref.name === name);
      return (await subject.expect(200, { path: `/secrets/${idOf(secret_ref)}/payload` })).text;
    };
    const privateKey = createPrivateKey(await member('private_key'));
    const publicKey = await member('public_key');
    const made = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
    assert.equal(publicKey, made);
  });

  it('make a pair under a passphrase, which is a secret beside it', async () => {
    const meta = { algorithm: 'rsa', bit_length: 2048, passphrase: 'a word' };
    const order = await ordered('asymmetric', meta);
    assert.ok(!('passphrase' in order.meta));
    const { json: container } = await subject.expect(200, {
      path: `/containers/${idOf(order.container_ref)}`,
    });
    const members = container.secret_refs.map(({ name }: Json) => name);
    assert.deepEqual(members, ['private_key', 'public_key', 'private_key_passphrase']);
    const [key = '', publicKey = '', passphrase = ''] = await Promise.all(
      container.secret_refs.map(
        async ({ secret_ref }: Json) =>
          (await subject.expect(200, { path: `/secrets/${idOf(secret_ref)}/payload` })).text,
      ),
    );
    assert.equal(passphrase, 'a word');
    const opened = createPublicKey(createPrivateKey({ key, passphrase }));
    assert.equal(opened.export({ type: 'spki', format: 'pem' }), publicKey);
  });

  it('that cannot be done say so themselves, and certificates wait', async () => {
    for (const [type, meta] of [
      ['key', { algorithm: 'rsa', bit_length: 256 }],
      ['key', { algorithm: 'aes', bit_length: 40 }],
      ['asymmetric', { algorithm: 'rsa', bit_length: 1024 }],
      ['asymmetric', { algorithm: 'dsa', bit_length: 2048 }],
    ] as const) {
      const order = await ordered(type, meta);
      assert.deepEqual([order.status, order.error_status_code], ['ERROR', '400']);
      assert.equal(typeof order.error_reason, 'string');
    }
    const asked = { request_type: 'stored-key', container_ref: 'one', subject_dn: 'cn=one' };
    const waiting = await ordered('certificate', asked);
    assert.deepEqual([waiting.status, waiting.sub_status], ['PENDING', 'cert_request_pending']);
    assert.deepEqual(waiting.meta, asked);
    const { json } = await subject.expect(200, { path: '/orders?meta=stored-key' });
    assert.equal(json.total, 1);
  });
});

async function coreKey(id: string) {
  const { kms } = subject.keyhold;
  const context = systemContext(subject.admin.projectId);
  return execute(kms, describeKey, context, { key: { by: 'id', id } });
}

describe('a symmetric secret', () => {
  it('is a key of ours where it is one, and bytes that are guarded otherwise', async () => {
    const payload = (bytes: number) => ({
      payload: Buffer.alloc(bytes, 7).toString('base64'),
      payload_content_type: 'application/octet-stream',
      payload_content_encoding: 'base64',
    });
    const algorithms = async (members: object) =>
      (await coreKey(await subject.secret(members as Json))).key.algorithm;
    assert.equal(await algorithms({ ...payload(32), secret_type: 'symmetric', algorithm: 'aes' }), 'aes-256');
    assert.equal(await algorithms({ ...payload(31), secret_type: 'symmetric', algorithm: 'aes' }), 'opaque');
    assert.equal(await algorithms({ ...payload(32), algorithm: 'aes' }), 'opaque');
  });
});

describe('access lists', () => {
  it('are read, replaced, merged and removed', async () => {
    const path = `/secrets/${await subject.secret()}/acl`;
    const read = async () => (await subject.expect(200, { path })).json.read;
    assert.deepEqual(await read(), { 'project-access': true });
    const put = await subject.expect(200, { method: 'PUT', path, body: { read: { users: ['b', 'a'] } } });
    assert.deepEqual(put.json, { acl_ref: `${subject.keyhold.url}/v1${path}` });
    const { created, updated, ...given } = await read();
    assert.deepEqual(given, { 'project-access': true, users: ['a', 'b'] });
    assert.equal(created, updated);
    subject.keyhold.clock.advance(10);
    await subject.expect(200, { method: 'PATCH', path, body: { read: { 'project-access': false } } });
    const merged = await read();
    assert.deepEqual([merged['project-access'], merged.users, merged.created], [false, ['a', 'b'], created]);
    assert.notEqual(merged.updated, updated);
    await subject.expect(200, { method: 'PATCH', path, body: { read: { users: [] } } });
    assert.deepEqual((await read()).users, []);
    for (const _time of [1, 2]) {
      assert.equal((await subject.expect(200, { method: 'DELETE', path })).text, 'null');
    }
    await subject.expect(200, { method: 'PUT', path, body: { read: { 'project-access': false } } });
    await subject.expect(200, { method: 'PUT', path, body: {} });
    assert.deepEqual(await read(), { 'project-access': true });
  });
});

describe('quotas', () => {
  it('are set by the administrators of the service, shown, and kept', async () => {
    const manager = await subject.addUser('quota-manager', ['key-manager:service-admin']);
    const creator = await subject.addUser('limited', ['creator'], await subject.addProject('limited'));
    const unlimited = { secrets: -1, orders: -1, containers: -1, consumers: -1, cas: -1 };
    const effective = async () => (await subject.expect(200, { path: '/quotas', as: creator })).json.quotas;
    assert.deepEqual(await effective(), unlimited);
    const path = `/project-quotas/${creator.projectId.replaceAll('-', '')}`;
    await subject.expect(404, { path, as: manager });
    const set = (quotas: object, status = 204) =>
      subject.expect(status, { method: 'PUT', path, body: { project_quotas: quotas }, as: manager });
    await set({ secrets: 1, orders: 0, containers: 0, consumers: 1 });
    assert.deepEqual(await effective(), { ...unlimited, secrets: 1, orders: 0, containers: 0, consumers: 1 });
    const shown = (await subject.expect(200, { path, as: manager })).json;
    assert.deepEqual(shown, {
      project_quotas: { secrets: 1, orders: 0, containers: 0, consumers: 1, cas: null },
    });
    const { json } = await subject.expect(200, { path: '/project-quotas', as: manager });
    assert.deepEqual(
      [json.total, json.project_quotas[0].project_id],
      [1, creator.projectId.replaceAll('-', '')],
    );
    const id = await subject.secret(HELLO, creator);
    await subject.expect(403, post('/secrets', HELLO, creator));
    await subject.expect(403, post('/containers', { type: 'generic' }, creator));
    await subject.expect(
      403,
      post('/orders', { type: 'key', meta: { algorithm: 'aes', bit_length: 256 } }, creator),
    );
    const consumer = (service: string) => ({ service, resource_type: 'image', resource_id: 'one' });
    await subject.expect(200, post(`/secrets/${id}/consumers`, consumer('a'), creator));
    await subject.expect(403, post(`/secrets/${id}/consumers`, consumer('b'), creator));
    for (const quotas of [{ secrets: 'many' }, { other: 1 }, { secrets: 1.5 }]) await set(quotas, 400);
    await subject.expect(400, {
      method: 'PUT',
      path,
      body: '',
      headers: { 'content-type': 'application/json' },
      as: manager,
    });
    await subject.expect(204, { method: 'DELETE', path, as: manager });
    await subject.expect(404, { method: 'DELETE', path, as: manager });
    assert.deepEqual(await effective(), unlimited);
  });
});

describe('versions', () => {
  it('are told to everybody at the root, in two forms', async () => {
    const old = await subject.send({ path: '/', headers: { 'x-auth-token': undefined } });
    assert.equal(old.status, 300);
    assert.deepEqual(Object.keys(old.json.versions.values[0]), ['id', 'status', 'links', 'media-types']);
    assert.equal(old.json.versions.values[0].status, 'stable');
    assert.equal(old.headers.location, undefined);
    const headers = { 'openstack-api-version': 'key-manager latest' };
    const { json, headers: answered } = await subject.send({ path: '/', headers });
    assert.equal(answered['openstack-api-version'], 'key-manager 1.2');
    assert.deepEqual(
      [json.versions[0].status, json.versions[0].min_version, json.versions[0].max_version],
      ['CURRENT', '1.0', '1.2'],
    );
    assert.equal(json.versions[0].links[0].href, `${subject.keyhold.url}/v1/`);
    await subject.expect(302, { path: '/', headers: { accept: 'application/json-home' } });
    for (const path of ['/v1', '/v1/']) {
      const one = await subject.expect(200, {
        path,
        headers: { 'openstack-api-version': 'compute 2.1, key-manager 1.1' },
      });
      assert.equal(one.json.version.id, 'v1');
      await subject.expect(401, { path, headers: { 'x-auth-token': undefined } });
    }
  });

  it('and everything else may be asked for with a slash at its end', async () => {
    const { json } = await subject.expect(201, post('/secrets/', HELLO));
    await subject.expect(200, { path: `/secrets/${idOf(json.secret_ref)}/` });
    await subject.expect(200, { path: '/secrets/?limit=1' });
  });
});
