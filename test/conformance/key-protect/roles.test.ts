// Roles by actions, every cell, with the roles on the instance, on the key ring and on the single key. A denial is a 401, and objects of
// other instances cannot be told from what is not there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ScopeSelector } from '../../../src/core/operations/access/scopes.ts';
import type { Role } from '../../../src/domain/permission.ts';
import { selfSigned } from '../../support/certificates.ts';
import {
  type Caller,
  collection,
  type Exchange,
  faultOf,
  type HandMade,
  type KeyProtectSubject,
  keyBody,
  startKeyProtect,
} from './support.ts';

const ROLES = {
  Reader: ['user'],
  ReaderPlus: ['user', 'exporter'],
  Writer: ['user', 'exporter', 'provisioner'],
  Manager: ['user', 'exporter', 'manager', 'registrar'],
  KeyPurge: ['purger'],
  KmipAdapterManager: ['registrar'],
} as const satisfies Record<string, readonly Role[]>;

type RoleName = keyof typeof ROLES;
const NAMES = Object.keys(ROLES) as readonly RoleName[];

const EVERY = NAMES;
const USING: readonly RoleName[] = ['Reader', 'ReaderPlus', 'Writer', 'Manager'];
const READING: readonly RoleName[] = ['ReaderPlus', 'Writer', 'Manager'];
const MAKING: readonly RoleName[] = ['Writer', 'Manager'];
const MANAGING: readonly RoleName[] = ['Manager'];
const ADAPTING: readonly RoleName[] = ['Manager', 'KmipAdapterManager'];

/** What an action is done to. Fresh for each cell of a change. */
interface Stage {
  readonly root: string;
  readonly standard: string;
  readonly ciphertext: string;
}

interface Action {
  readonly allowed: readonly RoleName[];
  /** On what a role must be bound for it: `key` is the least, and what is of the instance takes a role on the instance. */
  readonly least: 'key' | 'keyRing' | 'instance';
  request(stage: Stage, unique: string): Omit<HandMade, 'as'>;
}

const RING = 'ring-of-roles';
const policy = (members: object) =>
  collection('policy', { type: 'application/vnd.ibm.kms.policy+json', ...members });
const post = (path: string, body?: unknown) => ({ method: 'POST', path, body });
const act =
  (action: string) =>
  ({ root }: Stage) =>
    post(`/keys/${root}/actions/${action}`);

const ACTIONS: Readonly<Record<string, Action>> = {
  'list keys': { allowed: EVERY, least: 'key', request: () => ({ path: '/keys' }) },
  'count keys': { allowed: EVERY, least: 'key', request: () => ({ method: 'HEAD', path: '/keys' }) },
  metadata: { allowed: EVERY, least: 'key', request: ({ root }) => ({ path: `/keys/${root}/metadata` }) },
  versions: { allowed: EVERY, least: 'key', request: ({ root }) => ({ path: `/keys/${root}/versions` }) },
  'list key rings': { allowed: EVERY, least: 'instance', request: () => ({ path: '/key_rings' }) },
  'list registrations of a key': {
    allowed: EVERY,
    least: 'key',
    request: ({ root }) => ({ path: `/keys/${root}/registrations` }),
  },
  'list registrations': {
    allowed: EVERY,
    least: 'instance',
    request: () => ({ path: '/keys/registrations' }),
  },
  wrap: { allowed: USING, least: 'key', request: act('wrap') },
  unwrap: {
    allowed: USING,
    least: 'key',
    request: ({ root, ciphertext }) => post(`/keys/${root}/actions/unwrap`, { ciphertext }),
  },
  rewrap: {
    allowed: USING,
    least: 'key',
    request: ({ root, ciphertext }) => post(`/keys/${root}/actions/rewrap`, { ciphertext }),
  },
  'read payload': {
    allowed: READING,
    least: 'key',
    request: ({ standard }) => ({ path: `/keys/${standard}` }),
  },
  create: {
    allowed: MAKING,
    least: 'keyRing',
    request: () => ({ ...post('/keys', keyBody()), headers: { 'x-kms-key-ring': RING } }),
  },
  import: {
    allowed: MAKING,
    least: 'keyRing',
    request: () => ({
      ...post('/keys', keyBody({ payload: Buffer.alloc(32, 1).toString('base64') })),
      headers: { 'x-kms-key-ring': RING },
    }),
  },
  rotate: { allowed: MAKING, least: 'key', request: act('rotate') },
  sync: { allowed: MAKING, least: 'key', request: act('sync') },
  setKeyForDeletion: { allowed: MAKING, least: 'key', request: act('setKeyForDeletion') },
  unsetKeyForDeletion: { allowed: MAKING, least: 'key', request: act('unsetKeyForDeletion') },
  'create alias': {
    allowed: MAKING,
    least: 'key',
    request: ({ root }, unique) => post(`/keys/${root}/aliases/alias-${unique}`),
  },
  'create key ring': {
    allowed: MAKING,
    least: 'instance',
    request: (_stage, unique) => post(`/key_rings/ring-${unique}`),
  },
  delete: {
    allowed: MANAGING,
    least: 'key',
    request: ({ root }) => ({ method: 'DELETE', path: `/keys/${root}` }),
  },
  disable: { allowed: MANAGING, least: 'key', request: act('disable') },
  enable: { allowed: MANAGING, least: 'key', request: act('enable') },
  restore: { allowed: MANAGING, least: 'key', request: ({ root }) => post(`/keys/${root}/restore`) },
  purge: {
    allowed: ['KeyPurge'],
    least: 'key',
    request: ({ root }) => ({ method: 'DELETE', path: `/keys/${root}/purge` }),
  },
  'move to another key ring': {
    allowed: MANAGING,
    least: 'instance',
    request: ({ root }) => ({ method: 'PATCH', path: `/keys/${root}`, body: { keyRingID: 'default' } }),
  },
  'read key policies': {
    allowed: MANAGING,
    least: 'key',
    request: ({ root }) => ({ path: `/keys/${root}/policies` }),
  },
  'set key policies': {
    allowed: MANAGING,
    least: 'key',
    request: ({ root }) => ({
      method: 'PUT',
      path: `/keys/${root}/policies`,
      body: policy({ rotation: { interval_month: 3 } }),
    }),
  },
  'delete key ring': {
    allowed: MANAGING,
    least: 'keyRing',
    request: () => ({ method: 'DELETE', path: `/key_rings/${RING}` }),
  },
  'read instance policies': {
    allowed: MANAGING,
    least: 'instance',
    request: () => ({ path: '/instance/policies' }),
  },
  'set instance policies': {
    allowed: MANAGING,
    least: 'instance',
    request: () => ({
      method: 'PUT',
      path: '/instance/policies',
      body: collection('policy', { policy_type: 'metrics', policy_data: { enabled: false } }),
    }),
  },
  'list adapters': { allowed: ADAPTING, least: 'instance', request: () => ({ path: '/kmip_adapters' }) },
  'create adapter': {
    allowed: ADAPTING,
    least: 'instance',
    request: ({ root }) =>
      post(
        '/kmip_adapters',
        collection('kmip_adapter', { profile: 'native_1.0', profile_data: { crk_id: root } }),
      ),
  },
  'add certificate': {
    allowed: ADAPTING,
    least: 'instance',
    request: () =>
      post(
        '/kmip_adapters/standing/certificates',
        collection('kmip_client_certificate', { certificate: selfSigned() }),
      ),
  },
};

