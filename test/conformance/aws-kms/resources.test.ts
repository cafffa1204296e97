// Keys, aliases, tags and rotation with the JavaScript SDK and its paginators.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyLastUsageCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  paginateListAliases,
  paginateListKeyRotations,
  paginateListKeys,
  paginateListResourceTags,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { type AwsSubject, faultOf, refusalOf, startAws } from './support.ts';

const DAY_MS = 86_400_000;

let subject: AwsSubject;
let client: KMSClient;
before(async () => {
  subject = await startAws();
  client = subject.client();
});
after(() => subject.stop());

function advance(ms: number): void {
  subject.keyhold.clock.advance(ms);
  client = subject.client();
}

async function createKey(input: CreateKeyCommandInput = {}) {
  const { KeyMetadata } = await client.send(new CreateKeyCommand(input));
  return { KeyId: String(KeyMetadata?.KeyId), Arn: String(KeyMetadata?.Arn) };
}

test('the metadata of a key has every member that AWS answers with, and no other', async () => {
  const before = subject.keyhold.clock.now();
  const made = await client.send(
    new CreateKeyCommand({
      Description: 'payroll',
      KeyUsage: 'ENCRYPT_DECRYPT',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      Origin: 'AWS_KMS',
      MultiRegion: false,
    }),
  );
  const { KeyId, Arn, CreationDate, CurrentKeyMaterialId, ...rest } = made.KeyMetadata ?? {};
  assert.match(KeyId ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(Arn, `arn:aws:kms:${subject.region}:${subject.account.accountId}:key/${KeyId}`);
  assert.match(CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/);
  assert.ok((CreationDate?.getTime() ?? 0) >= before);
  assert.deepEqual(rest, {
    AWSAccountId: subject.account.accountId,
    Enabled: true,
    Description: 'payroll',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  });
  const described = await client.send(new DescribeKeyCommand({ KeyId: Arn }));
  assert.deepEqual(described.KeyMetadata, made.KeyMetadata);
});

test('a description may be changed and emptied', async () => {
  const { KeyId } = await createKey();
  for (const Description of ['nöw', '']) {
    await client.send(new UpdateKeyDescriptionCommand({ KeyId, Description }));
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    assert.equal(KeyMetadata?.Description, Description);
  }
});

test('aliases are created, moved, listed by key and deleted', async () => {
  const first = await createKey();
  const second = await createKey();
  const AliasName = 'alias/moving';
  await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: first.KeyId }));
  const AliasArn = first.Arn.replace(/key\/.*/, AliasName);
  assert.deepEqual(
    await refusalOf(client.send(new CreateAliasCommand({ AliasName, TargetKeyId: second.KeyId }))),
    ['AlreadyExistsException', `An alias with the name ${AliasArn} already exists`],
  );
  await client.send(new UpdateAliasCommand({ AliasName, TargetKeyId: second.Arn }));
  const described = await client.send(new DescribeKeyCommand({ KeyId: AliasArn }));
  assert.equal(described.KeyMetadata?.KeyId, second.KeyId);
  const ofSecond = await client.send(new ListAliasesCommand({ KeyId: second.KeyId }));
  assert.equal(ofSecond.Aliases?.length, 1);
  const { CreationDate, LastUpdatedDate, ...alias } = ofSecond.Aliases?.[0] ?? {};
  assert.deepEqual(alias, { AliasName, AliasArn, TargetKeyId: second.KeyId });
  assert.ok(CreationDate !== undefined && LastUpdatedDate !== undefined && CreationDate <= LastUpdatedDate);
  const ofFirst = await client.send(new ListAliasesCommand({ KeyId: first.KeyId }));
  assert.deepEqual(ofFirst.Aliases, []);
  await client.send(new DeleteAliasCommand({ AliasName }));
  for (const command of [
    new DeleteAliasCommand({ AliasName }),
    new UpdateAliasCommand({ AliasName, TargetKeyId: first.KeyId }),
    new DescribeKeyCommand({ KeyId: AliasName }),
  ]) {
    assert.deepEqual(await refusalOf(client.send(command as DescribeKeyCommand)), [
      'NotFoundException',
      `Alias ${AliasArn} is not found.`,
    ]);
  }
});

