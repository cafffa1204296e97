// The same answers from PostgreSQL: names that are no ids there either, pages in a stable order, and a service's key made once by many.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type KMSClient,
  paginateListAliases,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { type AwsSubject, refusalOf, startAws } from './support.ts';

let postgres: PostgresServer;
let subject: AwsSubject;
let client: KMSClient;
before(async () => {
  postgres = await startPostgres();
  subject = await startAws({ store: await postgres.createDatabase() });
  client = subject.client();
});
after(async () => {
  await subject.stop();
  await postgres.stop();
});

test('what is encrypted decrypts, before and after a rotation', async () => {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId;
  const sealed = await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('kept') }));
  await client.send(new RotateKeyOnDemandCommand({ KeyId }));
  const opened = await client.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'kept');
});

test('names of no key are not found', async () => {
  for (const KeyId of [`mrk-${'0'.repeat(32)}`, '00000000-0000-4000-8000-000000000000', 'alias/none']) {
    assert.equal((await refusalOf(client.send(new DescribeKeyCommand({ KeyId }))))[0], 'NotFoundException');
  }
});

test('pages hold every alias once, whatever its letters are', async () => {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const names = ['a', 'B', 'b', '_', '-', '/', ':', 'A1', 'a1', 'Z/z'].map(name => `alias/${name}${name}`);
  for (const AliasName of names) {
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyMetadata?.KeyId }));
  }
  const listed: string[] = [];
  for await (const page of paginateListAliases({ client, pageSize: 3 }, {})) {
    listed.push(...(page.Aliases ?? []).map(alias => String(alias.AliasName)));
  }
  assert.deepEqual(listed.sort(), names.sort());
});

test('many who name the key of a service first have the same one', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/sqs' }))),
  );
  assert.equal(new Set(answers.map(answer => answer.KeyMetadata?.KeyId)).size, 1);
});
