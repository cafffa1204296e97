// Roles by operations, as the reference has them: every cell of two tables, for objects that are open to their project and for private
// ones; what access lists give; and that no project sees another.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type BarbicanSubject, type HandMade, HELLO, startBarbican, type User } from './support.ts';

type Who = keyof typeof ROLES;

const ROLES = {
  admin: ['admin'],
  owner: ['creator'],
  creator: ['creator'],
  observer: ['observer'],
  audit: ['audit'],
  service: ['key-manager:service-admin'],
  memberOwner: ['member'],
  member: ['member'],
  reader: ['reader'],
  nobody: [],
} as const satisfies Record<string, readonly string[]>;

const ALL = Object.keys(ROLES) as readonly Who[];

interface Ground {
  readonly secret: string;
  readonly container: string;
  readonly order: string;
}

let subject: BarbicanSubject;
const users = {} as Record<Who, User>;
before(async () => {
  subject = await startBarbican();
  for (const who of ALL) users[who] = await subject.addUser(who, ROLES[who]);
});
after(() => subject.stop());

const idOf = (ref: string): string => ref.split('/').at(-1) ?? '';
const KEY_ORDER = { type: 'key', meta: { algorithm: 'aes', bit_length: 256 } };
const CONSUMER = { service: 'volumes', resource_type: 'volume', resource_id: 'one' };
const CONTAINER_CONSUMER = { name: 'volumes', URL: 'one' };

/** Objects of that user, open to the project or closed to it. */
async function ground(as: User, closed: boolean): Promise<Ground> {
  const secret = await subject.secret(HELLO, as);
  const made = await subject.expect(201, {
    method: 'POST',
    path: '/containers',
    body: { type: 'generic' },
    as,
  });
  const ordered = await subject.expect(202, { method: 'POST', path: '/orders', body: KEY_ORDER, as });
  const container = idOf(made.json.container_ref);
  const body = { read: { 'project-access': false } };
  for (const path of closed ? [`/secrets/${secret}/acl`, `/containers/${container}/acl`] : []) {
    await subject.expect(200, { method: 'PUT', path, body, as });
  }
  return { secret, container, order: idOf(ordered.json.order_ref) };
}

type Ask = (ground: Ground) => HandMade;

interface Row {
  readonly ask: Ask;
  /** Who may, with an object of `owner` (for the roles of old) and of `memberOwner` (for those of now). */
  readonly may: readonly Who[];
  /** The same with an object that is closed to the project; undefined: alike. */
  readonly mayClosed?: readonly Who[];
}

const KEEPERS: readonly Who[] = ['admin', 'owner', 'creator', 'memberOwner', 'member'];
const OWNERS: readonly Who[] = ['admin', 'owner', 'memberOwner'];
const OBSERVERS: readonly Who[] = [...KEEPERS, 'observer'];
const READERS: readonly Who[] = [...OBSERVERS, 'audit', 'service'];
const NOT_NOBODY: readonly Who[] = [...READERS, 'reader'];

const get =
  (path: (ground: Ground) => string): Ask =>
  ground => ({ path: path(ground) });
const send =
  (method: string, path: (ground: Ground) => string, body: unknown): Ask =>
  ground => ({ method, path: path(ground), body });
const secretAt = (rest: string) => (ground: Ground) => `/secrets/${ground.secret}${rest}`;
const containerAt = (rest: string) => (ground: Ground) => `/containers/${ground.container}${rest}`;

