// The AWS CLI against a whole server, typed as an operator would.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type AwsSubject, startAws } from '../../conformance/aws-kms/support.ts';
import { installCli } from './install.ts';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const COMMAND_MS_MAX = 60_000;

let subject: AwsSubject;
let cli: string;
let place: string;
before(async () => {
  cli = installCli();
  place = mkdtempSync(join(tmpdir(), 'keyhold-cli-'));
  subject = await startAws();
});
after(async () => {
  await subject.stop();
  rmSync(place, { recursive: true });
});

const environment = (): NodeJS.ProcessEnv => ({
  PATH: `${dirname(cli)}:/usr/bin:/bin`,
  HOME: place,
  AWS_ACCESS_KEY_ID: subject.account.accessKeyId,
  AWS_SECRET_ACCESS_KEY: subject.account.secretAccessKey,
  AWS_DEFAULT_REGION: subject.region,
  AWS_EC2_METADATA_DISABLED: 'true',
});

// The shape of each answer is what its test reads of it.
// biome-ignore lint/suspicious/noExplicitAny: answers of a foreign program
async function kms(...args: readonly string[]): Promise<any> {
  const { stdout } = await run(
    cli,
    ['kms', ...args, '--endpoint-url', subject.keyhold.url, '--output', 'json'],
    {
      env: environment(),
      timeout: COMMAND_MS_MAX,
    },
  );
  return stdout === '' ? undefined : JSON.parse(stdout);
}

async function refused(...args: readonly string[]): Promise<string> {
  try {
    await kms(...args);
  } catch (thrown) {
    return String((thrown as { stderr?: string }).stderr).trim();
  }
  return assert.fail('the command succeeded');
}

async function createKey(): Promise<string> {
  return (await kms('create-key', '--description', 'cli')).KeyMetadata.KeyId;
}

test('a file is encrypted, decrypted and moved to another key', async () => {
  const [first, second] = [await createKey(), await createKey()];
  const plaintext = randomBytes(4096);
  writeFileSync(join(place, 'plain'), plaintext);
  const sealed = await kms(
    ...['encrypt', '--key-id', first, '--plaintext', `fileb://${join(place, 'plain')}`],
    ...['--encryption-context', 'app=cli,stage=test'],
  );
  writeFileSync(join(place, 'sealed'), Buffer.from(sealed.CiphertextBlob, 'base64'));
  const blob = `fileb://${join(place, 'sealed')}`;
  const opened = await kms(
    'decrypt',
    '--ciphertext-blob',
    blob,
    '--encryption-context',
    'stage=test,app=cli',
  );
  assert.deepEqual(Buffer.from(opened.Plaintext, 'base64'), plaintext);
  const moved = await kms(
    ...['re-encrypt', '--ciphertext-blob', blob, '--source-encryption-context', 'app=cli,stage=test'],
    ...['--destination-key-id', second],
  );
  assert.ok(moved.KeyId.endsWith(second));
  assert.match(
    await refused('decrypt', '--ciphertext-blob', blob),
    /^An error occurred \(InvalidCiphertextException\) when calling the Decrypt operation/,
  );
});

test('the life of a key: alias, tags, rotation, disabled, deleted', async () => {
  const key = await createKey();
  await kms('create-alias', '--alias-name', 'alias/cli', '--target-key-id', key);
  assert.equal((await kms('describe-key', '--key-id', 'alias/cli')).KeyMetadata.KeyId, key);
  assert.equal((await kms('list-aliases', '--key-id', key)).Aliases.length, 1);
  await kms('tag-resource', '--key-id', key, '--tags', 'TagKey=team,TagValue=blue');
  assert.deepEqual((await kms('list-resource-tags', '--key-id', key)).Tags, [
    { TagKey: 'team', TagValue: 'blue' },
  ]);
  await kms('enable-key-rotation', '--key-id', key);
  assert.equal((await kms('get-key-rotation-status', '--key-id', key)).KeyRotationEnabled, true);
  await kms('update-key-description', '--key-id', key, '--description', 'changed');
  await kms('disable-key', '--key-id', key);
  assert.match(
    await refused('generate-data-key', '--key-id', key, '--key-spec', 'AES_256'),
    /\(DisabledException\) when calling the GenerateDataKey operation: arn:aws:kms:.* is disabled\.$/,
  );
  await kms('enable-key', '--key-id', key);
  const pending = await kms('schedule-key-deletion', '--key-id', key, '--pending-window-in-days', '7');
  assert.equal(pending.KeyState, 'PendingDeletion');
  await kms('cancel-key-deletion', '--key-id', key);
  await kms('delete-alias', '--alias-name', 'alias/cli');
  const { KeyMetadata } = await kms('describe-key', '--key-id', key);
  assert.deepEqual([KeyMetadata.KeyState, KeyMetadata.Description], ['Disabled', 'changed']);
});

test('lists are paged by the CLI itself', async () => {
  for (let count = 0; count < 3; count += 1) await createKey();
  const { Keys } = await kms('list-keys', '--page-size', '2');
  assert.ok(Keys.length >= 3);
  const page = await kms('list-keys', '--max-items', '1');
  assert.equal(page.Keys.length, 1);
  assert.ok(page.NextToken);
});

test('what is refused is told in the words of AWS', async () => {
  assert.match(
    await refused('describe-key', '--key-id', 'alias/none'),
    /\(NotFoundException\) when calling the DescribeKey operation: Alias arn:aws:kms:.*:alias\/none is not found\.$/,
  );
  assert.match(
    await refused('get-key-policy', '--key-id', await createKey(), '--policy-name', 'default'),
    /\(UnsupportedOperationException\) when calling the GetKeyPolicy operation/,
  );
});

test('the shell example seals a small file and opens it again', async () => {
  const secret = randomBytes(1000);
  writeFileSync(join(place, 'small'), secret);
  const example = (...args: readonly string[]) =>
    run('/bin/sh', [join(root, 'examples', 'aws-kms', 'encrypt-file.sh'), ...args], {
      env: { ...environment(), AWS_ENDPOINT: subject.keyhold.url },
      timeout: COMMAND_MS_MAX,
    });
  await example('encrypt', join(place, 'small'), join(place, 'small.sealed'));
  await example('decrypt', join(place, 'small.sealed'), join(place, 'small.opened'));
  assert.ok(secret.equals(readFileSync(join(place, 'small.opened'))));
});
