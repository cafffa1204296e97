// The objects of one project, asked about through the administration with a valid key of another: in every path and every member.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PLACED_ROUTES } from '../../src/protocols/admin/routes.ts';
import { type Caller, caller, done } from '../conformance/admin/client.ts';
import type { AwsAccount } from '../conformance/aws-kms/support.ts';
import {
  NOTHING,
  requireAlike,
  startTenants,
  type Tenants,
  type Told,
  tellingOf,
  withKeyId,
} from './tenants.ts';

let subject: Tenants;
let admin: Caller;
let attacker: AwsAccount;
let victim: AwsAccount;
let apiKey: string;
before(async () => {
  subject = await startTenants();
  ({ admin, attacker, victim } = subject);
  ({ secret: apiKey } = await done(admin('POST', '/projects/attacker/principals/client/credentials', {})));
});
after(() => subject.stop());

/** Everything in a project that a request can name. */
interface Objects {
  readonly key: string;
  readonly keyName: string;
  readonly keyRing: string;
  readonly principal: string;
  readonly credential: string;
  readonly binding: string;
  readonly rule: string;
  readonly ciphertext: string;
  /** Of an audit entry. */
  readonly index: string;
}

const MATERIAL = Buffer.alloc(32, 1).toString('base64');
const RULE = { effect: 'allow', permissions: ['key.list'] } as const;

async function makeObjects(base: string): Promise<Objects> {
  const make = (path: string, body: object) => done(admin('POST', `${base}${path}`, body));
  const { id: keyRing } = await make('/key-rings', { name: 'secret' });
  const { id: key } = await make('/keys', { keyRing: 'secret' });
  await make('/keys', {});
  const { text: keyName } = await make('/names', { text: 'payroll', key });
  const { id: principal } = await make('/principals', { name: 'alice' });
  const { credential } = await make('/principals/alice/credentials', {});
  const { id: binding } = await make('/bindings', { principal, role: 'viewer', key });
  const { id: rule } = await make('/rules', { ...RULE, principals: [principal] });
  const { ciphertext } = await make(`/keys/${key}/encrypt`, { plaintext: 'AAAA' });
  const page = await done(admin('GET', `${base}/audit/entries?limit=1`));
  return {
    key,
    keyName,
    keyRing,
    principal,
    credential: credential.id,
    binding,
    rule,
    ciphertext,
    index: String(page.items[0].index),
  };
}

const absentObjects = ({ ciphertext }: Objects): Objects => ({
  key: NOTHING,
  keyName: 'pay-all',
  keyRing: NOTHING,
  principal: NOTHING,
  credential: NOTHING,
  binding: NOTHING,
  rule: NOTHING,
  ciphertext: withKeyId(ciphertext, NOTHING),
  index: '999999999',
});

type Asking = readonly [method: string, path: string, body?: object | undefined];

/** Bodies that would be taken, for the routes that need one. */
const BODIES: Readonly<Record<string, (objects: Objects) => object>> = {
  'PATCH /keys/:key': () => ({ description: 'mine' }),
  'POST /keys/:key/tags': () => ({ set: { a: 'b' } }),
  'PUT /keys/:key/rotation': () => ({ periodMs: 86_400_000 }),
  'POST /keys/:key/schedule-destruction': () => ({ delayMs: 0 }),
  'POST /keys/:key/import-version': () => ({ material: MATERIAL }),
  'POST /keys/:key/move': ({ keyRing }) => ({ keyRing }),
  'POST /keys/:key/encrypt': () => ({ plaintext: 'AAAA' }),
  'POST /keys/:key/decrypt': ({ ciphertext }) => ({ ciphertext }),
  'POST /keys/:key/encrypt-by': () => ({ mechanism: 'aes-gcm', plaintext: 'AAAA' }),
  'POST /keys/:key/decrypt-by': () => ({ mechanism: 'aes-gcm', ciphertext: MATERIAL, iv: 'AAAA' }),
  'POST /keys/:key/sign': () => ({ mechanism: 'ed25519', message: 'AAAA' }),
  'POST /keys/:key/verify': () => ({ mechanism: 'ed25519', message: 'AAAA', signature: 'AAAA' }),
  'POST /keys/:key/mac': () => ({ mechanism: 'aes-cmac', message: 'AAAA' }),
  'POST /keys/:key/verify-mac': () => ({ mechanism: 'aes-cmac', message: 'AAAA', mac: 'AAAA' }),
  'POST /keys/:key/agree': () => ({ peerPublicKey: 'AAAA' }),
  'POST /keys/:key/decapsulate': () => ({ ciphertext: 'AAAA' }),
  'POST /keys/:key/wrap': ({ key }) => ({ under: key, mechanism: 'aes-kw' }),
  'POST /keys/:key/derive': () => ({ mechanism: 'hkdf-sha-256', algorithm: 'aes-256' }),
  'PATCH /principals/:principal': () => ({ enabled: false }),
};

