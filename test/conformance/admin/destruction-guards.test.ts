// What guards the destruction of a key: dual control and registered resources. No door of any protocol leads around them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DescribeKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { type Caller, caller, done, refused } from './client.ts';

const P = '/projects/default';
const DAY_MS = 86_400_000;

let keyhold: TestKeyhold;
let admin: Caller;
let ann: Caller;
let bob: Caller;

async function manager(name: string): Promise<Caller> {
  await done(admin('POST', `${P}/principals`, { name }));
  for (const role of ['manager', 'purger'])
    await done(admin('POST', `${P}/bindings`, { principal: name, role }));
  const { secret } = await done(admin('POST', `${P}/principals/${name}/credentials`, {}));
  return caller(keyhold.url, secret);
}

before(async () => {
  keyhold = await startKeyhold();
  admin = caller(keyhold.url, keyhold.credentials.admin.apiKey);
  ann = await manager('ann');
  bob = await manager('bob');
});
after(() => keyhold.stop());

const controlledKey = async (): Promise<string> =>
  (await done(admin('POST', `${P}/keys`, { dualControl: true }))).id;
const step = (call: Caller, key: string, act: string, body?: unknown) =>
  call('POST', `${P}/keys/${key}/${act}`, body);
const destroy = (call: Caller, key: string) => step(call, key, 'schedule-destruction', { delayMs: DAY_MS });
const approve = (call: Caller, key: string, body?: unknown) =>
  done(step(call, key, 'approve-destruction', body));

test('nobody destroys alone, now or later, and two do', async () => {
  const key = await controlledKey();
  assert.equal(await refused(destroy(ann, key)), 'approvalRequired');
  assert.equal(await refused(step(ann, key, 'purge')), 'approvalRequired');
  const { dualControl } = await approve(ann, key);
  assert.equal(dualControl.approval.expiresAt, dualControl.approval.at + 7 * DAY_MS);
  assert.equal(await refused(destroy(ann, key)), 'approvalRequired');
  assert.equal(await refused(step(ann, key, 'purge')), 'approvalRequired');
  await done(destroy(bob, key));
  keyhold.clock.advance(2 * DAY_MS);
  const { destroyed } = await keyhold.runDueWork();
  assert.equal(destroyed, 1);
});

test('an approval is over in time, can be taken back, and counts once', async () => {
  const key = await controlledKey();
  await approve(ann, key, { validMs: DAY_MS });
  keyhold.clock.advance(DAY_MS);
  assert.equal(await refused(destroy(bob, key)), 'approvalRequired');
  await approve(ann, key);
  await done(step(bob, key, 'withdraw-approval'));
  assert.equal(await refused(destroy(bob, key)), 'approvalRequired');
  await approve(ann, key);
  await done(destroy(bob, key));
  await done(step(bob, key, 'cancel-destruction', {}));
  assert.equal(await refused(destroy(bob, key)), 'approvalRequired');
});

test('dual control begins when it is asked for, and never ends', async () => {
  const key = (await done(admin('POST', `${P}/keys`, {}))).id;
  assert.equal(await refused(step(ann, key, 'approve-destruction')), 'conflict');
  await done(step(ann, key, 'dual-control'));
  await approve(ann, key);
  // Asked for again, it changes nothing: the approval stays.
  assert.ok((await done(step(ann, key, 'dual-control'))).dualControl.approval);
  await done(step(bob, key, 'purge'));
});

test('what two have agreed on is carried out earlier by one of them', async () => {
  const key = await controlledKey();
  await approve(ann, key);
  await done(destroy(bob, key));
  await done(step(ann, key, 'purge'));
});

test('an AWS client is told why it may not destroy alone', async () => {
  const { region, accessKeyId, secretAccessKey } = keyhold.credentials.aws;
  const client = new KMSClient({
    // The tests before have moved the clock.
    systemClockOffset: keyhold.clock.now() - Date.now(),
    region,
    endpoint: keyhold.url,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  const KeyId = (await done(admin('POST', `${P}/keys`, { dualControl: true, location: region }))).id;
  await assert.rejects(client.send(new ScheduleKeyDeletionCommand({ KeyId })), {
    name: 'KMSInvalidStateException',
    message: /dual control/,
  });
  await done(
    admin('POST', `${P}/keys/${KeyId}/registrations`, { resource: 'disk', preventsDestruction: true }),
  );
  await approve(ann, KeyId);
  await assert.rejects(client.send(new ScheduleKeyDeletionCommand({ KeyId })), {
    name: 'KMSInvalidStateException',
    message: /in use/,
  });
  await done(admin('DELETE', `${P}/keys/${KeyId}/registrations/disk`));
  await client.send(new ScheduleKeyDeletionCommand({ KeyId }));
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(KeyMetadata?.KeyState, 'PendingDeletion');
  client.destroy();
});

test('a resource that depends on a key is listed, and keeps it from destruction if it says so', async () => {
  const key = await done(admin('POST', `${P}/keys`, {}));
  const path = `${P}/keys/${key.id}/registrations`;
  const made = await done(admin('POST', path, { resource: 'crn:disk/1', preventsDestruction: true }));
  assert.deepEqual([made.keyVersion, made.revision, made.createdBy], [1, 1, made.updatedBy]);
  assert.equal(await refused(admin('POST', path, { resource: 'crn:disk/1' })), 'alreadyExists');
  assert.equal(await refused(admin('POST', path, { resource: 'x', keyVersion: 2 })), 'invalidInput');
  await done(admin('POST', path, { resource: 'crn:disk/2' }));

  const destroy = () => admin('POST', `${P}/keys/${key.id}/schedule-destruction`, { delayMs: 0 });
  const purge = () => admin('POST', `${P}/keys/${key.id}/purge`);
  assert.equal(await refused(destroy()), 'inUse');
  assert.equal(await refused(purge()), 'inUse');

  const one = `${path}/${encodeURIComponent('crn:disk/1')}`;
  const change = { preventsDestruction: false, revision: 1 };
  assert.equal((await done(admin('PATCH', one, change))).revision, 2);
  assert.equal(await refused(admin('PATCH', one, change)), 'conflict');
  const replaced = await done(admin('PUT', one, { description: 'new' }));
  assert.deepEqual([replaced.description, replaced.preventsDestruction], ['new', false]);
  assert.equal((await done(admin('GET', one))).description, 'new');

  const listed = async (query: string) =>
    (await done(admin('GET', `${P}/registrations?${query}`))).items.map(
      (row: { resource: string }) => row.resource,
    );
  assert.deepEqual(await listed('resource=crn:*'), ['crn:disk/1', 'crn:disk/2']);
  assert.deepEqual(await listed('resource=*2'), ['crn:disk/2']);
  assert.deepEqual(await listed('resource=disk'), []);
  assert.deepEqual(await listed('preventsDestruction=true'), []);
  const first = await done(admin('GET', `${path}?limit=1`));
  const second = await done(admin('GET', `${path}?limit=1&cursor=${first.next}`));
  assert.deepEqual([first.items[0].resource, second.items[0].resource], ['crn:disk/1', 'crn:disk/2']);

  await done(admin('DELETE', one));
  assert.equal(await refused(admin('DELETE', one)), 'notFound');
  await done(destroy());
  assert.equal(await refused(admin('POST', path, { resource: 'late' })), 'keyPendingDestruction');
  await done(purge());
  assert.deepEqual((await done(admin('GET', path))).items, []);
});
