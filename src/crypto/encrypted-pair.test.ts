import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import { KmsError } from '../domain/errors.ts';
import { generateEncryptedPair } from './encrypted-pair.ts';

const passphrase = () => SecretBytes.own(Uint8Array.from(utf8('a word')));

test('a pair comes out under its passphrase, and its public half beside it', async () => {
  const pair = await generateEncryptedPair('ec-p256', passphrase());
  const encrypted = Buffer.from(revealSecretBytes(pair.privateKey));
  const open = (word: string) =>
    createPrivateKey({ key: encrypted, format: 'der', type: 'pkcs8', passphrase: word });
  const publicKey = createPublicKey(open('a word')).export({ format: 'der', type: 'spki' });
  assert.deepEqual(Buffer.from(pair.publicKey), publicKey);
  assert.throws(() => open('another word'));
});

test('what is no pair is refused', async () => {
  await assert.rejects(
    generateEncryptedPair('aes-256', passphrase()),
    (error: unknown) => error instanceof KmsError && error.code === 'incompatibleAlgorithm',
  );
});
