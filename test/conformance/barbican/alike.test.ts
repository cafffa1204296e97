// What only a comparison with the real Barbican shows: answers that its documents leave open, and that clients have come to rely on.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type BarbicanSubject, HELLO, startBarbican, type User } from './support.ts';

let subject: BarbicanSubject;
before(async () => {
  subject = await startBarbican();
});
after(() => subject.stop());

const post = (path: string, body: unknown, as?: User) => ({ method: 'POST', path, body, as });
const put = (path: string, body: unknown, as?: User) => ({ method: 'PUT', path, body, as });
const idOf = (ref: string): string => ref.split('/').at(-1) ?? '';

describe('payloads', () => {
  it('that are texts are what was sent, whatever is said of their encoding', async () => {
    for (const encoding of ['base64', 'identity', '']) {
      const id = await subject.secret({});
      const headers = { 'content-type': 'text/plain', 'content-encoding': encoding };
      await subject.expect(204, { ...put(`/secrets/${id}`, 'aGVsbG8='), headers });
      assert.equal((await subject.expect(200, { path: `/secrets/${id}/payload` })).text, 'aGVsbG8=');
    }
  });

  it('may name their type with parameters', async () => {
    for (const [type, status] of [
      ['text/plain;x=y', 204],
      ['application/octet-stream; charset=utf-8', 204],
      ['text/plain; charset=latin-1', 415],
    ] as const) {
      const path = `/secrets/${await subject.secret({})}`;
      await subject.expect(status, { ...put(path, 'x'), headers: { 'content-type': type } });
    }
    for (const payload_content_type of ['text/plain ; charset = utf-8', 'TEXT/PLAIN;charset=UTF-8']) {
      await subject.secret({ payload: 'x', payload_content_type });
    }
  });

  it('in base64 may have its lines wrapped', async () => {
    const payload = `${Buffer.alloc(57, 1).toString('base64')}\r\n${Buffer.alloc(3, 1).toString('base64')}\n`;
    const id = await subject.secret({
      payload,
      payload_content_type: 'application/octet-stream',
      payload_content_encoding: 'base64',
    });
    const { bytes } = await subject.expect(200, { path: `/secrets/${id}/payload` });
    assert.deepEqual(bytes, Buffer.alloc(60, 1));
  });
});

describe('instants', () => {
  const shown = async (expiration: string): Promise<string> => {
    const id = await subject.secret({ expiration });
    return (await subject.expect(200, { path: `/secrets/${id}` })).json.expiration;
  };

  it('may leave out what is fine, and their separators', async () => {
    for (const [given, expected] of [
      ['2095', '2095-01-01T00:00:00'],
      ['2095-02', '2095-02-01T00:00:00'],
      ['2095-2-3', '2095-02-03T00:00:00'],
      ['20950203', '2095-02-03T00:00:00'],
      ['2095-02-03T04', '2095-02-03T04:00:00'],
      ['20950203T040506Z', '2095-02-03T04:05:06'],
      ['2095-02-03 04:05:06,75+01', '2095-02-03T03:05:06.750000'],
    ] as const) {
      assert.equal((await shown(given)).replace(/\.000000$/, ''), expected, given);
    }
  });

  it('are refused where there is no such instant, or no form of it', async () => {
    const refused = [
      '209502',
      '2095-02-03Z',
      '2095-02-03T24:00:00',
      '2095-02-30',
      '2095-02-03T04:05:60',
      null,
    ];
    for (const expiration of refused) await subject.expect(400, post('/secrets', { expiration }));
  });
});

describe('lists', () => {
  it('take an empty filter for none, and know no secret of an unknown type', async () => {
    await subject.secret({ name: 'listed' });
    const total = async (search: string): Promise<number> =>
      (await subject.expect(200, { path: `/secrets?${search}` })).json.total;
    const all = await total('');
    assert.ok(all > 0);
    assert.equal(await total('name=&alg=&mode=&bits=&secret_type=&sort='), all);
    assert.equal(await total('bits=-1'), all);
    for (const type of ['other', 'OPAQUE', '__proto__']) assert.equal(await total(`secret_type=${type}`), 0);
    await subject.expect(201, post('/containers', { type: 'generic' }));
    for (const search of ['', 'name=&type=']) {
      const { json } = await subject.expect(200, { path: `/containers?${search}` });
      assert.equal(json.total, 1);
    }
  });

  it('take one instant beside a bound that does not name its own', async () => {
    for (const [value, status] of [
      ['2095-01-01,lt:2096-01-01', 200],
      ['gt:2020-01-01,2095-01-01', 200],
      ['2095-01-01,lte:2096-01-01', 400],
      ['2095-01-01,2095-01-01', 400],
    ] as const) {
      await subject.expect(status, { path: `/secrets?expiration=${value}` });
    }
  });
});

it('what is told as JSON is told to those alone who take it', async () => {
  const id = await subject.secret();
  const paths = [
    '/secrets',
    `/secrets/${id}/metadata`,
    `/secrets/${id}/acl`,
    '/orders',
    '/containers',
    '/quotas',
  ];
  for (const path of paths) {
    for (const accept of ['text/plain', 'image/png', 'text/*']) {
      await subject.expect(406, { path, headers: { accept } });
    }
    for (const accept of ['*/*', 'application/*;q=0.1', 'text/html, application/json', 'anything', '']) {
      await subject.expect(200, { path, headers: { accept } });
    }
  }
  await subject.expect(406, { ...post('/secrets', HELLO), headers: { accept: 'text/plain' } });
  await subject.expect(204, { method: 'DELETE', path: `/secrets/${id}`, headers: { accept: 'text/plain' } });
});

