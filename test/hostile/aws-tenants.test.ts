// The keys of one account, asked about through AWS KMS with the valid credentials of another: by id, ARN, alias, ciphertext and marker.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OPERATION_NAMES, OPERATIONS } from '../../src/protocols/aws-kms/operations.ts';
import type { AwsAccount } from '../conformance/aws-kms/support.ts';
import {
  NO_ACCOUNT,
  NOTHING,
  requireAlike,
  startTenants,
  type Tenants,
  type Told,
  tellingOf,
  withKeyId,
} from './tenants.ts';

let subject: Tenants;
let attacker: AwsAccount;
let victim: AwsAccount;
let attackerKey: string;
before(async () => {
  subject = await startTenants();
  ({ attacker, victim } = subject);
});
after(() => subject.stop());

interface Pair {
  readonly what: string;
  ask(name: string, account: string): Promise<Told>;
  readonly foreign: string;
  readonly absent: string;
}

const groupOf = ({ what, ask, foreign, absent }: Pair) => ({
  what,
  names: [foreign, absent, victim.accountId, NO_ACCOUNT],
  asks: [
    () => ask(foreign, victim.accountId),
    () => ask(absent, victim.accountId),
    () => ask(absent, NO_ACCOUNT),
  ],
});

async function awsDone(account: AwsAccount, operation: string, input: object) {
  const { status, body } = await subject.send({ account, operation, body: JSON.stringify(input) });
  assert.equal(status, 200, body);
  // biome-ignore lint/suspicious/noExplicitAny: outputs of every shape are looked into.
  return JSON.parse(body) as any;
}

async function awsTold(operation: string, input: object): Promise<Told> {
  const asked = { account: attacker, operation, body: JSON.stringify(input) };
  const { status, body, headers } = await subject.send(asked);
  return tellingOf(status, Object.entries(headers), body, String(headers['x-amzn-requestid']));
}

