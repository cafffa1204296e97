// The same answers from PostgreSQL: filters, sorting and pages of every list, and what access lists give.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { type BarbicanSubject, HELLO, startBarbican } from './support.ts';

let postgres: PostgresServer;
let subject: BarbicanSubject;
before(async () => {
  postgres = await startPostgres();
  subject = await startBarbican({ store: await postgres.createDatabase() });
});
after(async () => {
  await subject.stop();
  await postgres.stop();
});

const names = async (query: string): Promise<readonly string[]> => {
  const { json } = await subject.expect(200, { path: `/secrets?${query}` });
  assert.equal(json.total, json.secrets.length);
  return json.secrets.map(({ name }: { name: string | null }) => name);
};

test('secrets are filtered without regard to case, and sorted with what is absent first', async () => {
  for (const [name, algorithm] of [
    ['Beta', 'AES'],
    ['alpha', 'aes'],
    ['100%', undefined],
  ] as const) {
    await subject.secret({ ...HELLO, name, ...(algorithm && { algorithm }) });
    subject.keyhold.clock.advance(5);
  }
  await subject.secret(HELLO);
  assert.deepEqual(await names('name=BETA'), ['Beta']);
  assert.deepEqual(await names('name=%25a'), ['Beta', 'alpha']);
  assert.deepEqual(await names('alg=aes&sort=name'), ['Beta', 'alpha']);
  assert.deepEqual(await names('sort=name'), [null, '100%', 'Beta', 'alpha']);
  assert.deepEqual(await names('sort=name:desc'), ['alpha', 'Beta', '100%', null]);
});

test('orders are found by a part of what was asked', async () => {
  const meta = { name: 'one_order', algorithm: 'aes', bit_length: 256 };
  await subject.expect(202, { method: 'POST', path: '/orders', body: { type: 'key', meta } });
  const total = async (part: string): Promise<number> =>
    (await subject.expect(200, { path: `/orders?meta=${part}` })).json.total;
  assert.deepEqual([await total('one_order'), await total('one-order')], [1, 0]);
});

test('a secret that an access list opens is read from another project, and leaves its containers when it goes', async () => {
  const stranger = await subject.addUser('stranger', ['creator'], await subject.addProject('elsewhere'));
  const id = await subject.secret();
  await subject.expect(404, { path: `/secrets/${id}/payload`, as: stranger });
  const read = { users: [stranger.userId] };
  await subject.expect(200, { method: 'PUT', path: `/secrets/${id}/acl`, body: { read } });
  const { text } = await subject.expect(200, { path: `/secrets/${id}/payload`, as: stranger });
  assert.equal(text, 'hello');
  assert.equal((await subject.expect(200, { path: '/secrets?acl_only=true', as: stranger })).json.total, 1);
  const body = { type: 'generic', secret_refs: [{ name: 'a', secret_ref: subject.ref(id) }] };
  const made = await subject.expect(201, { method: 'POST', path: '/containers', body });
  await subject.expect(204, { method: 'DELETE', path: `/secrets/${id}` });
  const { json } = await subject.expect(200, { path: new URL(made.json.container_ref).pathname });
  assert.deepEqual(json.secret_refs, []);
});
