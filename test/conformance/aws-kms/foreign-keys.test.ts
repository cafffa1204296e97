// Keys that were made through another door and have what AWS has no word for: they are shown as the nearest thing, or not at all.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  ListAliasesCommand,
  ListResourceTagsCommand,
  paginateListKeys,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { type Caller, caller, done } from '../admin/client.ts';
import { type AwsSubject, faultOf, refusalOf, startAws } from './support.ts';

const ABSENT = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
const HOUR_MS = 3_600_000;
const Plaintext = Buffer.from('text');

let subject: AwsSubject;
let admin: Caller;
before(async () => {
  subject = await startAws();
  const { url, credentials } = subject.keyhold;
  admin = caller(url, credentials.admin.apiKey);
});
after(() => subject.stop());

const create = async (body: object) =>
  done(admin('POST', '/projects/default/keys', { location: subject.region, ...body }));

test('an opaque key does not exist for the callers of AWS', async () => {
  const { id: KeyId } = await create({ algorithm: 'opaque' });
  const client = subject.client();
  const listed: (string | undefined)[] = [];
  for await (const page of paginateListKeys({ client, pageSize: 1 }, {})) {
    listed.push(...(page.Keys ?? []).map(key => key.KeyId));
  }
  assert.ok(!listed.includes(KeyId));
  for (const attempt of [
    (KeyId: string) => client.send(new DescribeKeyCommand({ KeyId })),
    (KeyId: string) => client.send(new EncryptCommand({ KeyId, Plaintext })),
    (KeyId: string) => client.send(new DisableKeyCommand({ KeyId })),
    (KeyId: string) => client.send(new ScheduleKeyDeletionCommand({ KeyId })),
    (KeyId: string) => client.send(new CreateAliasCommand({ AliasName: 'alias/opaque', TargetKeyId: KeyId })),
    (KeyId: string) => client.send(new ListResourceTagsCommand({ KeyId })),
    (KeyId: string) => client.send(new ListAliasesCommand({ KeyId })),
  ]) {
    const [existing, absent] = [await refusalOf(attempt(KeyId)), await refusalOf(attempt(ABSENT))];
    assert.equal(existing[0], 'NotFoundException', String(attempt));
    assert.deepEqual(
      existing.map(text => text.replaceAll(KeyId, '<key>')),
      absent.map(text => text.replaceAll(ABSENT, '<key>')),
    );
  }
});

test('a key before its activation and after its end is Disabled', async () => {
  const now = subject.keyhold.clock.now();
  const { id: KeyId } = await create({ activateAt: now + HOUR_MS, deactivateAt: now + 2 * HOUR_MS });
  const state = async () =>
    (await subject.client().send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;
  const encrypt = () => subject.client().send(new EncryptCommand({ KeyId, Plaintext }));
  assert.equal(await state(), 'Disabled');
  assert.equal(await faultOf(encrypt()), 'DisabledException');
  subject.keyhold.clock.advance(HOUR_MS);
  assert.equal(await state(), 'Enabled');
  await encrypt();
  subject.keyhold.clock.advance(HOUR_MS);
  assert.equal(await state(), 'Disabled');
  assert.equal(await faultOf(encrypt()), 'DisabledException');
});

test('a cancelled deletion leaves the key disabled, whatever other protocols restore', async () => {
  const { id: KeyId } = await create({});
  const client = subject.client();
  await client.send(new ScheduleKeyDeletionCommand({ KeyId }));
  await client.send(new CancelKeyDeletionCommand({ KeyId }));
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(KeyMetadata?.KeyState, 'Disabled');
});

test('imported material shows as such', async () => {
  const material = Buffer.alloc(32, 1).toString('base64');
  const body = { algorithm: 'aes-256', material, location: subject.region };
  const { id: KeyId } = await done(admin('POST', '/projects/default/keys/import', body));
  const client = subject.client();
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(KeyMetadata?.Origin, 'EXTERNAL');
  await client.send(new EncryptCommand({ KeyId, Plaintext }));
});
