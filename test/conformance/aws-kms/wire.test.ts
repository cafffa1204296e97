// What the bytes of a request may be: JSON without ambiguity, inputs within the bounds of AWS's model, operations by name.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from '@aws-sdk/client-kms';
import { OPERATION_NAMES, OPERATIONS } from '../../../src/protocols/aws-kms/operations.ts';
import type { HeaderField } from '../../../src/wire/http.ts';
import { type AwsSubject, type HandMade, startAws } from './support.ts';

let subject: AwsSubject;
let KeyId: string;
before(async () => {
  subject = await startAws();
  const made = await subject.client().send(new sdk.CreateKeyCommand({}));
  KeyId = String(made.KeyMetadata?.KeyId);
});
after(() => subject.stop());

async function refused(request: HandMade): Promise<readonly [number, string, string | undefined]> {
  const { status, body } = await subject.send(request);
  const { __type, message } = JSON.parse(body) as { __type: string; message?: string };
  return [status, __type, message];
}

const ask = (operation: string, input: unknown) => refused({ operation, body: JSON.stringify(input) });

test('the table of operations is the model of the SDK, name for name', () => {
  const commands = Object.keys(sdk).flatMap(name => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
  assert.deepEqual([...OPERATION_NAMES].sort(), commands.sort());
  assert.equal(OPERATION_NAMES.length, 56);
});

test('every operation that is not served yet says so by its name', async () => {
  const later = OPERATION_NAMES.filter(name => OPERATIONS[name] === 'later');
  assert.equal(later.length, 29);
  for (const name of later) {
    const answer = await ask(name, { KeyId });
    assert.deepEqual(answer, [400, 'UnsupportedOperationException', `${name} is not supported here.`]);
  }
});

test('an operation that AWS does not have is unknown, with and without a signature', async () => {
  for (const operation of ['Nonesuch', 'encrypt', '__proto__', 'toString', '']) {
    assert.deepEqual(await ask(operation, {}), [
      400,
      'UnknownOperationException',
      'There is no operation of this name.',
    ]);
  }
  const noTarget = await refused({ unsigned: true });
  assert.deepEqual(noTarget.slice(0, 2), [400, 'UnknownOperationException']);
  const other = await refused({ headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' } });
  assert.deepEqual(other.slice(0, 2), [400, 'UnknownOperationException']);
});

test('another content type is another protocol', async () => {
  for (const type of ['application/json', 'application/x-amz-json-1.0', undefined, 'text/plain']) {
    const answer = await refused({ operation: 'ListKeys', headers: { 'content-type': type } });
    assert.deepEqual(answer.slice(0, 2), [400, 'UnknownOperationException'], String(type));
  }
  const spelled = { 'content-type': 'Application/X-Amz-Json-1.1; charset=utf-8' };
  assert.equal((await subject.send({ operation: 'ListKeys', headers: spelled })).status, 200);
});

test('a header of the protocol that is given twice is refused, whatever was signed', async () => {
  const twice: readonly HeaderField[] = [
    ['x-amz-target', 'TrentService.CreateKey'],
    ['content-type', 'application/x-amz-json-1.1'],
  ];
  for (const header of twice) {
    for (const sent of [
      (headers: readonly HeaderField[]) => [...headers, header],
      (headers: readonly HeaderField[]) => [header, ...headers],
    ]) {
      const answer = await refused({ operation: 'ListKeys', tamper: sent });
      const message = `The header ${header[0]} is given twice.`;
      assert.deepEqual(answer, [400, 'UnknownOperationException', message]);
    }
  }
});

test('other methods are told which one it is', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    const answer = await subject.send({ method, unsigned: true, body: new Uint8Array() });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.allow, 'POST');
  }
});

test('the path may carry a query, and nothing else answers beside it', async () => {
  assert.equal((await subject.send({ operation: 'ListKeys', path: '/?x=1' })).status, 200);
  assert.equal((await subject.send({ operation: 'ListKeys', path: '/kms' })).status, 404);
});

test('JSON that two readers could read differently is refused', async () => {
  const bodies = [
    '{"Limit":1,"Limit":2}',
    '{"Limit":1',
    '{"Limit":01}',
    "{'Limit':1}",
    '{"Limit":1}{}',
    '[]',
    '"text"',
    'null',
    '\ufeff{}',
    Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d),
    `{"Marker":"\\ud800"}`,
    `{"a":${'['.repeat(50)}${']'.repeat(50)}}`,
    '{"Limit":1e400}',
  ];
  for (const body of bodies) {
    const [status, type] = await refused({ operation: 'ListKeys', body });
    assert.deepEqual([status, type], [400, 'SerializationException'], String(body));
  }
});

