// Who may do what: every role against every route, tenants against one another, and the ways in which somebody might try to become more.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ALL_ROLES, type Permission, type Role, roleAllows } from '../../../src/domain/permission.ts';
import type { Route } from '../../../src/protocols/admin/route.ts';
import { PLACED_ROUTES } from '../../../src/protocols/admin/routes.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { type Answered, type Caller, caller, done, refused } from './client.ts';
import { SAMPLES, type Sample } from './samples.ts';

let keyhold: TestKeyhold;
let admin: Caller;
const ALPHA = '/projects/alpha';
const BETA = '/projects/beta';

before(async () => {
  keyhold = await startKeyhold();
  admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  await done(admin('POST', '/projects', { name: 'alpha' }));
  await done(admin('POST', '/projects', { name: 'beta' }));
});
after(() => keyhold.stop());

/** A new principal at home in the project (or the system, for an empty base) with the role there. */
async function actor(base: string, name: string, role?: Role): Promise<Caller & { readonly id: string }> {
  const { id } = await done(admin('POST', `${base}/principals`, { name }));
  if (role !== undefined) await done(admin('POST', `${base}/bindings`, { principal: name, role }));
  const { secret } = await done(admin('POST', `${base}/principals/${name}/credentials`, {}));
  return Object.assign(caller(keyhold.url, secret), { id });
}

type PlacedRoute = (typeof PLACED_ROUTES)[number];

const routeName = ({ route, path }: PlacedRoute) => `${route.method} ${path}`;
const isDenied = ({ status, body }: Answered) => status === 403 && body.error.code === 'denied';

const demandsOf = ({ permission, alsoDemands = [] }: Route): readonly Permission[] =>
  permission === undefined ? [] : [permission, ...alsoDemands];
const allowsAll = (role: Role, route: Route): boolean =>
  demandsOf(route).every(permission => roleAllows(role, permission));

/** What asks for a route, for as long as nothing has come of it: the next role may ask with the same. */
const unspent = new Map<string, Sample>();

/** Asks for the route as the caller would whom it is allowed. */
async function attempt(call: Caller, placed: PlacedRoute, base: string): Promise<Answered> {
  const name = routeName(placed);
  const place = `${name} in ${base}`;
  const sample = unspent.get(place) ?? (await SAMPLES[name]?.(admin, base));
  assert.ok(sample);
  unspent.set(place, sample);
  const answered = await call(placed.route.method, sample.path, sample.body);
  if (answered.status < 400) unspent.delete(place);
  // A server that was sealed by this request is opened for the next one.
  if (name === 'POST /system/seal') await done(admin('POST', '/system/unseal', {}));
  return answered;
}

test('every route has a sample', () => {
  assert.deepEqual(Object.keys(SAMPLES).sort(), PLACED_ROUTES.map(routeName).sort());
});

for (const role of ALL_ROLES) {
  test(`a ${role} of a project may do there what the role says, and nothing elsewhere`, async () => {
    const call = await actor(ALPHA, `matrix-${role}`, role);
    for (const placed of PLACED_ROUTES) {
      const { route, inProject } = placed;
      const answered = await attempt(call, placed, inProject ? ALPHA : '');
      const allowed = demandsOf(route).length === 0 || (inProject && allowsAll(role, route));
      assert.equal(!isDenied(answered), allowed, `${role}: ${routeName(placed)} answered ${answered.status}`);
      if (!inProject) continue;
      const elsewhere = await attempt(call, placed, BETA);
      assert.ok(
        elsewhere.status === 403 || elsewhere.status === 404,
        `${role}: ${routeName(placed)} in beta`,
      );
    }
  });

  test(`a ${role} of the system may do everywhere what the role says`, async () => {
    const call = await actor('', `system-${role}`, role);
    for (const placed of PLACED_ROUTES) {
      const { route, inProject } = placed;
      // Its own role is not to be lost half way.
      const answered = await attempt(call, placed, inProject ? BETA : '');
      const allowed = allowsAll(role, route);
      assert.equal(!isDenied(answered), allowed, `${role}: ${routeName(placed)} answered ${answered.status}`);
    }
  });
}