/** Inputs that would be taken if the key in them were the caller's. */
const AWS_INPUTS: Readonly<Record<string, (key: string) => object>> = {
  CancelKeyDeletion: KeyId => ({ KeyId }),
  CreateAlias: TargetKeyId => ({ AliasName: 'alias/stolen', TargetKeyId }),
  Decrypt: KeyId => ({ KeyId, CiphertextBlob: ownCiphertext }),
  DescribeKey: KeyId => ({ KeyId }),
  DisableKey: KeyId => ({ KeyId }),
  DisableKeyRotation: KeyId => ({ KeyId }),
  EnableKey: KeyId => ({ KeyId }),
  EnableKeyRotation: KeyId => ({ KeyId }),
  Encrypt: KeyId => ({ KeyId, Plaintext: 'AAAA' }),
  GenerateDataKey: KeyId => ({ KeyId, NumberOfBytes: 16 }),
  GenerateDataKeyWithoutPlaintext: KeyId => ({ KeyId, NumberOfBytes: 16 }),
  GetKeyLastUsage: KeyId => ({ KeyId }),
  GetKeyRotationStatus: KeyId => ({ KeyId }),
  ListAliases: KeyId => ({ KeyId }),
  ListKeyRotations: KeyId => ({ KeyId }),
  ListResourceTags: KeyId => ({ KeyId }),
  ReEncrypt: DestinationKeyId => ({ DestinationKeyId, CiphertextBlob: ownCiphertext }),
  RotateKeyOnDemand: KeyId => ({ KeyId }),
  ScheduleKeyDeletion: KeyId => ({ KeyId, PendingWindowInDays: 7 }),
  TagResource: KeyId => ({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
  UntagResource: KeyId => ({ KeyId, TagKeys: ['a'] }),
  UpdateAlias: TargetKeyId => ({ AliasName: 'alias/own', TargetKeyId }),
  UpdateKeyDescription: KeyId => ({ KeyId, Description: 'mine' }),
};
/** They name no key: the region and the caller are all that they are about, or an alias, or a size. */
const AWS_WITHOUT_KEY = ['CreateKey', 'DeleteAlias', 'GenerateRandom', 'ListKeys'];

let ownCiphertext: string;

test('every operation of AWS KMS that names a key has an attack', () => {
  const served = OPERATION_NAMES.filter(name => OPERATIONS[name] !== 'later');
  assert.deepEqual([...Object.keys(AWS_INPUTS), ...AWS_WITHOUT_KEY].sort(), [...served].sort());
});

for (const form of ['usable', 'disabled', 'pending deletion'] as const) {
  test(`AWS KMS tells nothing about a foreign key that is ${form}`, async () => {
    const { region } = subject;
    const foreign: string = (await awsDone(victim, 'CreateKey', {})).KeyMetadata.KeyId;
    attackerKey = (await awsDone(attacker, 'CreateKey', {})).KeyMetadata.KeyId;
    const name = `alias/${form.replaceAll(' ', '-')}`;
    await awsDone(victim, 'CreateAlias', { AliasName: name, TargetKeyId: foreign });
    await awsDone(attacker, 'CreateAlias', {
      AliasName: `alias/own-${form.length}`,
      TargetKeyId: attackerKey,
    });
    ownCiphertext = (await awsDone(attacker, 'Encrypt', { KeyId: attackerKey, Plaintext: 'AAAA' }))
      .CiphertextBlob;
    const sealed: string = (await awsDone(victim, 'Encrypt', { KeyId: foreign, Plaintext: 'AAAA' }))
      .CiphertextBlob;
    if (form === 'disabled') await awsDone(victim, 'DisableKey', { KeyId: foreign });
    if (form === 'pending deletion') {
      await awsDone(victim, 'ScheduleKeyDeletion', { KeyId: foreign, PendingWindowInDays: 7 });
    }
    const absentAlias = `${name.slice(0, -1)}_`;
    const arn = (account: string, resource: string) => `arn:aws:kms:${region}:${account}:${resource}`;
    const forms: readonly (readonly [string, string, string, (name: string, account: string) => string])[] = [
      ['id', foreign, NOTHING, id => id],
      ['ARN in the own account', foreign, NOTHING, id => arn(attacker.accountId, `key/${id}`)],
      ['ARN in its account', foreign, NOTHING, (id, account) => arn(account, `key/${id}`)],
      ['alias', name, absentAlias, alias => alias],
      ['alias ARN in the own account', name, absentAlias, alias => arn(attacker.accountId, alias)],
      ['alias ARN in its account', name, absentAlias, (alias, account) => arn(account, alias)],
    ];
    const inputs: readonly (readonly [string, (key: string) => object])[] = [
      ...Object.entries(AWS_INPUTS),
      [
        'ReEncrypt',
        SourceKeyId => ({ SourceKeyId, DestinationKeyId: attackerKey, CiphertextBlob: ownCiphertext }),
      ],
      [
        'ReEncrypt',
        SourceKeyId => ({ SourceKeyId, DestinationKeyId: NOTHING, CiphertextBlob: ownCiphertext }),
      ],
      ['ReEncrypt', SourceKeyId => ({ SourceKeyId, DestinationKeyId: 'alias/none', CiphertextBlob: sealed })],
    ];
    const pairs = inputs.flatMap(([operation, inputOf]) =>
      forms.map(
        ([kind, of, absent, print]): Pair => ({
          what: `${operation} by ${kind}`,
          foreign: of,
          absent,
          ask: (named, account) => awsTold(operation, inputOf(print(named, account))),
        }),
      ),
    );
    const blobs: readonly (readonly [string, (blob: string) => object])[] = [
      ['Decrypt', CiphertextBlob => ({ CiphertextBlob })],
      ['Decrypt', CiphertextBlob => ({ CiphertextBlob, KeyId: attackerKey })],
      ['Decrypt', CiphertextBlob => ({ CiphertextBlob, DryRun: true })],
      ['ReEncrypt', CiphertextBlob => ({ CiphertextBlob, DestinationKeyId: attackerKey })],
      ['ReEncrypt', CiphertextBlob => ({ CiphertextBlob, DestinationKeyId: NOTHING })],
      ['ReEncrypt', CiphertextBlob => ({ CiphertextBlob, DestinationKeyId: 'alias/none' })],
      [
        'ReEncrypt',
        CiphertextBlob => ({ CiphertextBlob, DestinationKeyId: attackerKey, SourceKeyId: attackerKey }),
      ],
    ];
    const withBlobs = blobs.map(
      ([operation, inputOf], index): Pair => ({
        what: `${operation} of a ciphertext (${index})`,
        foreign: sealed,
        absent: withKeyId(sealed, NOTHING),
        ask: blob => awsTold(operation, inputOf(blob)),
      }),
    );
    const deletion: Pair = {
      what: 'DeleteAlias',
      foreign: name,
      absent: absentAlias,
      ask: AliasName => awsTold('DeleteAlias', { AliasName }),
    };
    await requireAlike(subject, [...pairs, ...withBlobs, deletion].map(groupOf));
  });
}

test('a marker of another account opens nothing of it', async () => {
  for (const operation of ['ListKeys', 'ListAliases']) {
    const page = await awsDone(victim, operation, { Limit: 1 });
    assert.equal(page.Truncated, true);
    const { status, text } = await awsTold(operation, { Marker: page.NextMarker });
    assert.equal(status, 200, text);
    assert.ok(!text.includes(victim.accountId), text);
  }
});
