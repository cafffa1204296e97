// A pair whose private half leaves under a passphrase and is nowhere else: EncryptedPrivateKeyInfo (RFC 5958 section 3) by PBES2 with PBKDF2
// and AES-256-CBC (RFC 8018 section 6.2), which is what OpenSSL and the libraries beside it read.

import { createPrivateKey } from 'node:crypto';
import type { Bytes } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { KeyAlgorithm } from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import { generateKeyMaterial } from './key-material.ts';

export interface EncryptedPair {
  /** In DER. The receiver disposes of it. */
  readonly privateKey: SecretBytes;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Bytes;
}

/** Throws `incompatibleAlgorithm` for what is no pair. The passphrase stays the caller's. */
export async function generateEncryptedPair(
  algorithm: KeyAlgorithm,
  passphrase: SecretBytes,
): Promise<EncryptedPair> {
  const { material, publicKey } = await generateKeyMaterial(algorithm);
  using plain = material;
  if (publicKey === undefined) {
    throw new KmsError('incompatibleAlgorithm', `A key of algorithm ${algorithm} is no pair.`, { algorithm });
  }
  const key = createPrivateKey({ key: bufferOf(plain), format: 'der', type: 'pkcs8' });
  const options = { format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc' } as const;
  const encrypted = key.export({ ...options, passphrase: bufferOf(passphrase) });
  return { privateKey: SecretBytes.own(encrypted), publicKey };
}

/** The same bytes, not a copy. */
function bufferOf(secret: SecretBytes): Buffer {
  const { buffer, byteOffset, byteLength } = revealSecretBytes(secret);
  return Buffer.from(buffer, byteOffset, byteLength);
}
