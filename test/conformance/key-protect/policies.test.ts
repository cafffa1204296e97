// The policies of an instance: they mean something for new keys, and those that restrict hold in every protocol.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { KMS } from '@aws-sdk/client-kms';
import type { Rule } from '../../../src/domain/rule.ts';
import {
  type Caller,
  collection,
  faultOf,
  type Json,
  type KeyProtectSubject,
  keyBody,
  startKeyProtect,
} from './support.ts';

let subject: KeyProtectSubject;
let caller: Caller;
before(async () => {
  subject = await startKeyProtect();
});
after(() => subject.stop());

let count = 0;
beforeEach(async () => {
  count += 1;
  const instanceId = await subject.addInstance(`instance-${count}`);
  caller = await subject.addCaller('manager', ['manager', 'user', 'exporter'], { instanceId });
});

const policyOf = (policy_type: string, enabled: boolean, attributes?: unknown) => ({
  policy_type,
  policy_data: { enabled, attributes },
});
const put = (...policies: readonly unknown[]) =>
  subject.send({
    method: 'PUT',
    path: '/instance/policies',
    body: collection('policy', ...policies),
    as: caller,
  });
const policies = async (): Promise<Json> =>
  (await subject.send({ path: '/instance/policies', as: caller })).json.resources;
const create = (members: Readonly<Record<string, unknown>> = {}) =>
  subject.send({ method: 'POST', path: '/keys', body: keyBody(members), as: caller });
const material = Buffer.alloc(32, 5).toString('base64');

async function rules(): Promise<readonly Rule[]> {
  const scope = { level: 'project', id: caller.instanceId } as const;
  return (await subject.keyhold.kms.store.rules.ofScope(scope, { limit: 100 })).items;
}

test('the client sets policies one by one and all together', async () => {
  const client = subject.client(caller);
  const common = { bluemixInstance: caller.instanceId };
  const setInstancePoliciesOneOf = collection('policy', policyOf('metrics', true)) as Json;
  const set = await client.putInstancePolicy({ ...common, setInstancePoliciesOneOf, policy: 'metrics' });
  assert.equal(set.status, 204);
  const both = [policyOf('dualAuthDelete', true), policyOf('rotation', true, { interval_month: 2 })];
  assert.equal((await put(...both)).status, 204);
  const listed = (await client.getInstancePolicy(common)).result as Json;
  assert.deepEqual(
    listed.resources.map(({ policy_type, policy_data }: Json) => [policy_type, policy_data]),
    [
      ['dualAuthDelete', { enabled: true }],
      ['metrics', { enabled: true }],
      ['rotation', { enabled: true, attributes: { interval_month: 2 } }],
    ],
  );
  const [{ createdBy, updatedBy, creationDate, lastUpdated }] = listed.resources;
  assert.deepEqual([createdBy, creationDate], [updatedBy, lastUpdated]);
  const one = await client.getInstancePolicy({ ...common, policy: 'metrics' });
  assert.equal((one.result as Json).metadata.collectionTotal, 1);
});

test('new keys get what the policies say, and those that are there do not', async () => {
  const before = (await create()).json.resources[0];
  await put(policyOf('dualAuthDelete', true), policyOf('rotation', true, { interval_month: 2 }));
  const made = (await create()).json.resources[0];
  assert.deepEqual(
    [made.dualAuthDelete.enabled, made.rotation],
    [true, { enabled: true, interval_month: 2 }],
  );
  assert.equal('rotation' in (await create({ payload: material })).json.resources[0], false);
  const standard = (await create({ extractable: true })).json.resources[0];
  assert.deepEqual([standard.dualAuthDelete.enabled, 'rotation' in standard], [true, false]);
  const old = (await subject.send({ path: `/keys/${before.id}`, as: caller })).json.resources[0];
  assert.deepEqual([old.dualAuthDelete.enabled, 'rotation' in old], [false, false]);
  await put(policyOf('dualAuthDelete', false), policyOf('rotation', false));
  assert.equal((await create()).json.resources[0].dualAuthDelete.enabled, false);
});

test('kinds of new keys are forbidden, in the words of each protocol', async () => {
  const access = (attributes: Readonly<Record<string, boolean>>) =>
    put(policyOf('keyCreateImportAccess', true, attributes));
  const refused = '409 KEY_CREATE_IMPORT_ACCESS_ERR';
  const kinds = {
    create_root_key: {},
    create_standard_key: { extractable: true },
    import_root_key: { payload: material },
    import_standard_key: { extractable: true, payload: material },
  };
  for (const [name, members] of Object.entries(kinds)) {
    assert.equal((await access({ [name]: false })).status, 204);
    for (const [other, others] of Object.entries(kinds)) {
      const answer = await create(others);
      assert.equal(
        answer.status === 201 ? '201' : faultOf(answer),
        other === name ? refused : '201',
        `${name} ${other}`,
      );
    }
    assert.equal(faultOf(await create(members)), refused);
  }
  await access({ enforce_token: true });
  assert.equal(faultOf(await create({ payload: material })), refused);
  const [shown] = await policies();
  assert.deepEqual(shown.policy_data.attributes, {
    create_root_key: true,
    create_standard_key: true,
    import_root_key: true,
    import_standard_key: true,
    enforce_token: true,
  });
  await put(policyOf('keyCreateImportAccess', false));
  assert.deepEqual((await policies())[0].policy_data, { enabled: false });
  assert.equal((await create({ payload: material })).status, 201);
  assert.deepEqual(await rules(), []);
});