test('a foreign project and its objects answer exactly like ones that do not exist', async () => {
  const mallory = await actor(ALPHA, 'mallory', 'admin');
  const [key, ring, principal] = [
    await done(admin('POST', `${BETA}/keys`, {})),
    await done(admin('GET', `${BETA}/key-rings/default`)),
    await done(admin('POST', `${BETA}/principals`, { name: 'bob' })),
  ];
  const beta = await done(admin('GET', BETA));
  const nothing = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
  const pairs: readonly (readonly [method: string, existing: string, absent: string, body?: unknown])[] = [
    ['GET', '/projects/beta', '/projects/gamma'],
    ['GET', `/projects/${beta.id}`, `/projects/${nothing}`],
    ['GET', `${BETA}/keys/${key.id}`, `/projects/gamma/keys/${key.id}`],
    ['GET', `${ALPHA}/keys/${key.id}`, `${ALPHA}/keys/${nothing}`],
    ['GET', `${ALPHA}/key-rings/${ring.id}`, `${ALPHA}/key-rings/${nothing}`],
    ['GET', `${ALPHA}/principals/${principal.id}`, `${ALPHA}/principals/${nothing}`],
    ['GET', '/principals/admin', '/principals/nobody'],
  ];
  const comparable = ({ status, body }: Answered, ids: readonly string[]) => {
    const { code, message, details } = body.error;
    let text = JSON.stringify({ status, code, message, details });
    for (const id of ids) text = text.replaceAll(id, 'ID');
    return text;
  };
  const ids = [key.id, ring.id, principal.id, nothing];
  for (const [method, existing, absent, body] of pairs) {
    assert.equal(
      comparable(await mallory(method, existing, body), ids),
      comparable(await mallory(method, absent, body), ids),
      existing,
    );
  }
  for (const [reference, absent] of [[principal.id, nothing]]) {
    const bind = (subject: unknown) =>
      mallory('POST', `${ALPHA}/bindings`, { principal: subject, role: 'viewer' });
    assert.equal(comparable(await bind(reference), ids), comparable(await bind(absent), ids));
    const rule = (subject: unknown) =>
      mallory('POST', `${ALPHA}/rules`, {
        effect: 'allow',
        principals: [subject],
        permissions: ['key.read'],
      });
    assert.equal(comparable(await rule(reference), ids), comparable(await rule(absent), ids));
  }
});

test('a binding of another project cannot be seen or undone', async () => {
  const mallory = await actor(ALPHA, 'mallory-2', 'admin');
  await done(admin('POST', `${BETA}/principals`, { name: 'carol' }));
  const binding = await done(admin('POST', `${BETA}/bindings`, { principal: 'carol', role: 'viewer' }));
  const rule = await done(
    admin('POST', `${BETA}/rules`, { effect: 'allow', principals: ['carol'], permissions: ['key.list'] }),
  );
  for (const base of [ALPHA, BETA, '']) {
    assert.ok((await mallory('DELETE', `${base}/bindings/${binding.id}`)).status >= 403);
    assert.ok((await mallory('DELETE', `${base}/rules/${rule.id}`)).status >= 403);
  }
  assert.equal((await done(admin('GET', `${BETA}/principals/carol/bindings`))).items.length, 1);
});

test('a principal of one project may work in another once a role there is bound to it', async () => {
  const dora = await actor(ALPHA, 'dora');
  assert.equal(await refused(dora('GET', `${BETA}/keys`)), 'denied');
  await done(admin('POST', `${BETA}/bindings`, { principal: dora.id, role: 'viewer' }));
  await done(dora('GET', `${BETA}/keys`));
  assert.equal(await refused(dora('GET', `${ALPHA}/keys`)), 'denied');
  assert.equal(await refused(dora('POST', `${BETA}/keys`, {})), 'denied');
});

test('nobody binds a role that it does not hold itself', async () => {
  // By a rule, eve may update access and see; by no rule may she use keys.
  const eve = await actor(ALPHA, 'eve', 'viewer');
  await done(
    admin('POST', `${ALPHA}/rules`, {
      effect: 'allow',
      principals: ['eve'],
      permissions: ['access.update', 'access.read', 'principal.create', 'credential.create'],
    }),
  );
  const grant = (role: Role) => eve('POST', `${ALPHA}/bindings`, { principal: 'eve', role });
  for (const role of ['user', 'manager', 'purger', 'auditor', 'admin'] as const) {
    assert.equal(await refused(grant(role)), 'denied', role);
  }
  await done(eve('POST', `${ALPHA}/principals`, { name: 'puppet' }));
  await done(eve('POST', `${ALPHA}/bindings`, { principal: 'puppet', role: 'viewer' }));
  const allow = (permissions: readonly string[]) =>
    eve('POST', `${ALPHA}/rules`, { effect: 'allow', principals: ['puppet'], permissions });
  assert.equal(await refused(allow(['key.decrypt'])), 'denied');
  assert.equal(await refused(allow(['*'])), 'denied');
  await done(allow(['key.read', 'access.read']));
  assert.equal(await refused(eve('POST', '/bindings', { principal: eve.id, role: 'viewer' })), 'denied');
  assert.equal(
    await refused(eve('POST', `${BETA}/bindings`, { principal: eve.id, role: 'viewer' })),
    'denied',
  );
});

