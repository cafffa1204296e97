// Encryption with the JavaScript SDK and the AWS Encryption SDK: what is sealed opens, and nothing else does.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  buildClient,
  CommitmentPolicy,
  KmsKeyringNode,
  type KmsKeyringNodeInput,
} from '@aws-crypto/client-node';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type EncryptCommandInput,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  type KMSClient,
  ListAliasesCommand,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { type AwsAccount, type AwsSubject, faultOf, refusalOf, startAws } from './support.ts';

let subject: AwsSubject;
let client: KMSClient;
let KeyId: string;
let Arn: string;
let foreign: AwsAccount;

before(async () => {
  subject = await startAws();
  client = subject.client();
  ({ KeyId, Arn } = await createKey());
  foreign = await subject.addAccount('neighbour', ['manager', 'user']);
});
after(() => subject.stop());

async function createKey(using = client) {
  const { KeyMetadata } = await using.send(new CreateKeyCommand({}));
  return { KeyId: String(KeyMetadata?.KeyId), Arn: String(KeyMetadata?.Arn) };
}

async function seal(input: Partial<EncryptCommandInput> = {}): Promise<Uint8Array> {
  const command = new EncryptCommand({ KeyId, Plaintext: Buffer.from('secret'), ...input });
  return (await client.send(command)).CiphertextBlob ?? new Uint8Array();
}

test('what is encrypted under any name of a key decrypts with and without naming it', async () => {
  await client.send(new CreateAliasCommand({ AliasName: 'alias/app:one/two_3', TargetKeyId: Arn }));
  const aliasArn = Arn.replace(/key\/.*/, 'alias/app:one/two_3');
  for (const name of [KeyId, Arn, 'alias/app:one/two_3', aliasArn]) {
    const plaintext = randomBytes(4096);
    const sealed = await client.send(new EncryptCommand({ KeyId: name, Plaintext: plaintext }));
    assert.equal(sealed.KeyId, Arn);
    assert.equal(sealed.EncryptionAlgorithm, 'SYMMETRIC_DEFAULT');
    assert.ok((sealed.CiphertextBlob?.length ?? 0) <= 6144);
    for (const named of [undefined, name]) {
      const command = new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, KeyId: named });
      const opened = await client.send(command);
      assert.deepEqual(Buffer.from(opened.Plaintext ?? []), plaintext);
      assert.equal(opened.KeyId, Arn);
      assert.match(opened.KeyMaterialId ?? '', /^[0-9a-f]{64}$/);
    }
  }
});

test('plaintexts of every length within the bound come back, for both ends of base64 padding', async () => {
  for (const length of [1, 2, 3, 4, 47, 48, 4095, 4096]) {
    const plaintext = randomBytes(length);
    const blob = await seal({ Plaintext: plaintext });
    const opened = await client.send(new DecryptCommand({ CiphertextBlob: blob }));
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), plaintext);
  }
  assert.equal(await faultOf(seal({ Plaintext: randomBytes(4097) })), 'ValidationException');
  assert.equal(await faultOf(seal({ Plaintext: Buffer.alloc(0) })), 'ValidationException');
});

test('the same plaintext never gives the same blob', async () => {
  assert.notDeepEqual(await seal(), await seal());
});

test('an encryption context must match whole: order does not matter, case does, an empty one is none', async () => {
  const blob = await seal({ EncryptionContext: { a: '1', B: 'ü', __proto__x: '' } });
  const open = (EncryptionContext?: Record<string, string>) =>
    faultOf(client.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext })));
  assert.equal(await open({ B: 'ü', __proto__x: '', a: '1' }), undefined);
  for (const wrong of [
    undefined,
    {},
    { a: '1' },
    { A: '1', B: 'ü', __proto__x: '' },
    { a: '1', B: 'u', __proto__x: '' },
    { a: '1', B: 'ü', __proto__x: '', c: '' },
    { a: '1B', '': 'ü', __proto__x: '' },
  ]) {
    assert.equal(await open(wrong), 'InvalidCiphertextException');
  }
  const plain = await seal({ EncryptionContext: {} });
  assert.equal(await faultOf(client.send(new DecryptCommand({ CiphertextBlob: plain }))), undefined);
});