test('an AWS client is refused the keys that the policy forbids', async () => {
  const { aws, keyProtect } = subject.keyhold.credentials;
  const home = await subject.addCaller('policy-maker', ['manager'], { instanceId: keyProtect.instanceId });
  caller = home;
  const client = new KMS({
    region: aws.region,
    endpoint: subject.keyhold.url,
    credentials: aws,
    maxAttempts: 1,
  });
  try {
    await put(policyOf('keyCreateImportAccess', true, { create_root_key: false }));
    await assert.rejects(client.createKey({}), { name: 'AccessDeniedException' });
    await put(policyOf('keyCreateImportAccess', false));
    assert.equal((await client.createKey({})).KeyMetadata?.Enabled, true);
  } finally {
    client.destroy();
  }
});

test('addresses outside of the allow-list are told what strangers are told', async () => {
  const { id } = (await create()).json.resources[0];
  const networks = Array.from({ length: 1_000 }, (_, at) => `203.0.${at >> 8}.${at & 255}/32`);
  assert.equal(
    faultOf(await put(policyOf('allowedIP', true, { allowed_ip: [...networks, '192.0.2.1'] }))),
    '400 INVALID_FIELD_ERR',
  );
  assert.equal(
    (await put(policyOf('allowedIP', true, { allowed_ip: [...networks.slice(1), '127.0.0.0/8', '::1'] })))
      .status,
    400,
  );
  assert.equal(
    (await put(policyOf('allowedIP', true, { allowed_ip: [...networks.slice(2), '127.0.0.0/8', '::1'] })))
      .status,
    204,
  );
  const [shown] = await policies();
  assert.equal(shown.policy_data.attributes.allowed_ip.length, 1_000);
  assert.ok(shown.policy_data.attributes.allowed_ip.includes('127.0.0.0/8'));
  assert.equal((await subject.send({ path: `/keys/${id}`, as: caller })).status, 200);
  // An older name of the same policy.
  assert.equal((await put(policyOf('ipWhitelist', true, { allowed_ip: ['203.0.113.0/24'] }))).status, 204);
  assert.equal(faultOf(await subject.send({ path: `/keys/${id}`, as: caller })), '401 UNAUTHORIZED_ERR');
  assert.equal(faultOf(await put(policyOf('allowedIP', false))), '401 UNAUTHORIZED_ERR');
  const [rule] = await rules();
  assert.deepEqual([rule?.owner, rule?.effect], ['key-protect', 'deny']);
});

test('a private network is one that no public one routes to', async () => {
  assert.equal(
    (await put(policyOf('allowedNetwork', true, { allowed_network: 'private-only' }))).status,
    204,
  );
  assert.equal((await create()).status, 201);
  const [rule] = await rules();
  assert.ok(rule?.conditions[0]?.values.includes('10.0.0.0/8'));
  const off = policyOf('allowedNetwork', false, { allowed_network: 'public-and-private' });
  assert.equal((await put(off)).status, 204);
  assert.deepEqual(await rules(), []);
});

test('policies that are none are refused, and nothing of their request happens', async () => {
  const wrong: readonly (readonly [string, readonly unknown[]])[] = [
    ['400 INVALID_FIELD_ERR', [policyOf('nothing', true)]],
    ['400 INVALID_FIELD_ERR', [policyOf('metrics', true, {})]],
    ['400 INVALID_FIELD_ERR', [policyOf('rotation', true)]],
    ['400 INVALID_FIELD_ERR', [policyOf('rotation', true, { interval_month: 13 })]],
    ['400 INVALID_FIELD_ERR', [policyOf('rotation', false, { interval_month: 3 })]],
    ['400 INVALID_FIELD_ERR', [policyOf('allowedIP', true, { allowed_ip: ['nowhere'] })]],
    ['400 INVALID_FIELD_ERR', [policyOf('allowedIP', true, { allowed_ip: [] })]],
    ['400 INVALID_FIELD_ERR', [policyOf('allowedNetwork', true, { allowed_network: 'mine' })]],
    ['400 INVALID_FIELD_ERR', [policyOf('metrics', true), policyOf('metrics', false)]],
    ['400 INVALID_FIELD_ERR', [{ policy_type: 'metrics' }]],
    ['400 BAD_BODY_ERR', [policyOf('keyCreateImportAccess', true, { create_root_keys: false })]],
    ['400 BAD_BODY_ERR', [{ ...policyOf('metrics', true), extra: 1 }]],
    ['400 NUM_COLLECTION_RESOURCE_ERR', []],
  ];
  for (const [fault, bodies] of wrong) {
    assert.equal(faultOf(await put(...bodies)), fault, JSON.stringify(bodies));
  }
  const mismatch = await subject.send({
    method: 'PUT',
    path: '/instance/policies?policy=rotation',
    body: collection('policy', policyOf('metrics', true)),
    as: caller,
  });
  assert.equal(faultOf(mismatch), '400 BODY_QUERY_PARAM_MISMATCH_ERR');
  assert.deepEqual(await policies(), []);
});
