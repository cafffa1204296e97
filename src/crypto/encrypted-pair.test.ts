import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { watchSecrets } from '../../test/support/secrets.ts';
import { hex, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import { KmsError } from '../domain/errors.ts';
import { generateEncryptedPair } from './encrypted-pair.ts';

const passphrase = () => SecretBytes.own(Uint8Array.from(utf8('a word')));

test('a pair comes out under its passphrase, and its public half beside it', async () => {
  using word = passphrase();
  const watch = watchSecrets();
  const pair = await generateEncryptedPair('ec-p256', word);
  assert.deepEqual(watch.stop(), [pair.privateKey], 'the private key in the clear is wiped');
  const encrypted = Buffer.from(revealSecretBytes(pair.privateKey));
  const open = (word: string) =>
    createPrivateKey({ key: encrypted, format: 'der', type: 'pkcs8', passphrase: word });
  const publicKey = createPublicKey(open('a word')).export({ format: 'der', type: 'spki' });
  assert.deepEqual(Buffer.from(pair.publicKey), publicKey);
  assert.throws(() => open('another word'));
  // aes256-CBC-PAD: 2.16.840.1.101.3.4.1.42
  assert.ok(hex(encrypted).includes('060960864801650304012a'));
});

test('what is no pair is refused', async () => {
  await assert.rejects(
    generateEncryptedPair('aes-256', passphrase()),
    (error: unknown) => error instanceof KmsError && error.code === 'incompatibleAlgorithm',
  );
});