const TABLE: Readonly<Record<string, Row>> = {
  'secrets:post': { ask: send('POST', () => '/secrets', HELLO), may: KEEPERS },
  'containers:post': { ask: send('POST', () => '/containers', { type: 'generic' }), may: KEEPERS },
  'orders:post': { ask: send('POST', () => '/orders', KEY_ORDER), may: KEEPERS },
  'secrets:get': { ask: get(() => '/secrets'), may: OBSERVERS },
  'containers:get': { ask: get(() => '/containers'), may: OBSERVERS },
  'orders:get': { ask: get(() => '/orders'), may: OBSERVERS },
  'secret:get': { ask: get(secretAt('')), may: READERS, mayClosed: OWNERS },
  'secret:decrypt': { ask: get(secretAt('/payload')), may: OBSERVERS, mayClosed: OWNERS },
  'secret_meta:get': { ask: get(secretAt('/metadata')), may: READERS, mayClosed: OWNERS },
  'secret_meta:put': {
    ask: send('PUT', secretAt('/metadata'), { metadata: { a: 'b' } }),
    may: KEEPERS,
    mayClosed: OWNERS,
  },
  'secret_consumers:post': {
    ask: send('POST', secretAt('/consumers'), CONSUMER),
    may: READERS,
    mayClosed: OWNERS,
  },
  'secret_consumers:get': { ask: get(secretAt('/consumers')), may: READERS, mayClosed: OWNERS },
  'secret:delete': { ask: send('DELETE', secretAt(''), undefined), may: KEEPERS, mayClosed: OWNERS },
  'container:get': { ask: get(containerAt('')), may: READERS, mayClosed: OWNERS },
  'container_consumers:post': {
    ask: send('POST', containerAt('/consumers'), CONTAINER_CONSUMER),
    may: READERS,
    mayClosed: OWNERS,
  },
  'container:delete': {
    ask: send('DELETE', containerAt(''), undefined),
    may: [...OWNERS, 'member'],
    mayClosed: OWNERS,
  },
  'order:get': { ask: get(({ order }) => `/orders/${order}`), may: READERS },
  'order:delete': {
    ask: ({ order }) => ({ method: 'DELETE', path: `/orders/${order}` }),
    may: ['admin', 'memberOwner', 'member'],
  },
  'secret_acls:get': { ask: get(secretAt('/acl')), may: [...OWNERS, 'creator', 'observer'] },
  'secret_acls:put': { ask: send('PUT', secretAt('/acl'), {}), may: [...OWNERS, 'creator'] },
  'secret_acls:patch': { ask: send('PATCH', secretAt('/acl'), {}), may: [...OWNERS, 'creator'] },
  'container_acls:get': { ask: get(containerAt('/acl')), may: [...OWNERS, 'creator', 'observer'] },
  'container_acls:delete': {
    ask: send('DELETE', containerAt('/acl'), undefined),
    may: [...OWNERS, 'creator'],
  },
  'quotas:get': { ask: get(() => '/quotas'), may: NOT_NOBODY },
  'transport_keys:get': { ask: get(() => '/transport_keys'), may: NOT_NOBODY },
  'project_quotas:get': { ask: get(() => '/project-quotas'), may: ['service'] },
  'project_quotas:put': {
    ask: send('PUT', () => '/project-quotas/one', { project_quotas: { secrets: 5 } }),
    may: ['service'],
  },
  version: { ask: get(() => '/v1'), may: ALL },
};

describe('roles', () => {
  for (const [name, { ask, may, mayClosed }] of Object.entries(TABLE)) {
    for (const closed of mayClosed === undefined ? [false] : [false, true]) {
      it(`${name}${closed ? ' on what is closed to the project' : ''}`, async () => {
        for (const who of ALL) {
          // Roles of now have an owner of their own, so that each of the two tables is whole.
          const owner = who === 'memberOwner' || who === 'member' ? users.memberOwner : users.owner;
          const objects = await ground(owner, closed);
          const { status, text } = await subject.send({ ...ask(objects), as: users[who] });
          const allowed = (closed ? mayClosed : may)?.includes(who) === true;
          if (allowed) assert.ok(status < 400, `${who}: ${status} ${text}`);
          else assert.equal(status, 403, `${who}: ${text}`);
        }
      });
    }
  }

  it('secret:put', async () => {
    for (const who of ALL) {
      const id = await subject.secret({ name: 'awaiting' }, users.owner);
      const headers = { 'content-type': 'text/plain' };
      const asked = { method: 'PUT', path: `/secrets/${id}`, body: 'x', headers };
      const { status } = await subject.send({ ...asked, as: users[who] });
      assert.equal(status, KEEPERS.includes(who) ? 204 : 403, who);
    }
  });
});