it('a secret that is not there is 404, whatever type its payload is asked for in', async () => {
  const path = '/secrets/6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
  for (const asked of [path, `${path}/payload`]) {
    await subject.expect(404, { path: asked, headers: { accept: 'image/png' } });
  }
});

describe('orders', () => {
  it('repeat names and instants as a secret would show them', async () => {
    const meta = {
      name: ' a key ',
      algorithm: 'aes',
      bit_length: 256,
      expiration: '2095-01-01T02:03:04.123456789+01:00',
    };
    const { json } = await subject.expect(202, post('/orders', { type: 'key', meta }));
    const order = await subject.expect(200, { path: `/orders/${idOf(json.order_ref)}` });
    const told = { name: 'a key', expiration: '2095-01-01T01:03:04.123456' };
    assert.deepEqual(order.json.meta, { ...meta, ...told });
  });

  it('say of a secret what a secret can say of itself', async () => {
    const meta = { algorithm: 'aes', bit_length: 256 };
    for (const wrong of [
      { payload_content_encoding: 'hex' },
      { secret_type: 'other' },
      { transport_key_needed: 5 },
      { expiration: null },
    ]) {
      await subject.expect(400, post('/orders', { type: 'key', meta: { ...meta, ...wrong } }));
    }
    for (const wrong of [
      { request_type: 'full-cmc' },
      { request_type: 'other' },
      { request_type: 'simple-cmc' },
      { request_type: 'stored-key', container_ref: 'one' },
      { profile: 'one' },
      { payload: 'x' },
    ]) {
      await subject.expect(400, post('/orders', { type: 'certificate', meta: wrong }));
    }
  });
});

it('an access list that says nothing of reading is none', async () => {
  const path = `/secrets/${await subject.secret()}/acl`;
  await subject.expect(200, put(path, { read: { users: ['somebody'], 'project-access': false } }));
  await subject.expect(200, put(path, { read: {} }));
  assert.deepEqual((await subject.expect(200, { path })).json, { read: { 'project-access': true } });
});

it('metadata that is not there is 404, before anything is said of its key', async () => {
  const path = `/secrets/${await subject.secret()}/metadata`;
  await subject.expect(404, put(`${path}/absent`, { key: 'other', value: 'x' }));
  await subject.expect(201, post(path, { key: 'present', value: 'x' }));
  await subject.expect(409, put(`${path}/present`, { key: 'other', value: 'x' }));
});

it('those who may change nothing are told so, and not what is wrong with their bodies', async () => {
  const id = await subject.secret();
  const auditor = await subject.addUser('auditor', ['audit']);
  for (const path of [`/secrets/${id}/acl`, `/secrets/${id}/metadata`]) {
    const headers = { 'content-type': 'application/json' };
    await subject.expect(403, { ...put(path, 'no JSON', auditor), headers });
  }
});

describe('consumers', () => {
  const consumer = { service: 'images', resource_type: 'image', resource_id: 'one' };

  it('come with the secret, but not with the type of its payload', async () => {
    const { json } = await subject.expect(
      200,
      post(`/secrets/${await subject.secret()}/consumers`, consumer),
    );
    assert.deepEqual(json.consumers, [consumer]);
    assert.ok(!('content_types' in json));
  });

  it('of another project are removed by that project and by the one that owns the secret', async () => {
    const other = await subject.addUser('guest', ['creator'], await subject.addProject('guests'));
    const third = await subject.addUser('third', ['creator'], await subject.addProject('thirds'));
    const path = `/secrets/${await subject.secret()}`;
    await subject.expect(200, put(`${path}/acl`, { read: { users: [other.userId, third.userId] } }));
    const consumers = `${path}/consumers`;
    await subject.expect(200, post(consumers, consumer, other));
    const remove = { method: 'DELETE', path: consumers, body: consumer };
    await subject.expect(403, { ...remove, as: third });
    await subject.expect(200, remove);
    await subject.expect(404, remove);
  });
});

it('a quota that is set leaves the others as they were, and any below nothing is none', async () => {
  const manager = await subject.addUser('manager', ['key-manager:service-admin']);
  const path = `/project-quotas/${'a'.repeat(32)}`;
  const set = (quotas: object) => subject.expect(204, put(path, { project_quotas: quotas }, manager));
  await set({ secrets: 5, orders: 0 });
  await set({ containers: 7, orders: -3 });
  const { json } = await subject.expect(200, { path, as: manager });
  const quotas = { secrets: 5, orders: -1, containers: 7, consumers: null, cas: null };
  assert.deepEqual(json, { project_quotas: quotas });
  await subject.expect(400, put(path, { project_quotas: {}, other: 1 }, manager));
});

it('a version that is not named is none, and one may have zeros before it', async () => {
  for (const [asked, told] of [
    ['key-manager', 'key-manager 1.0'],
    ['key-manager 01.01', 'key-manager 1.1'],
  ]) {
    const answer = await subject.expect(200, {
      path: '/quotas',
      headers: { 'openstack-api-version': asked },
    });
    assert.equal(answer.headers['openstack-api-version'], told);
  }
});