test('a blob that was changed anywhere, cut or lengthened does not open, and says no more', async () => {
  const blob = await seal({ EncryptionContext: { for: 'tampering' } });
  const open = (CiphertextBlob: Uint8Array, named?: string) =>
    refusalOf(
      client.send(
        new DecryptCommand({ CiphertextBlob, KeyId: named, EncryptionContext: { for: 'tampering' } }),
      ),
    );
  for (let index = 0; index < blob.length; index += 1) {
    const changed = Uint8Array.from(blob);
    changed[index] = (changed[index] ?? 0) ^ 0x01;
    const [type, message] = await open(changed);
    // Bytes 1 to 16 name the key and 17 to 20 the version: changed, they name what is not there. Version 0 is of no message at all.
    const expected = index >= 1 && index <= 19 ? 'AccessDeniedException' : 'InvalidCiphertextException';
    assert.equal(type, expected, `byte ${index}`);
    if (type === 'InvalidCiphertextException') assert.equal(message, '');
  }
  // Without the first byte it would name another key: ids of keys begin with the byte that stands before them.
  for (const other of [
    blob.subarray(0, -1),
    blob.subarray(2),
    Uint8Array.of(...blob, 0),
    Buffer.alloc(1),
    randomBytes(300),
  ]) {
    assert.deepEqual(await open(other), ['InvalidCiphertextException', '']);
  }
  const named = Uint8Array.from(blob);
  named[5] = (named[5] ?? 0) ^ 0x01;
  assert.equal((await open(named, KeyId))[0], 'IncorrectKeyException');
});

test('a named key that is another than the blob names is the wrong one', async () => {
  const other = await createKey();
  const blob = await seal();
  const answer = client.send(new DecryptCommand({ CiphertextBlob: blob, KeyId: other.KeyId }));
  assert.deepEqual(await refusalOf(answer), [
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  ]);
});

test('another account is denied alike whether a key exists or not', async () => {
  const stranger = subject.client(foreign);
  const blob = await seal();
  assert.deepEqual(await refusalOf(stranger.send(new DecryptCommand({ CiphertextBlob: blob }))), [
    'AccessDeniedException',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  ]);
  const absent = Arn.replace(KeyId, '00000000-0000-4000-8000-000000000000');
  for (const arn of [Arn, absent]) {
    const answer = stranger.send(new EncryptCommand({ KeyId: arn, Plaintext: Buffer.from('x') }));
    assert.deepEqual(await refusalOf(answer), [
      'AccessDeniedException',
      `User: arn:aws:iam::${foreign.accountId}:user/client is not authorized to perform: kms:Encrypt on resource: ${arn} because no identity-based policy allows the kms:Encrypt action`,
    ]);
    assert.equal(
      await faultOf(stranger.send(new DescribeKeyCommand({ KeyId: arn }))),
      'AccessDeniedException',
    );
  }
  const bare = stranger.send(new DescribeKeyCommand({ KeyId }));
  assert.deepEqual(await refusalOf(bare), [
    'NotFoundException',
    `Key '${Arn.replace(subject.account.accountId, foreign.accountId)}' does not exist`,
  ]);
});

test('a principal without the permission is denied in its own account', async () => {
  const viewer = await subject.addPrincipal(subject.account, 'looker', ['viewer']);
  const using = subject.client(viewer);
  const answer = using.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
  assert.deepEqual(await refusalOf(answer), [
    'AccessDeniedException',
    `User: arn:aws:iam::${subject.account.accountId}:user/looker is not authorized to perform: kms:Encrypt on resource: ${Arn} because no identity-based policy allows the kms:Encrypt action`,
  ]);
  assert.equal(await faultOf(using.send(new CreateKeyCommand({}))), 'AccessDeniedException');
  assert.equal(await faultOf(using.send(new DescribeKeyCommand({ KeyId }))), undefined);
});