test('a value of another type is refused before anything is counted', async () => {
  for (const [operation, input] of [
    ['DescribeKey', { KeyId: 7 }],
    ['DescribeKey', { KeyId: ['a'] }],
    ['ListKeys', { Limit: '1' }],
    ['ListKeys', { Limit: 1.5 }],
    ['ListKeys', { Limit: true }],
    ['Encrypt', { KeyId, Plaintext: 7 }],
    ['Encrypt', { KeyId, Plaintext: 'not base64!' }],
    ['Encrypt', { KeyId, Plaintext: 'AAA' }],
    ['Encrypt', { KeyId, Plaintext: 'AAAA', DryRun: 'true' }],
    ['Encrypt', { KeyId, Plaintext: 'AAAA', EncryptionContext: { a: 1 } }],
    ['Encrypt', { KeyId, Plaintext: 'AAAA', EncryptionContext: { a: null } }],
    ['Encrypt', { KeyId, Plaintext: 'AAAA', EncryptionContext: [] }],
    ['Encrypt', { KeyId, Plaintext: 'AAAA', GrantTokens: {} }],
    ['Decrypt', { CiphertextBlob: 'AAA*' }],
    ['TagResource', { KeyId, Tags: [7] }],
    ['TagResource', { KeyId, Tags: { TagKey: 'a' } }],
  ] as const) {
    const [status, type] = await ask(operation, input);
    assert.deepEqual([status, type], [400, 'SerializationException'], JSON.stringify(input));
  }
});

