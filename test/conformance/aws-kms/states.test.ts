// The table of key states: every operation that is served, in every state that a key can be in here. A wrong state is told in the same
// words whatever else is wrong.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GetKeyLastUsageCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { type AwsSubject, faultOf, startAws } from './support.ts';

let subject: AwsSubject;
let client: KMSClient;
before(async () => {
  subject = await startAws();
  client = subject.client();
});
after(() => subject.stop());

const DAY_MS = 86_400_000;
const PLAINTEXT = Buffer.from('the state decides');

type State = 'Enabled' | 'Disabled' | 'PendingDeletion' | 'Destroyed';

interface Prepared {
  readonly KeyId: string;
  readonly Arn: string;
  readonly blob: Uint8Array;
  readonly blobElsewhere: Uint8Array;
  readonly elsewhere: string;
  readonly alias: string;
}

let aliases = 0;

async function keyIn(state: State): Promise<Prepared> {
  const made = await client.send(new CreateKeyCommand({}));
  const other = await client.send(new CreateKeyCommand({}));
  const KeyId = String(made.KeyMetadata?.KeyId);
  const elsewhere = String(other.KeyMetadata?.KeyId);
  const sealed = await client.send(new EncryptCommand({ KeyId, Plaintext: PLAINTEXT }));
  const sealedElsewhere = await client.send(new EncryptCommand({ KeyId: elsewhere, Plaintext: PLAINTEXT }));
  aliases += 1;
  const alias = `alias/state-${aliases}`;
  await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: elsewhere }));
  if (state === 'Disabled') await client.send(new DisableKeyCommand({ KeyId }));
  if (state === 'PendingDeletion' || state === 'Destroyed') {
    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  }
  if (state === 'Destroyed') {
    subject.keyhold.clock.advance(7 * DAY_MS + 1);
    const done = await subject.keyhold.runDueWork();
    assert.ok(done.destroyed >= 1);
    client = subject.client();
  }
  return {
    KeyId,
    Arn: String(made.KeyMetadata?.Arn),
    blob: sealed.CiphertextBlob ?? new Uint8Array(),
    blobElsewhere: sealedElsewhere.CiphertextBlob ?? new Uint8Array(),
    elsewhere,
    alias,
  };
}

/** Runs one operation on the key; some of them change it, so each gets a key of its own. */
type Run = (key: Prepared) => Promise<unknown>;

const DISABLED = 'DisabledException';
const STATE = 'KMSInvalidStateException';
const GONE = 'NotFoundException';
const DENIED = 'AccessDeniedException';

interface Row {
  readonly run: Run;
  /** What is answered in each state; undefined is success. */
  readonly Disabled?: string;
  readonly PendingDeletion?: string;
  readonly Destroyed?: string;
  readonly Enabled?: string;
}

const CRYPTOGRAPHY = { Disabled: DISABLED, PendingDeletion: STATE, Destroyed: GONE } as const;
const CHANGE = { PendingDeletion: STATE, Destroyed: GONE } as const;
const READ = { Destroyed: GONE } as const;