test('an alias names keys of its own account, is no alias of aliases, and does not take reserved names', async () => {
  const { KeyId, Arn } = await createKey();
  const create = (AliasName: string, TargetKeyId: string) =>
    refusalOf(client.send(new CreateAliasCommand({ AliasName, TargetKeyId })));
  assert.deepEqual(await create('alias/aws/mine', KeyId), ['NotAuthorizedException', '']);
  assert.equal((await create('alias/', KeyId))[0], 'InvalidAliasNameException');
  assert.deepEqual(await create('alias/a', 'alias/b'), [
    'ValidationException',
    'Aliases must refer to keys. Not aliases',
  ]);
  assert.deepEqual(await create('alias/a', '00000000-0000-4000-8000-000000000000'), [
    'NotFoundException',
    `Key '${Arn.replace(KeyId, '00000000-0000-4000-8000-000000000000')}' does not exist`,
  ]);
  const foreign = await subject.addAccount('aliases', ['manager', 'user']);
  const stranger = subject.client(foreign);
  const command = new CreateAliasCommand({ AliasName: 'alias/theirs', TargetKeyId: Arn });
  assert.equal(await faultOf(stranger.send(command)), 'AccessDeniedException');
  const same = await stranger.send(new CreateKeyCommand({}));
  const twin = new CreateAliasCommand({ AliasName: 'alias/twin', TargetKeyId: same.KeyMetadata?.KeyId });
  await stranger.send(twin);
  assert.deepEqual(await create('alias/twin', KeyId), ['no refusal', '']);
});

test('a key has at most fifty aliases, and paging lists each of them once', async () => {
  const { KeyId } = await createKey();
  const names = Array.from({ length: 50 }, (_, index) => `alias/many/${index}`);
  for (const AliasName of names) {
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
  }
  const one = new CreateAliasCommand({ AliasName: 'alias/many/more', TargetKeyId: KeyId });
  assert.equal(await faultOf(client.send(one)), 'LimitExceededException');
  const listed: string[] = [];
  for await (const { Aliases = [] } of paginateListAliases({ client, pageSize: 7 }, { KeyId })) {
    assert.ok(Aliases.length <= 7);
    listed.push(...Aliases.map(alias => String(alias.AliasName)));
  }
  assert.deepEqual(listed.sort(), names.sort());
  const whole = await client.send(new ListAliasesCommand({ KeyId }));
  assert.equal(whole.Aliases?.length, 50);
  assert.equal(whole.Truncated, false);
});

test('paging through the keys finds each of them once, whatever is made meanwhile', async () => {
  const made = new Set<string>();
  for (let count = 0; count < 12; count += 1) made.add((await createKey()).KeyId);
  const seen: string[] = [];
  for await (const page of paginateListKeys({ client, pageSize: 5 }, {})) {
    for (const key of page.Keys ?? []) {
      assert.equal(key.KeyArn?.endsWith(`key/${key.KeyId}`), true);
      seen.push(String(key.KeyId));
    }
    await createKey();
  }
  assert.equal(new Set(seen).size, seen.length);
  for (const id of made) assert.ok(seen.includes(id));
});

test('a marker of another operation, or of nobody, is invalid', async () => {
  const { KeyId } = await createKey();
  await createKey();
  const page = await client.send(new ListKeysCommand({ Limit: 1 }));
  assert.equal(page.Truncated, true);
  for (const command of [
    new ListKeysCommand({ Marker: 'bogus' }),
    new ListKeysCommand({ Marker: '////' }),
    new ListAliasesCommand({ Marker: page.NextMarker }),
    new ListKeyRotationsCommand({ KeyId, Marker: page.NextMarker }),
    new ListResourceTagsCommand({ KeyId, Marker: page.NextMarker }),
  ]) {
    assert.equal(await faultOf(client.send(command as ListKeysCommand)), 'InvalidMarkerException');
  }
});

test('tags are set, overwritten, paged and removed', async () => {
  const tag = (TagKey: string, TagValue: string) => ({ TagKey, TagValue });
  const { KeyId } = await createKey({ Tags: [tag('team', 'blue'), tag('cost', '')] });
  await client.send(new TagResourceCommand({ KeyId, Tags: [tag('team', 'red'), tag('env', 'test')] }));
  const { Tags, Truncated } = await client.send(new ListResourceTagsCommand({ KeyId }));
  assert.deepEqual(Tags, [tag('cost', ''), tag('env', 'test'), tag('team', 'red')]);
  assert.equal(Truncated, false);
  await client.send(new UntagResourceCommand({ KeyId, TagKeys: ['cost', 'absent'] }));
  const many = Array.from({ length: 48 }, (_, index) => tag(`k${index}`, `v${index}`));
  await client.send(new TagResourceCommand({ KeyId, Tags: many }));
  const listed: string[] = [];
  for await (const page of paginateListResourceTags({ client, pageSize: 9 }, { KeyId })) {
    listed.push(...(page.Tags ?? []).map(({ TagKey }) => String(TagKey)));
  }
  assert.equal(listed.length, 50);
  assert.equal(new Set(listed).size, 50);
  const over = client.send(new TagResourceCommand({ KeyId, Tags: [tag('over', '')] }));
  assert.deepEqual(await refusalOf(over), ['TagException', 'Too many tags']);
});