/** Places from the widest to the narrowest. */
const SCOPES = ['instance', 'keyRing', 'key'] as const;

let subject: KeyProtectSubject;
let administrator: Caller;
let stage: Stage;
before(async () => {
  subject = await startKeyProtect();
  administrator = await subject.addCaller('everything', ['manager', 'user', 'exporter', 'registrar']);
  await send(post(`/key_rings/${RING}`));
  stage = await newStage();
  const standing = { name: 'standing', profile: 'native_1.0', profile_data: { crk_id: stage.root } };
  assert.equal((await send(post('/kmip_adapters', collection('kmip_adapter', standing)))).status, 201);
});
after(() => subject.stop());

const send = (request: HandMade): Promise<Exchange> => subject.send({ as: administrator, ...request });

async function newStage(): Promise<Stage> {
  const headers = { 'x-kms-key-ring': RING };
  const make = async (members: object): Promise<string> =>
    (await send({ ...post('/keys', keyBody({ ...members })), headers })).json.resources[0].id;
  const root = await make({});
  const wrapped = await send(post(`/keys/${root}/actions/wrap`));
  return { root, standard: await make({ extractable: true }), ciphertext: wrapped.json.ciphertext };
}

/** Denied, or not: what is allowed may fail for another reason, such as the state of the key. */
const isDenied = (answer: Exchange): boolean => answer.status === 401;

const selector = (scope: (typeof SCOPES)[number], id: string): ScopeSelector => {
  if (scope === 'instance') return { on: 'realm' };
  return scope === 'keyRing' ? { on: 'keyRing', keyRing: RING } : { on: 'key', key: { by: 'id', id } };
};

for (const scope of SCOPES) {
  test(`roles on the ${scope}: every role, every action`, async () => {
    const wrong: string[] = [];
    let cells = 0;
    for (const [at, name] of NAMES.entries()) {
      const own = await newStage();
      const caller = await subject.addCaller(`${scope}-${name}`, [], {});
      for (const role of ROLES[name]) {
        await subject.bind(caller, role, selector(scope, own.root));
        if (scope === 'key') await subject.bind(caller, role, selector(scope, own.standard));
      }
      for (const [action, { allowed, least, request }] of Object.entries(ACTIONS)) {
        const answer = await subject.send({ ...request(own, `${scope}-${at}`), as: caller });
        const reaches = SCOPES.indexOf(scope) <= SCOPES.indexOf(least);
        const expected = allowed.includes(name) && reaches;
        cells += 1;
        if (isDenied(answer) === expected) wrong.push(`${name} ${action}: ${faultOf(answer)}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.equal(cells, NAMES.length * Object.keys(ACTIONS).length);
  });
}

test('keys of other instances cannot be told from keys that are not there', async () => {
  const instanceId = await subject.addInstance('another');
  const stranger = await subject.addCaller('stranger', ['manager', 'user', 'exporter'], { instanceId });
  const nothing = '99999999-9999-4999-8999-999999999999';
  for (const [name, { request }] of Object.entries(ACTIONS)) {
    // In his own instance: by the id of a key of ours, and by one that nobody has.
    const [ours, nobodys] = [stage.root, nothing].map(id =>
      request({ ...stage, root: id, standard: id }, 'x'),
    );
    if (ours?.path === nobodys?.path) continue;
    const seen = await Promise.all(
      [ours, nobodys].map(one => subject.send({ path: '', ...one, as: stranger })),
    );
    const [left, right] = seen.map(({ status, text }) => [status, text]);
    assert.deepEqual(left, right, name);
  }
  // In ours: as if there were no such instance.
  for (const instance of [administrator.instanceId, nothing]) {
    const answers = await Promise.all(
      ['/keys', `/keys/${stage.root}`, `/keys/${nothing}`, '/key_rings'].map(path =>
        subject.send({ path, as: stranger, instanceId: instance }),
      ),
    );
    assert.deepEqual(answers.map(faultOf), Array(4).fill('401 UNAUTHORIZED_ERR'));
  }
});