test('nobody issues a credential for somebody more powerful', async () => {
  const helpdesk = await actor(ALPHA, 'helpdesk', 'viewer');
  const rule = (principals: readonly string[], permissions: readonly string[]) =>
    done(admin('POST', `${ALPHA}/rules`, { effect: 'allow', principals, permissions }));
  await rule(['helpdesk'], ['credential.create']);
  await actor(ALPHA, 'boss', 'admin');
  await actor(ALPHA, 'colleague', 'viewer');
  await actor(ALPHA, 'favoured');
  const key = await done(admin('POST', `${ALPHA}/keys`, {}));
  await done(
    admin('POST', `${ALPHA}/rules`, {
      effect: 'allow',
      principals: ['favoured'],
      permissions: ['key.decrypt'],
      key: key.id,
    }),
  );
  const issue = (name: string) => helpdesk('POST', `${ALPHA}/principals/${name}/credentials`, {});
  assert.equal(await refused(issue('boss')), 'denied');
  assert.equal(await refused(issue('favoured')), 'denied');
  await done(issue('colleague'));
  await done(issue('helpdesk'));

  // Not even an administrator of the project for somebody with a role beyond it.
  const chief = await actor(ALPHA, 'chief', 'admin');
  await done(issueFor(chief, 'boss'));
  const boss = await done(admin('GET', `${ALPHA}/principals/boss`));
  await done(admin('POST', `${BETA}/bindings`, { principal: boss.id, role: 'viewer' }));
  assert.equal(await refused(issueFor(chief, 'boss')), 'denied');
});

function issueFor(call: Caller, name: string) {
  return call('POST', `${ALPHA}/principals/${name}/credentials`, {});
}

test('the export of key material is given by the system alone', async () => {
  const owner = await actor(ALPHA, 'owner', 'admin');
  const rule = { effect: 'allow', principals: ['owner'], permissions: ['key.export'] };
  assert.equal(await refused(owner('POST', `${ALPHA}/rules`, rule)), 'denied');
  assert.equal(await refused(owner('POST', `${ALPHA}/rules`, { ...rule, permissions: ['*'] })), 'denied');
  await done(admin('POST', `${ALPHA}/rules`, rule));
});

test('a role on one key or key ring reaches that far and no further', async () => {
  const fred = await actor(ALPHA, 'fred');
  await done(admin('POST', `${ALPHA}/key-rings`, { name: 'ring' }));
  const inRing = await done(admin('POST', `${ALPHA}/keys`, { keyRing: 'ring' }));
  const outside = await done(admin('POST', `${ALPHA}/keys`, {}));
  const encrypt = (key: string) => fred('POST', `${ALPHA}/keys/${key}/encrypt`, { plaintext: 'AAAA' });
  await done(admin('POST', `${ALPHA}/bindings`, { principal: 'fred', role: 'user', keyRing: 'ring' }));
  await done(encrypt(inRing.id));
  assert.equal(await refused(encrypt(outside.id)), 'denied');
  await done(admin('POST', `${ALPHA}/bindings`, { principal: 'fred', role: 'user', key: outside.id }));
  await done(encrypt(outside.id));
});

test('a deny rule counts at once and against administrators too, and can be taken back', async () => {
  const gina = await actor(ALPHA, 'gina', 'admin');
  const rule = await done(
    gina('POST', `${ALPHA}/rules`, { effect: 'deny', principals: ['gina'], permissions: ['*'] }),
  );
  assert.equal(await refused(gina('GET', `${ALPHA}/keys`)), 'denied');
  await done(gina('DELETE', `${ALPHA}/rules/${rule.id}`));
  await done(gina('GET', `${ALPHA}/keys`));
});

test('conditions see the context of a message', async () => {
  const hans = await actor(ALPHA, 'hans', 'user');
  const key = await done(admin('POST', `${ALPHA}/keys`, {}));
  await done(
    admin('POST', `${ALPHA}/rules`, {
      effect: 'deny',
      principals: ['hans'],
      permissions: ['key.encrypt'],
      conditions: [{ attribute: 'context.department', operator: 'notEquals', values: ['sales'] }],
      key: key.id,
    }),
  );
  const encrypt = (department: string) =>
    hans('POST', `${ALPHA}/keys/${key.id}/encrypt`, { plaintext: 'AAAA', context: { department } });
  await done(encrypt('sales'));
  assert.equal(await refused(encrypt('marketing')), 'denied');
});

