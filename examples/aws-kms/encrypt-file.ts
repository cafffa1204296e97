// Encrypts a file of any size, and decrypts it again, with the AWS SDK for JavaScript: a data key of Keyhold's seals the file here, and
// travels with it in its wrapped form.
//
//   npx node examples/aws-kms/encrypt-file.ts encrypt report.pdf report.sealed
//   npx node examples/aws-kms/encrypt-file.ts decrypt report.sealed report.pdf
//
// Finds the server and an access key in data/credentials.json, or in the file that KEYHOLD_CREDENTIALS names.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  NotFoundException,
} from '@aws-sdk/client-kms';

const ALIAS = 'alias/example-files';
const PURPOSE = { purpose: 'example: file encryption' };
const IV_BYTES = 12;
const TAG_BYTES = 16;

const credentials = JSON.parse(
  readFileSync(process.env.KEYHOLD_CREDENTIALS ?? 'data/credentials.json', 'utf8'),
);
const kms = new KMSClient({
  endpoint: credentials.url,
  region: credentials.aws.region,
  credentials: credentials.aws,
});

const [verb, source, target] = process.argv.slice(2);
if (source === undefined || target === undefined || (verb !== 'encrypt' && verb !== 'decrypt')) {
  console.error(`usage: node ${basename(import.meta.filename)} encrypt|decrypt <source> <target>`);
  process.exit(2);
}
const bytes = readFileSync(source);
writeFileSync(target, verb === 'encrypt' ? await seal(bytes) : await open(bytes), { mode: 0o600 });
kms.destroy();

/** Length of the wrapped data key in two bytes, the wrapped data key, IV, tag, ciphertext. */
async function seal(plaintext: Buffer): Promise<Buffer> {
  const { Plaintext: dataKey, CiphertextBlob: wrapped } = await newDataKey();
  if (dataKey === undefined || wrapped === undefined) throw new Error('the answer holds no data key');
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', dataKey, iv);
  dataKey.fill(0);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(wrapped.length);
  return Buffer.concat([length, wrapped, iv, cipher.getAuthTag(), ciphertext]);
}

async function open(sealed: Buffer): Promise<Buffer> {
  const wrappedEnd = 2 + sealed.readUInt16BE(0);
  const ivEnd = wrappedEnd + IV_BYTES;
  const tagEnd = ivEnd + TAG_BYTES;
  const { Plaintext: dataKey } = await kms.send(
    new DecryptCommand({
      KeyId: ALIAS,
      CiphertextBlob: sealed.subarray(2, wrappedEnd),
      EncryptionContext: PURPOSE,
    }),
  );
  if (dataKey === undefined) throw new Error('the answer holds no data key');
  const decipher = createDecipheriv('aes-256-gcm', dataKey, sealed.subarray(wrappedEnd, ivEnd), {
    authTagLength: TAG_BYTES,
  });
  dataKey.fill(0);
  decipher.setAuthTag(sealed.subarray(ivEnd, tagEnd));
  return Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]);
}

/** The key is made by the first call. */
async function newDataKey() {
  const command = () =>
    new GenerateDataKeyCommand({ KeyId: ALIAS, KeySpec: 'AES_256', EncryptionContext: PURPOSE });
  try {
    return await kms.send(command());
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: 'Example: files' }));
    await kms.send(new CreateAliasCommand({ AliasName: ALIAS, TargetKeyId: KeyMetadata?.KeyId }));
    return kms.send(command());
  }
}