describe('access lists', () => {
  it('let those who are listed read, whatever their project and roles, and do nothing else', async () => {
    const elsewhere = await subject.addProject('elsewhere');
    const listed = await subject.addUser('listed', ['creator'], elsewhere);
    for (const as of [listed, users.nobody]) {
      const { secret, container } = await ground(users.owner, false);
      const body = { read: { users: [as.userId], 'project-access': false } };
      for (const path of [`/secrets/${secret}`, `/containers/${container}`]) {
        await subject.expect(200, { method: 'PUT', path: `${path}/acl`, body, as: users.owner });
      }
      for (const rest of ['', '/payload', '/metadata', '/consumers']) {
        await subject.expect(200, { path: `/secrets/${secret}${rest}`, as });
      }
      await subject.expect(200, { method: 'POST', path: `/secrets/${secret}/consumers`, body: CONSUMER, as });
      await subject.expect(200, { path: `/containers/${container}`, as });
      const consumers = `/containers/${container}/consumers`;
      await subject.expect(200, {
        method: 'POST',
        path: consumers,
        body: CONTAINER_CONSUMER,
        as: users.owner,
      });
      const removed = await subject.send({ method: 'DELETE', path: consumers, body: CONTAINER_CONSUMER, as });
      assert.equal(removed.status, as === listed ? 403 : 200);
      const metadata = { metadata: { a: 'b' } };
      for (const [method, path, sent] of [
        ['GET', `/secrets/${secret}/acl`, undefined],
        ['PUT', `/secrets/${secret}/acl`, {}],
        ['PUT', `/secrets/${secret}/metadata`, metadata],
        ['DELETE', `/secrets/${secret}`, undefined],
        ['DELETE', `/containers/${container}`, undefined],
        ['GET', `/containers/${container}/acl`, undefined],
      ] as const) {
        await subject.expect(403, { method, path, body: sent, as });
      }
      await subject.expect(200, { method: 'DELETE', path: `/secrets/${secret}/acl`, as: users.owner });
      const afterwards = await subject.send({ path: `/secrets/${secret}`, as });
      assert.equal(afterwards.status, as === listed ? 404 : 403);
    }
  });
});

describe('another project', () => {
  it('finds nothing of this one, and is told the same as of what never was', async () => {
    const stranger = await subject.addUser('stranger', ['admin'], await subject.addProject('strange'));
    const { secret, container, order } = await ground(users.owner, false);
    const absent = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
    const put = { 'content-type': 'text/plain' };
    const asks: readonly (readonly [string, string, unknown?, HandMade['headers']?])[] = [
      ['GET', '/secrets/{}'],
      ['GET', '/secrets/{}/payload'],
      ['PUT', '/secrets/{}', 'x', put],
      ['DELETE', '/secrets/{}'],
      ['GET', '/secrets/{}/metadata'],
      ['PUT', '/secrets/{}/metadata', { metadata: {} }],
      ['GET', '/secrets/{}/acl'],
      ['PUT', '/secrets/{}/acl', {}],
      ['DELETE', '/secrets/{}/acl'],
      ['GET', '/secrets/{}/consumers'],
      ['POST', '/secrets/{}/consumers', CONSUMER],
      ['GET', '/containers/{}'],
      ['DELETE', '/containers/{}'],
      ['POST', '/containers/{}/consumers', CONTAINER_CONSUMER],
      ['GET', '/orders/{}'],
      ['DELETE', '/orders/{}'],
    ];
    for (const [method, path, body, headers] of asks) {
      const id = path.startsWith('/secrets') ? secret : path.startsWith('/containers') ? container : order;
      const of = (named: string) => ({
        method,
        path: path.replace('{}', named),
        body,
        as: stranger,
        ...(headers && { headers }),
      });
      const [theirs, never] = [await subject.send(of(id)), await subject.send(of(absent))];
      assert.equal(theirs.status, 404, path);
      assert.deepEqual(theirs.json, never.json, path);
    }
    for (const noun of ['secrets', 'containers', 'orders']) {
      assert.equal((await subject.expect(200, { path: `/${noun}`, as: stranger })).json.total, 0);
    }
    const refs = [{ name: 'a', secret_ref: subject.ref(secret) }];
    const body = { type: 'generic', secret_refs: refs };
    await subject.expect(404, { method: 'POST', path: '/containers', body, as: stranger });
  });
});