/** Whatever names an object in its path, and every way to name one elsewhere. */
function askingsAbout(objects: Objects, own: Objects): readonly Asking[] {
  const { key, keyName, keyRing, principal, ciphertext } = objects;
  const byPath = PLACED_ROUTES.filter(
    ({ inProject, route }) => inProject && route.path.includes(':'),
  ).flatMap(({ route }) => {
    const body = BODIES[`${route.method} ${route.path}`]?.(objects);
    const path = (keyReference: string) =>
      route.path.replace(/:(\w+)/g, (_, name: keyof Objects) =>
        name === 'key' ? keyReference : objects[name],
      );
    const references =
      route.path.includes(':key') && !route.path.includes(':keyRing') ? [key, keyName] : [''];
    return references.map((reference): Asking => [route.method, path(reference), body]);
  });
  return [
    ...byPath,
    ['POST', '/keys', { keyRing }],
    ['POST', '/keys/import', { algorithm: 'aes-256', material: MATERIAL, keyRing }],
    ['POST', `/keys/${own.key}/move`, { keyRing }],
    ...[key, keyName].flatMap((under): readonly Asking[] => {
      const wrapped = { under, mechanism: 'aes-kw', wrapped: MATERIAL };
      return [
        ['POST', `/keys/${own.key}/wrap`, { under, mechanism: 'aes-kw' }],
        ['POST', `/keys/${NOTHING}/wrap`, { under, mechanism: 'aes-kw' }],
        ['POST', '/keys/import', { algorithm: 'aes-256', wrapped }],
        ['POST', `/keys/${own.key}/import-version`, { wrapped }],
      ];
    }),
    ['POST', `/keys/${own.key}/derive`, { mechanism: 'hkdf-sha-256', algorithm: 'aes-256', keyRing }],
    ['POST', '/decrypt', { ciphertext }],
    ['POST', `/keys/${own.key}/decrypt`, { ciphertext }],
    ['POST', '/reencrypt', { ciphertext, key: own.key }],
    ['POST', '/reencrypt', { ciphertext, key: NOTHING }],
    ['POST', '/reencrypt', { ciphertext: own.ciphertext, key }],
    ['POST', '/reencrypt', { ciphertext: own.ciphertext, key: keyName }],
    ['POST', '/names', { text: 'stolen', key }],
    ['POST', '/names', { text: 'stolen', key: keyName }],
    ['PUT', '/names', { text: own.keyName, key }],
    ['PUT', '/names', { text: keyName, key: own.key }],
    ['DELETE', `/names?text=${keyName}`],
    ['GET', `/names?key=${key}`],
    ['POST', '/bindings', { principal, role: 'viewer' }],
    ['POST', '/bindings', { principal: own.principal, role: 'viewer', key }],
    ['POST', '/bindings', { principal: own.principal, role: 'viewer', keyRing }],
    ['GET', `/bindings?key=${key}`],
    ['GET', `/bindings?keyRing=${keyRing}`],
    ['POST', '/rules', { ...RULE, principals: [principal] }],
    ['POST', '/rules', { ...RULE, principals: [own.principal], key }],
    ['POST', '/rules', { ...RULE, principals: [own.principal], keyRing }],
    ['GET', `/rules?key=${key}`],
    ['GET', `/rules?keyRing=${keyRing}`],
    ['POST', '/explain', { principal, permission: 'key.read' }],
    ['POST', '/explain', { principal: own.principal, permission: 'key.read', key }],
    ['POST', '/explain', { principal: own.principal, permission: 'key.read', keyRing }],
  ];
}