test('duplicate, reserved and too many tags are refused alike on creation and later', async () => {
  const { KeyId } = await createKey();
  const tag = (TagKey: string) => ({ TagKey, TagValue: 'v' });
  for (const [Tags, message] of [
    [[tag('a'), tag('a')], 'Duplicate tag keys'],
    [[tag('aws:x')], 'Tags beginning with aws: are reserved'],
    [[tag('AWS:x')], 'Tags beginning with aws: are reserved'],
    [Array.from({ length: 51 }, (_, index) => tag(`t${index}`)), 'Too many tags'],
  ] as const) {
    const expected = ['TagException', message];
    const tags = [...Tags];
    assert.deepEqual(await refusalOf(client.send(new TagResourceCommand({ KeyId, Tags: tags }))), expected);
    assert.deepEqual(await refusalOf(client.send(new CreateKeyCommand({ Tags: tags }))), expected);
  }
});

test('rotation on a schedule makes new material when its day comes, and the old one still decrypts', async () => {
  const { KeyId, Arn } = await createKey();
  const off = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
  assert.equal(off.KeyRotationEnabled, false);
  assert.equal(off.NextRotationDate, undefined);
  await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  const on = await client.send(new GetKeyRotationStatusCommand({ KeyId: Arn }));
  assert.equal(on.KeyRotationEnabled, true);
  assert.equal(on.KeyId, KeyId);
  assert.equal(on.RotationPeriodInDays, 90);
  const dueInMs = (on.NextRotationDate?.getTime() ?? 0) - subject.keyhold.clock.now();
  assert.ok(dueInMs > 89 * DAY_MS && dueInMs <= 90 * DAY_MS);
  const before = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('old') }));
  const described = await client.send(new DescribeKeyCommand({ KeyId }));

  advance(90 * DAY_MS + 1000);
  assert.equal((await subject.keyhold.runDueWork()).rotated, 1);
  const rotated = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(rotated.KeyMetadata?.Arn, Arn);
  assert.notEqual(rotated.KeyMetadata?.CurrentKeyMaterialId, described.KeyMetadata?.CurrentKeyMaterialId);
  const opened = await client.send(new DecryptCommand({ CiphertextBlob: before.CiphertextBlob, KeyId }));
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'old');
  assert.equal(opened.KeyMaterialId, described.KeyMetadata?.CurrentKeyMaterialId);
  const fresh = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
  assert.equal(fresh.KeyMaterialId, rotated.KeyMetadata?.CurrentKeyMaterialId);

  const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId }));
  assert.equal(Rotations?.length, 1);
  assert.equal(Rotations?.[0]?.RotationType, 'AUTOMATIC');
  assert.equal(Rotations?.[0]?.KeyId, KeyId);
  assert.equal(Rotations?.[0]?.KeyMaterialState, 'CURRENT');
  assert.ok(Rotations?.[0]?.RotationDate instanceof Date);
  await client.send(new DisableKeyRotationCommand({ KeyId }));
  advance(200 * DAY_MS);
  assert.equal((await subject.keyhold.runDueWork()).rotated, 0);
});

test('a disabled key waits with its rotation and is rotated once it is enabled again', async () => {
  const { KeyId } = await createKey();
  await client.send(new EnableKeyRotationCommand({ KeyId }));
  await client.send(new DisableKeyCommand({ KeyId }));
  advance(366 * DAY_MS);
  assert.equal((await subject.keyhold.runDueWork()).rotated, 0);
  const waiting = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
  assert.equal(waiting.KeyRotationEnabled, true);
  await client.send(new EnableKeyCommand({ KeyId }));
  assert.equal((await subject.keyhold.runDueWork()).rotated, 1);
  await client.send(new ScheduleKeyDeletionCommand({ KeyId }));
  const pending = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
  assert.equal(pending.KeyRotationEnabled, false);
});