test('a region is a key space of its own', async () => {
  const elsewhere = subject.client(subject.account, 'eu-central-1');
  assert.equal(await faultOf(elsewhere.send(new DescribeKeyCommand({ KeyId }))), 'NotFoundException');
  assert.deepEqual(await refusalOf(elsewhere.send(new DescribeKeyCommand({ KeyId: Arn }))), [
    'NotFoundException',
    `Invalid arn ${subject.region}`,
  ]);
  const blob = await seal();
  assert.equal(
    await faultOf(elsewhere.send(new DecryptCommand({ CiphertextBlob: blob }))),
    'AccessDeniedException',
  );
  const china = await createKey(subject.client(subject.account, 'cn-north-1'));
  assert.match(china.Arn, /^arn:aws-cn:kms:cn-north-1:/);
});

test('ReEncrypt moves a ciphertext to another key and context', async () => {
  const other = await createKey();
  const blob = await seal({ EncryptionContext: { at: 'source' } });
  const moved = await client.send(
    new ReEncryptCommand({
      CiphertextBlob: blob,
      SourceEncryptionContext: { at: 'source' },
      DestinationKeyId: other.KeyId,
      DestinationEncryptionContext: { at: 'destination' },
    }),
  );
  assert.equal(moved.SourceKeyId, Arn);
  assert.equal(moved.KeyId, other.Arn);
  assert.equal(moved.SourceEncryptionAlgorithm, 'SYMMETRIC_DEFAULT');
  assert.equal(moved.DestinationEncryptionAlgorithm, 'SYMMETRIC_DEFAULT');
  assert.notEqual(moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId);
  const opened = await client.send(
    new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { at: 'destination' } }),
  );
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'secret');
  const wrong = new ReEncryptCommand({ CiphertextBlob: blob, DestinationKeyId: other.KeyId });
  assert.equal(await faultOf(client.send(wrong)), 'InvalidCiphertextException');
});

test('ReEncrypt is no way around a rule about the encryption context', async () => {
  const guarded = await createKey();
  const EncryptionContext = { class: 'secret' };
  const CiphertextBlob = await seal({ KeyId: guarded.KeyId, EncryptionContext });
  const { url, credentials } = subject.keyhold;
  const answer = await fetch(`${url}/admin/v1/projects/default/rules`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credentials.admin.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      effect: 'deny',
      principals: ['*'],
      permissions: ['key.decrypt', 'key.reencryptFrom'],
      conditions: [{ attribute: 'context.class', operator: 'equals', values: ['secret'] }],
      key: guarded.KeyId,
    }),
  });
  assert.equal(answer.status, 201);
  const opening = client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  assert.equal(await faultOf(opening), 'AccessDeniedException');
  const moving = client.send(
    new ReEncryptCommand({
      CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: KeyId,
    }),
  );
  assert.equal(await faultOf(moving), 'AccessDeniedException');
});

test('data keys have the length asked for, and their blobs open to them', async () => {
  for (const [asked, length] of [
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1024 }, 1024],
  ] as const) {
    const made = await client.send(new GenerateDataKeyCommand({ KeyId, ...asked }));
    assert.equal(made.Plaintext?.length, length);
    assert.equal(made.KeyId, Arn);
    const opened = await client.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    assert.deepEqual(opened.Plaintext, made.Plaintext);
    const wrapped = await client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, ...asked }));
    assert.equal('Plaintext' in wrapped, false);
    const later = await client.send(new DecryptCommand({ CiphertextBlob: wrapped.CiphertextBlob }));
    assert.equal(later.Plaintext?.length, length);
  }
  for (const wrong of [{}, { KeySpec: 'AES_256', NumberOfBytes: 32 }] as const) {
    assert.deepEqual(await refusalOf(client.send(new GenerateDataKeyCommand({ KeyId, ...wrong }))), [
      'ValidationException',
      'Please specify either number of bytes or key spec.',
    ]);
  }
});

test('random bytes come in the number asked for', async () => {
  for (const NumberOfBytes of [1, 1024]) {
    const { Plaintext } = await client.send(new GenerateRandomCommand({ NumberOfBytes }));
    assert.equal(Plaintext?.length, NumberOfBytes);
  }
  assert.deepEqual(await refusalOf(client.send(new GenerateRandomCommand({}))), [
    'ValidationException',
    'NumberOfBytes is required.',
  ]);
});