async function adminTold([method, path, body]: Asking): Promise<Told> {
  const { status, headers, body: answer } = await caller(subject.keyhold.url, apiKey)(method, path, body);
  return tellingOf(status, headers, JSON.stringify(answer), headers.get('x-request-id') ?? '');
}

function requireToldAlike(existing: readonly Asking[], missing: readonly Asking[], names: readonly string[]) {
  const groups = existing.map((asking, number) => ({
    what: JSON.stringify(asking),
    names,
    asks: [asking, missing[number] ?? asking].map(each => () => adminTold(each)),
  }));
  return requireAlike(subject, groups);
}

test('the administration tells nothing about the objects of another project', async () => {
  const theirs = await makeObjects('/projects/victim');
  const own = await makeObjects('/projects/attacker');
  // One that has the same name there is no secret: the names of theirs are others.
  await done(admin('DELETE', '/projects/attacker/names?text=payroll'));
  await done(admin('POST', '/projects/attacker/names', { text: 'mine', key: own.key }));
  const mine = { ...own, keyName: 'mine' };
  const nothing = absentObjects(theirs);
  const names = [...Object.values(theirs), ...Object.values(nothing)];
  const at = (base: string, askings: readonly Asking[]) =>
    askings.map(([method, path, body]): Asking => [method, `/projects/${base}${path}`, body]);

  const foreign = askingsAbout(theirs, mine);
  await requireToldAlike(at('attacker', foreign), at('attacker', askingsAbout(nothing, mine)), names);
  // In the project of the victim itself, whether it is named or not there.
  const bare = foreign.concat(
    [['GET', '']],
    [['GET', '/keys']],
    [['POST', '/keys', {}]],
    [['GET', '/audit/entries']],
  );
  const projects = ['victim', 'absent', victim.projectId, NOTHING];
  await requireToldAlike(at('victim', bare), at('absent', bare), [...names, ...projects]);
  await requireToldAlike(at(victim.projectId, bare), at(NOTHING, bare), [...names, ...projects]);
});

test('who may rename a project alone does not learn the names of others', async () => {
  for (const name of ['victim', 'absent', 'default', 'attacker-2']) {
    const { status, text } = await adminTold(['PATCH', '/projects/attacker', { name }]);
    assert.equal(status, 403, text);
  }
  const { status } = await adminTold(['PATCH', '/projects/attacker', { name: 'attacker', enabled: true }]);
  assert.equal(status, 200);
});

test('a cursor of another project is none, and a forged one opens nothing there', async () => {
  const lists = ['/keys', '/principals', '/key-rings', '/names', '/audit/entries'];
  for (const list of lists) {
    const { next } = await done(admin('GET', `/projects/victim${list}?limit=1`));
    if (next === undefined) continue;
    const taken = await adminTold(['GET', `/projects/attacker${list}?cursor=${next}`]);
    assert.match(taken.text, /invalidCursor/, list);
    const [ofList, position] = JSON.parse(Buffer.from(next, 'base64url').toString()) as [string, string];
    const forgedList = ofList.replace(victim.projectId, attacker.projectId);
    const forged = Buffer.from(JSON.stringify([forgedList, position])).toString('base64url');
    const { status, text } = await adminTold(['GET', `/projects/attacker${list}?cursor=${forged}`]);
    assert.ok(status === 200 || status === 400, text);
    assert.ok(!text.includes(victim.projectId), text);
  }
});