const ROWS: Readonly<Record<string, Row>> = {
  Encrypt: {
    run: ({ KeyId }) => client.send(new EncryptCommand({ KeyId, Plaintext: PLAINTEXT })),
    ...CRYPTOGRAPHY,
  },
  Decrypt: {
    run: ({ KeyId, blob }) => client.send(new DecryptCommand({ KeyId, CiphertextBlob: blob })),
    ...CRYPTOGRAPHY,
  },
  'Decrypt without KeyId': {
    run: ({ blob }) => client.send(new DecryptCommand({ CiphertextBlob: blob })),
    ...CRYPTOGRAPHY,
    Destroyed: DENIED,
  },
  'ReEncrypt from': {
    run: ({ KeyId, blob, elsewhere }) =>
      client.send(
        new ReEncryptCommand({ SourceKeyId: KeyId, CiphertextBlob: blob, DestinationKeyId: elsewhere }),
      ),
    ...CRYPTOGRAPHY,
  },
  'ReEncrypt to': {
    run: ({ KeyId, blobElsewhere }) =>
      client.send(new ReEncryptCommand({ CiphertextBlob: blobElsewhere, DestinationKeyId: KeyId })),
    ...CRYPTOGRAPHY,
  },
  GenerateDataKey: {
    run: ({ KeyId }) => client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
    ...CRYPTOGRAPHY,
  },
  GenerateDataKeyWithoutPlaintext: {
    run: ({ KeyId }) =>
      client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_128' })),
    ...CRYPTOGRAPHY,
  },
  EnableKey: { run: ({ KeyId }) => client.send(new EnableKeyCommand({ KeyId })), ...CHANGE },
  DisableKey: { run: ({ KeyId }) => client.send(new DisableKeyCommand({ KeyId })), ...CHANGE },
  EnableKeyRotation: {
    run: ({ KeyId }) => client.send(new EnableKeyRotationCommand({ KeyId })),
    ...CRYPTOGRAPHY,
  },
  DisableKeyRotation: {
    run: ({ KeyId }) => client.send(new DisableKeyRotationCommand({ KeyId })),
    ...CRYPTOGRAPHY,
  },
  RotateKeyOnDemand: {
    run: ({ KeyId }) => client.send(new RotateKeyOnDemandCommand({ KeyId })),
    ...CRYPTOGRAPHY,
  },
  GetKeyRotationStatus: {
    run: ({ KeyId }) => client.send(new GetKeyRotationStatusCommand({ KeyId })),
    ...READ,
  },
  ListKeyRotations: { run: ({ KeyId }) => client.send(new ListKeyRotationsCommand({ KeyId })), ...READ },
  ScheduleKeyDeletion: {
    run: ({ KeyId }) => client.send(new ScheduleKeyDeletionCommand({ KeyId })),
    ...CHANGE,
  },
  CancelKeyDeletion: {
    run: ({ KeyId }) => client.send(new CancelKeyDeletionCommand({ KeyId })),
    Enabled: STATE,
    Disabled: STATE,
    Destroyed: GONE,
  },
  CreateAlias: {
    run: ({ KeyId, alias }) =>
      client.send(new CreateAliasCommand({ AliasName: `${alias}-new`, TargetKeyId: KeyId })),
    ...CHANGE,
  },
  UpdateAlias: {
    run: ({ KeyId, alias }) => client.send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: KeyId })),
    ...CHANGE,
  },
  TagResource: {
    run: ({ KeyId }) =>
      client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })),
    ...CHANGE,
  },
  UntagResource: {
    run: ({ KeyId }) => client.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] })),
    ...CHANGE,
  },
  UpdateKeyDescription: {
    run: ({ KeyId }) => client.send(new UpdateKeyDescriptionCommand({ KeyId, Description: '' })),
    ...CHANGE,
  },
  DescribeKey: { run: ({ KeyId }) => client.send(new DescribeKeyCommand({ KeyId })), ...READ },
  GetKeyLastUsage: { run: ({ KeyId }) => client.send(new GetKeyLastUsageCommand({ KeyId })), ...READ },
  ListAliases: { run: ({ KeyId }) => client.send(new ListAliasesCommand({ KeyId })), ...READ },
  ListResourceTags: { run: ({ KeyId }) => client.send(new ListResourceTagsCommand({ KeyId })), ...READ },
};

for (const state of ['Enabled', 'Disabled', 'PendingDeletion', 'Destroyed'] as const) {
  test(`every operation answers as it should for a key that is ${state}`, async () => {
    const answers: Record<string, string | undefined> = {};
    const expected: Record<string, string | undefined> = {};
    for (const [name, row] of Object.entries(ROWS)) {
      answers[name] = await faultOf(row.run(await keyIn(state)));
      expected[name] = row[state];
    }
    assert.deepEqual(answers, expected);
  });
}

test('a state is named with the ARN of the key', async () => {
  const disabled = await keyIn('Disabled');
  await assert.rejects(client.send(new EncryptCommand({ KeyId: disabled.KeyId, Plaintext: PLAINTEXT })), {
    message: `${disabled.Arn} is disabled.`,
  });
  const pending = await keyIn('PendingDeletion');
  await assert.rejects(client.send(new DecryptCommand({ CiphertextBlob: pending.blob })), {
    message: `${pending.Arn} is pending deletion.`,
  });
  await assert.rejects(client.send(new CancelKeyDeletionCommand({ KeyId: disabled.KeyId })), {
    message: `${disabled.Arn} is not pending deletion.`,
  });
});

test('a cancelled deletion leaves the key disabled, and enabling it makes it work again', async () => {
  const { KeyId, Arn, blob } = await keyIn('PendingDeletion');
  const pending = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(pending.KeyMetadata?.KeyState, 'PendingDeletion');
  assert.ok(pending.KeyMetadata?.DeletionDate instanceof Date);
  assert.equal((await client.send(new CancelKeyDeletionCommand({ KeyId }))).KeyId, Arn);
  const cancelled = await client.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(cancelled.KeyMetadata?.KeyState, 'Disabled');
  assert.equal(cancelled.KeyMetadata?.Enabled, false);
  assert.equal(cancelled.KeyMetadata?.DeletionDate, undefined);
  await client.send(new EnableKeyCommand({ KeyId }));
  const opened = await client.send(new DecryptCommand({ CiphertextBlob: blob }));
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), PLAINTEXT);
});

test('a destroyed key is in no list, and its aliases are gone', async () => {
  const { KeyId } = await keyIn('Destroyed');
  const { Keys = [] } = await client.send(new ListKeysCommand({ Limit: 1000 }));
  assert.ok(!Keys.some(key => key.KeyId === KeyId));
});