test('a dry run answers that it would have worked, or the error that it would have been', async () => {
  const blob = await seal();
  const DryRun = true;
  const source = { CiphertextBlob: blob, DryRun };
  const ignoring = { DryRun, DryRunModifiers: ['IGNORE_CIPHERTEXT' as const] };
  const succeeding = [
    client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), DryRun })),
    client.send(new DecryptCommand(source)),
    client.send(new DecryptCommand({ KeyId, ...ignoring })),
    client.send(new DecryptCommand({ KeyId, CiphertextBlob: Buffer.from('junk'), ...ignoring })),
    client.send(new ReEncryptCommand({ ...source, DestinationKeyId: KeyId })),
    client.send(new ReEncryptCommand({ SourceKeyId: KeyId, DestinationKeyId: KeyId, ...ignoring })),
    client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', DryRun })),
    client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256', DryRun })),
  ];
  for (const answer of succeeding) {
    assert.deepEqual(await refusalOf(answer), [
      'DryRunOperationException',
      'The request would have succeeded, but the DryRun option is set.',
    ]);
  }
  const failing = [
    [new DecryptCommand({ CiphertextBlob: Buffer.from('junk'), DryRun }), 'InvalidCiphertextException'],
    [new DecryptCommand({ ...ignoring }), 'ValidationException'],
    [new DecryptCommand({ KeyId, DryRunModifiers: ignoring.DryRunModifiers }), 'ValidationException'],
    [new DecryptCommand({ KeyId, DryRun }), 'ValidationException'],
    [new DecryptCommand({ KeyId: 'alias/absent', ...ignoring }), 'NotFoundException'],
  ] as const;
  for (const [command, fault] of failing) assert.equal(await faultOf(client.send(command)), fault);
});

test('the keys of services are made when they are first named, and only those', async () => {
  const before = await client.send(new ListAliasesCommand({}));
  assert.ok(!before.Aliases?.some(alias => alias.AliasName === 'alias/aws/ebs'));
  const dryRun = new EncryptCommand({ KeyId: 'alias/aws/ebs', Plaintext: Buffer.from('x'), DryRun: true });
  assert.equal(await faultOf(client.send(dryRun)), 'DryRunOperationException');
  const made = await client.send(new GenerateDataKeyCommand({ KeyId: 'alias/aws/ebs', KeySpec: 'AES_256' }));
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' }));
  assert.equal(KeyMetadata?.KeyManager, 'AWS');
  assert.equal(KeyMetadata?.Arn, made.KeyId);
  const { Aliases } = await client.send(new ListAliasesCommand({ KeyId: KeyMetadata?.KeyId }));
  assert.deepEqual(
    Aliases?.map(alias => alias.AliasName),
    ['alias/aws/ebs'],
  );
  assert.equal(
    await faultOf(client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/nonesuch' }))),
    'NotFoundException',
  );
  const concurrent = await Promise.all(
    Array.from({ length: 5 }, () => client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/rds' }))),
  );
  assert.equal(new Set(concurrent.map(answer => answer.KeyMetadata?.KeyId)).size, 1);
});

test('the AWS Encryption SDK encrypts 5 MB under two keys, and either one decrypts', async () => {
  const other = await createKey();
  const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  // The two packages disagree about what an optional member may be, in types alone.
  const provider = { clientProvider: () => subject.client() } as unknown as Pick<
    Required<KmsKeyringNodeInput>,
    'clientProvider'
  >;
  const file = randomBytes(5_000_000);
  const encryptionContext = { file: 'report.bin', purpose: 'test' };
  const both = new KmsKeyringNode({ generatorKeyId: Arn, keyIds: [other.Arn], ...provider });
  const { result } = await encrypt(both, file, { encryptionContext });
  for (const arn of [Arn, other.Arn]) {
    const keyring = new KmsKeyringNode({ keyIds: [arn], ...provider });
    const opened = await decrypt(keyring, result);
    assert.ok(file.equals(opened.plaintext));
    assert.equal(opened.messageHeader.encryptionContext.purpose, 'test');
  }
  const stranger = await createKey();
  await assert.rejects(decrypt(new KmsKeyringNode({ keyIds: [stranger.Arn], ...provider }), result));
});