test('a key is rotated on demand twenty-five times, and its history is paged', async () => {
  const { KeyId, Arn } = await createKey();
  const sealed = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('first') }));
  for (let count = 0; count < 25; count += 1) {
    const rotated = await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    assert.equal(rotated.KeyId, Arn);
  }
  assert.deepEqual(await refusalOf(client.send(new RotateKeyOnDemandCommand({ KeyId }))), [
    'LimitExceededException',
    `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${Arn}`,
  ]);
  const history = [];
  for await (const page of paginateListKeyRotations({ client, pageSize: 10 }, { KeyId })) {
    assert.ok((page.Rotations?.length ?? 0) <= 10);
    history.push(...(page.Rotations ?? []));
  }
  assert.equal(history.length, 25);
  assert.ok(history.every(rotation => rotation.RotationType === 'ON_DEMAND'));
  const everything = await client.send(
    new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
  );
  assert.equal(everything.Rotations?.length, 26);
  assert.equal(everything.Rotations?.[0]?.RotationDate, undefined);
  assert.equal(new Set(everything.Rotations?.map(rotation => rotation.KeyMaterialId)).size, 26);
  assert.equal(everything.Rotations?.filter(item => item.KeyMaterialState === 'CURRENT').length, 1);
  const opened = await client.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'first');
});

test('the last use of a key is the last one that succeeded', async () => {
  const { KeyId } = await createKey();
  const unused = await client.send(new GetKeyLastUsageCommand({ KeyId }));
  assert.equal(unused.KeyLastUsage, undefined);
  assert.deepEqual(unused.TrackingStartDate, unused.KeyCreationDate);
  const used = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
  await faultOf(client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), DryRun: true })));
  const { KeyLastUsage } = await client.send(new GetKeyLastUsageCommand({ KeyId }));
  assert.equal(KeyLastUsage?.Operation, 'GenerateDataKey');
  assert.equal(KeyLastUsage?.KmsRequestId, used.$metadata.requestId);
});

test('the key of a service is managed by nobody but used by all, and it rotates', async () => {
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/s3' }));
  const KeyId = String(KeyMetadata?.KeyId);
  const status = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
  assert.equal(status.KeyRotationEnabled, true);
  assert.equal(status.RotationPeriodInDays, 365);
  const own = await client.send(new CreateKeyCommand({}));
  await client.send(new CreateAliasCommand({ AliasName: 'alias/own', TargetKeyId: own.KeyMetadata?.KeyId }));
  for (const command of [
    new DisableKeyCommand({ KeyId }),
    new ScheduleKeyDeletionCommand({ KeyId }),
    new UpdateKeyDescriptionCommand({ KeyId, Description: 'mine' }),
    new RotateKeyOnDemandCommand({ KeyId }),
    new DisableKeyRotationCommand({ KeyId }),
    new CreateAliasCommand({ AliasName: 'alias/of-a-service', TargetKeyId: KeyId }),
    new UpdateAliasCommand({ AliasName: 'alias/own', TargetKeyId: KeyId }),
  ]) {
    assert.equal(await faultOf(client.send(command as DisableKeyCommand)), 'AccessDeniedException');
  }
  for (const command of [
    new DeleteAliasCommand({ AliasName: 'alias/aws/s3' }),
    new UpdateAliasCommand({ AliasName: 'alias/aws/s3', TargetKeyId: KeyId }),
  ]) {
    assert.equal(await faultOf(client.send(command as DeleteAliasCommand)), 'NotAuthorizedException');
  }
  // From before they were refused.
  const { kms, url, credentials } = subject.keyhold;
  const at = kms.clock.now();
  const name = { namespace: `aws/${credentials.aws.region}`, text: 'alias/of-before', keyId: KeyId };
  await kms.store.transaction(tx =>
    tx.names.insert({ ...name, projectId: credentials.project.id, createdAt: at, updatedAt: at }),
  );
  const ofBefore = () => client.send(new DeleteAliasCommand({ AliasName: name.text }));
  assert.equal(await faultOf(ofBefore()), undefined);
  assert.equal(await faultOf(ofBefore()), 'NotFoundException');
  const purged = await fetch(`${url}/admin/v1/projects/default/keys/${KeyId}/purge`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credentials.admin.apiKey}` },
  });
  assert.equal(((await purged.json()) as { error?: { code: string } }).error?.code, 'serviceKey');
  assert.equal(
    await faultOf(client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))),
    undefined,
  );
});