test('conditions see both contexts of a re-encryption, each where it belongs', async () => {
  const iris = await actor(ALPHA, 'iris', 'user');
  const key = await done(admin('POST', `${ALPHA}/keys`, {}));
  const forbid = (permission: string, value: string) =>
    done(
      admin('POST', `${ALPHA}/rules`, {
        effect: 'deny',
        principals: ['iris'],
        permissions: [permission],
        conditions: [{ attribute: 'context.class', operator: 'equals', values: [value] }],
        key: key.id,
      }),
    );
  await forbid('key.reencryptFrom', 'secret');
  await forbid('key.reencryptTo', 'public');
  const move = async (from: string, to: string | undefined) => {
    const context = { class: from };
    const { ciphertext } = await done(
      admin('POST', `${ALPHA}/keys/${key.id}/encrypt`, { plaintext: 'AAAA', context }),
    );
    const newContext = to === undefined ? {} : { class: to };
    return iris('POST', `${ALPHA}/reencrypt`, { ciphertext, context, key: key.id, newContext });
  };
  assert.equal(await refused(move('secret', undefined)), 'denied');
  assert.equal(await refused(move('internal', 'public')), 'denied');
  await done(move('public', 'secret'));
});

test('a reference of any length and script is refused by itself alone, and recorded', async () => {
  const kay = await actor(ALPHA, 'kay', 'admin');
  const face = '\u{1f600}';
  // Whatever length an entry cuts a reference to, for one of these the cut is within a character.
  const references = [30, 63, 127, 255].map(length => 'a'.repeat(length) + face.repeat(8));
  const asked = references.flatMap(reference => [
    kay('POST', `${ALPHA}/bindings`, { principal: reference, role: 'viewer' }),
    kay('GET', `${ALPHA}/principals/${encodeURIComponent(reference)}`),
    kay('GET', `${ALPHA}/key-rings/${encodeURIComponent(reference)}`),
    kay('GET', `${ALPHA}/keys/${encodeURIComponent(reference)}`),
    kay('DELETE', `${ALPHA}/rules/${encodeURIComponent(reference)}`),
    kay('DELETE', `${ALPHA}/bindings/${encodeURIComponent(reference)}`),
    kay('POST', `${ALPHA}/explain`, { principal: reference, permission: 'key.read' }),
  ]);
  const neighbours = Array.from({ length: 8 }, () => kay('GET', `${ALPHA}/keys`));
  const codes = await Promise.all(asked.map(refused));
  assert.deepEqual(new Set(codes), new Set(['notFound']));
  await Promise.all(neighbours.map(done));
});

test('roles and rules on a key ring go with it', async () => {
  const lena = await actor(ALPHA, 'lena');
  await done(admin('POST', `${ALPHA}/key-rings`, { name: 'short-lived' }));
  const on = { keyRing: 'short-lived' };
  const binding = await done(admin('POST', `${ALPHA}/bindings`, { principal: 'lena', role: 'user', ...on }));
  const rule = { effect: 'deny', principals: ['lena'], permissions: ['key.encrypt'], ...on };
  const { id } = await done(admin('POST', `${ALPHA}/rules`, rule));
  await done(admin('DELETE', `${ALPHA}/key-rings/short-lived`));
  assert.deepEqual((await done(lena('GET', '/whoami'))).bindings, []);
  assert.equal(await keyhold.kms.store.bindings.find(binding.id), undefined);
  assert.equal(await keyhold.kms.store.rules.find(id), undefined);
});

test('a context beyond every bound is refused before any rule is asked about it', async () => {
  const mona = await actor(ALPHA, 'mona', 'viewer');
  const key = await done(admin('POST', `${ALPHA}/keys`, {}));
  const call = { plaintext: 'AAAA', context: { text: 'a'.repeat(100_000) } };
  assert.equal(await refused(mona('POST', `${ALPHA}/keys/${key.id}/encrypt`, call)), 'tooLarge');
  assert.equal(await refused(admin('POST', `${ALPHA}/keys/${key.id}/encrypt`, call)), 'tooLarge');
  const { text } = call.context;
  const justFits = { plaintext: 'AAAA', context: { text: text.slice(0, 60_000) } };
  await done(admin('POST', `${ALPHA}/keys/${key.id}/encrypt`, justFits));
});
