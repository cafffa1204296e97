// Many requests at once against one object or one bound of Barbican's API, on both engines: a quota is never passed, what can be done once is
// done once, what is gone is gone for everybody, and an end is over at its instant.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type BarbicanSubject,
  barbicanOn,
  type Exchange,
  type HandMade,
  HELLO,
  type User,
} from '../conformance/barbican/support.ts';
import { startKeyhold } from '../support/keyhold.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';

const AT_ONCE = 50;
const KEY = { algorithm: 'aes', bit_length: 256 };
const PLAIN = { 'content-type': 'text/plain' };
const CONSUMER = { service: 'images', resource_type: 'image', resource_id: 'one' };

for (const engine of ['sqlite', 'postgres'] as const) {
  describe(`on ${engine}`, () => {
    let postgres: PostgresServer | undefined;
    let subject: BarbicanSubject;
    let manager: User;

    before(async () => {
      postgres = engine === 'postgres' ? await startPostgres() : undefined;
      subject = await barbicanOn(await startKeyhold({ store: await postgres?.createDatabase() }));
      manager = await subject.addUser('manager', ['key-manager:service-admin']);
    });
    after(async () => {
      await subject?.stop();
      await postgres?.stop();
    });

    const post = (path: string, body: unknown): HandMade => ({ method: 'POST', path, body });

    /** How many answers there were of each status. */
    async function atOnce(
      requests: readonly HandMade[],
    ): Promise<{ readonly answers: readonly Exchange[]; readonly counts: Readonly<Record<string, number>> }> {
      const answers = await Promise.all(requests.map(request => subject.send(request)));
      const counts: Record<string, number> = {};
      for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
      return { answers, counts };
    }

    const many = (make: (index: number) => HandMade): readonly HandMade[] =>
      Array.from({ length: AT_ONCE }, (_, index) => make(index));

    it('quotas hold, whoever comes together', async () => {
      const limited = await subject.addUser('limited', ['creator'], await subject.addProject('limited'));
      const id = await subject.secret(HELLO, limited);
      const path = `/project-quotas/${limited.projectId.replaceAll('-', '')}`;
      const project_quotas = { secrets: 8, containers: 7, orders: 0, consumers: 7 };
      await subject.expect(204, { method: 'PUT', path, body: { project_quotas }, as: manager });
      const asLimited = (request: HandMade): HandMade => ({ ...request, as: limited });
      for (const make of [
        () => post('/secrets', HELLO),
        () => post('/containers', { type: 'generic' }),
        (index: number) => post(`/secrets/${id}/consumers`, { ...CONSUMER, resource_id: `${index}` }),
      ]) {
        const { counts } = await atOnce(many(index => asLimited(make(index))));
        const done = counts['201'] ?? counts['200'];
        assert.deepEqual([done, counts['403']], [7, AT_ONCE - 7]);
      }
      const orders = await atOnce(many(() => asLimited(post('/orders', { type: 'key', meta: KEY }))));
      assert.deepEqual(orders.counts, { 403: AT_ONCE });
      const { json } = await subject.expect(200, asLimited({ path: '/secrets?limit=100' }));
      assert.equal(json.total, 8);
    });

    it('a payload is written once, and is that of the one who was told so', async () => {
      const path = `/secrets/${await subject.secret({})}`;
      const { answers, counts } = await atOnce(
        many(index => ({ method: 'PUT', path, body: `payload ${index}`, headers: PLAIN })),
      );
      assert.deepEqual(counts, { 204: 1, 409: AT_ONCE - 1 });
      const winner = answers.findIndex(({ status }) => status === 204);
      assert.equal((await subject.expect(200, { path: `${path}/payload` })).text, `payload ${winner}`);
    });

    it('a secret that is deleted while it gets its payload is gone', async () => {
      for (let round = 0; round < 10; round += 1) {
        const path = `/secrets/${await subject.secret({})}`;
        const put = { method: 'PUT', path, body: 'x', headers: PLAIN };
        const { answers } = await atOnce([put, { method: 'DELETE', path }, put, { path: `${path}/payload` }]);
        assert.equal(answers[1]?.status, 204);
        for (const { status } of answers) assert.ok([200, 204, 404, 409].includes(status), `${status}`);
        for (const rest of ['', '/payload', '/metadata'])
          await subject.expect(404, { path: `${path}${rest}` });
      }
    });

    it('no container names a secret that went while it was put in', async () => {
      for (let round = 0; round < 10; round += 1) {
        const id = await subject.secret();
        const body = { type: 'generic', secret_refs: [{ secret_ref: subject.ref(id) }] };
        const { answers } = await atOnce([
          post('/containers', body),
          { method: 'DELETE', path: `/secrets/${id}` },
          post('/containers', body),
        ]);
        assert.equal(answers[1]?.status, 204);
        for (const made of answers.filter(({ status }) => status === 201)) {
          const { json } = await subject.expect(200, { path: new URL(made.json.container_ref).pathname });
          assert.deepEqual(json.secret_refs, []);
        }
      }
    });

    it('an order is there until one of many deletes it, and its key stays', async () => {
      const { json } = await subject.expect(202, post('/orders', { type: 'key', meta: KEY }));
      const path = new URL(json.order_ref).pathname;
      const ordered = await subject.expect(200, { path });
      const { counts } = await atOnce(many(() => ({ method: 'DELETE', path })));
      assert.deepEqual(counts, { 204: 1, 404: AT_ONCE - 1 });
      await subject.expect(200, { path: `${new URL(ordered.json.secret_ref).pathname}/payload` });
    });

    it('one of many adds a name of metadata, and a consumer that comes often is one', async () => {
      const path = `/secrets/${await subject.secret()}`;
      const named = await atOnce(many(index => post(`${path}/metadata`, { key: 'name', value: `${index}` })));
      assert.deepEqual(named.counts, { 201: 1, 409: AT_ONCE - 1 });
      const consumed = await atOnce(many(() => post(`${path}/consumers`, CONSUMER)));
      assert.deepEqual(consumed.counts, { 200: AT_ONCE });
      assert.equal((await subject.expect(200, { path: `${path}/consumers` })).json.total, 1);
    });

    it('a secret is there until the millisecond of its end, and at no door from then on', async () => {
      const { clock } = subject.keyhold;
      const text = (at: number): string => new Date(at).toISOString();
      const end = clock.now() + 3_600_000;
      const path = `/secrets/${await subject.secret({ ...HELLO, name: 'ending', expiration: text(end) })}`;
      await subject.expect(200, { path: `${path}/payload` });
      clock.advance(end - clock.now());
      for (const rest of ['', '/payload', '/metadata', '/acl', '/consumers']) {
        await subject.expect(404, { path: `${path}${rest}` });
      }
      await subject.expect(404, { method: 'DELETE', path });
      assert.equal((await subject.expect(200, { path: '/secrets?name=ending' })).json.total, 0);
      await subject.expect(
        404,
        post('/containers', {
          type: 'generic',
          secret_refs: [{ secret_ref: `${subject.keyhold.url}/v1${path}` }],
        }),
      );
      await subject.expect(400, post('/secrets', { ...HELLO, expiration: text(end) }));
    });
  });
}