test('broken bounds are counted and listed in the words of AWS', async () => {
  const cases = [
    [
      'DescribeKey',
      {},
      "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ],
    [
      'DescribeKey',
      { KeyId: null },
      "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    ],
    [
      'DescribeKey',
      { KeyId: '' },
      "1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'ListKeys',
      { Limit: 0 },
      "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      'ListKeys',
      { Limit: 1001 },
      "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000",
    ],
    [
      'ListAliases',
      { Limit: 101 },
      "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100",
    ],
    [
      'ListResourceTags',
      { KeyId, Limit: 51 },
      "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
    ],
    [
      'GenerateRandom',
      { NumberOfBytes: 1025 },
      "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
    ],
    [
      'GenerateDataKey',
      { KeyId, KeySpec: 'AES_192' },
      "1 validation error detected: Value 'AES_192' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]",
    ],
    [
      'Encrypt',
      { KeyId, Plaintext: '' },
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'Encrypt',
      { Plaintext: '' },
      "2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'ScheduleKeyDeletion',
      { KeyId, PendingWindowInDays: 6 },
      "1 validation error detected: Value '6' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value greater than or equal to 7",
    ],
    [
      'ScheduleKeyDeletion',
      { KeyId, PendingWindowInDays: 31 },
      "1 validation error detected: Value '31' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value less than or equal to 30",
    ],
    [
      'EnableKeyRotation',
      { KeyId, RotationPeriodInDays: 89 },
      "1 validation error detected: Value '89' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value greater than or equal to 90",
    ],
    [
      'EnableKeyRotation',
      { KeyId, RotationPeriodInDays: 2561 },
      "1 validation error detected: Value '2561' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value less than or equal to 2560",
    ],
    [
      'CreateAlias',
      { AliasName: 'alias/no space', TargetKeyId: KeyId },
      "1 validation error detected: Value 'alias/no space' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    ],
    [
      'TagResource',
      {
        KeyId,
        Tags: [
          { TagKey: 'a', TagValue: 'b' },
          { TagKey: '', TagValue: 'b' },
        ],
      },
      "1 validation error detected: Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'CreateAlias',
      { AliasName: 'plain', TargetKeyId: KeyId },
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    ],
    [
      'CreateKey',
      { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    ],
    [
      'CreateKey',
      { KeySpec: 'RSA_2048' },
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    ],
    [
      'CreateKey',
      { KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' },
      'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048',
    ],
  ] as const;
  for (const [operation, input, message] of cases) {
    assert.deepEqual(await ask(operation, input), [400, 'ValidationException', message]);
  }
});

test('values at their bounds are taken', async () => {
  for (const [operation, input] of [
    ['ListKeys', { Limit: 1 }],
    ['ListKeys', { Limit: 1000 }],
    ['ListAliases', { Limit: 100 }],
    ['UpdateKeyDescription', { KeyId, Description: 'd'.repeat(8192) }],
    ['CreateAlias', { AliasName: `alias/${'a'.repeat(250)}`, TargetKeyId: KeyId }],
    ['TagResource', { KeyId, Tags: [{ TagKey: 'k'.repeat(128), TagValue: 'v'.repeat(256) }] }],
    ['TagResource', { KeyId, Tags: [{ TagKey: 'empty', TagValue: '' }] }],
    ['EnableKeyRotation', { KeyId, RotationPeriodInDays: 2560 }],
    ['EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 }],
    ['DisableKeyRotation', { KeyId }],
  ] as const) {
    const answer = await subject.send({ operation, body: JSON.stringify(input) });
    assert.equal(answer.status, 200, answer.body);
  }
});

test('members in no model are passed over; members of the model that are not offered are refused', async () => {
  const newer = await subject.send({ operation: 'ListKeys', body: '{"SomethingNewer":{"a":[1]}}' });
  assert.equal(newer.status, 200);
  const harmless = {
    MultiRegion: false,
    BypassPolicyLockoutSafetyCheck: false,
    Origin: 'AWS_KMS',
    Policy: null,
    Tags: [],
  };
  assert.equal((await subject.send({ operation: 'CreateKey', body: JSON.stringify(harmless) })).status, 200);
  const plain = { KeyId, Plaintext: 'AAAA' };
  assert.equal(
    (await subject.send({ operation: 'Encrypt', body: JSON.stringify({ ...plain, GrantTokens: [] }) }))
      .status,
    200,
  );
  for (const [operation, input, type] of [
    ['CreateKey', { MultiRegion: true }, 'UnsupportedOperationException'],
    ['CreateKey', { Policy: '{}' }, 'UnsupportedOperationException'],
    ['CreateKey', { Origin: 'EXTERNAL' }, 'UnsupportedOperationException'],
    ['CreateKey', { BypassPolicyLockoutSafetyCheck: true }, 'UnsupportedOperationException'],
    ['CreateKey', { XksKeyId: 'a' }, 'UnsupportedOperationException'],
    ['CreateKey', { CustomKeyStoreId: 'cks-1' }, 'CustomKeyStoreNotFoundException'],
    ['CreateKey', { KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException'],
    ['Encrypt', { ...plain, GrantTokens: ['t'] }, 'InvalidGrantTokenException'],
    ['GenerateRandom', { NumberOfBytes: 1, Recipient: {} }, 'UnsupportedOperationException'],
    ['Encrypt', { ...plain, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }, 'InvalidKeyUsageException'],
  ] as const) {
    assert.deepEqual((await ask(operation, input)).slice(0, 2), [400, type], JSON.stringify(input));
  }
});

test('names of keys that are none are refused in AWS words', async () => {
  const { accountId } = subject.account;
  const { region } = subject;
  const arn = (rest: string) => `arn:aws:kms:${region}:${accountId}:${rest}`;
  for (const [operation, input, type, message] of [
    ['DescribeKey', { KeyId: 'nonesuch' }, 'NotFoundException', "Invalid keyId 'nonesuch'"],
    [
      'DescribeKey',
      { KeyId: KeyId.replaceAll('-', '') },
      'NotFoundException',
      `Invalid keyId '${KeyId.replaceAll('-', '')}'`,
    ],
    [
      'DescribeKey',
      { KeyId: KeyId.toUpperCase() },
      'NotFoundException',
      `Invalid keyId '${KeyId.toUpperCase()}'`,
    ],
    [
      'DescribeKey',
      { KeyId: `mrk-${'0'.repeat(32)}` },
      'NotFoundException',
      `Key '${arn(`key/mrk-${'0'.repeat(32)}`)}' does not exist`,
    ],
    ['DescribeKey', { KeyId: 'alias/none' }, 'NotFoundException', `Alias ${arn('alias/none')} is not found.`],
    [
      'DescribeKey',
      { KeyId: arn('alias/none') },
      'NotFoundException',
      `Alias ${arn('alias/none')} is not found.`,
    ],
    ['DescribeKey', { KeyId: arn('key/x') }, 'NotFoundException', "Invalid keyId 'x'"],
    [
      'DescribeKey',
      { KeyId: `arn:aws:kms:eu-west-3:${accountId}:key/${KeyId}` },
      'NotFoundException',
      'Invalid arn eu-west-3',
    ],
    [
      'DescribeKey',
      { KeyId: `arn:aws-cn:kms:${region}:${accountId}:key/${KeyId}` },
      'NotFoundException',
      'Invalid arn aws-cn',
    ],
    [
      'DescribeKey',
      { KeyId: `arn:aws:s3:${region}:${accountId}:key/${KeyId}` },
      'InvalidArnException',
      `Invalid arn arn:aws:s3:${region}:${accountId}:key/${KeyId}`,
    ],
    [
      'EnableKey',
      { KeyId: 'alias/a' },
      'InvalidArnException',
      'Key Aliases are not supported for this operation.',
    ],
    [
      'DisableKey',
      { KeyId: arn('alias/a') },
      'InvalidArnException',
      'Key Aliases are not supported for this operation.',
    ],
  ] as const) {
    assert.deepEqual(await ask(operation, input), [400, type, message]);
  }
});

test('a body beyond a mebibyte is refused unread', async () => {
  const [status, type] = await refused({ operation: 'Encrypt', body: new Uint8Array(1_048_577) });
  assert.deepEqual([status, type], [413, 'SerializationException']);
});

test('a refused request has an entry in the audit log as well', async () => {
  const { status, headers } = await subject.send({ operation: 'Sign', body: '{}' });
  assert.equal(status, 400);
  const rows = await subject.keyhold.kms.store.log.search({}, { limit: 1, newestFirst: true });
  const entry = JSON.parse(Buffer.from(rows[0]?.leaf ?? []).toString()) as Record<string, unknown>;
  assert.equal(entry.operation, 'request.refuse');
  assert.equal(entry.outcome, 'unsupported');
  assert.equal(entry.requestId, headers['x-amzn-requestid']);
});
