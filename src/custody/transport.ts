// Opens material that came wrapped under a transport key. What opens is checked against the nonce before anything else sees it, and every
// refusal says only which part was wrong.

import { equalSecret } from '../base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../base/secret-bytes.ts';
import { mechanismRow } from '../crypto/algorithms/table.ts';
import { openKeyMaterial } from '../crypto/key-material.ts';
import type { KeyAlgorithm } from '../domain/algorithms.ts';
import { KmsError } from '../domain/errors.ts';
import { TRANSPORT_MECHANISM, type TransportedMaterial, type TransportKey } from '../domain/transport-key.ts';
import type { OpenedKey } from './software-keys.ts';

/** Throws `invalidKeyMaterial` with the detail `part`: `wrapped`, `nonce` or `iv`. */
export async function openTransported(
  { key, algorithm }: OpenedKey,
  { nonce }: TransportKey,
  { wrapped, proof }: TransportedMaterial,
): Promise<SecretBytes> {
  const row = mechanismRow('asymmetricEncryption', TRANSPORT_MECHANISM, algorithm);
  const material = await row.decrypt(key, wrapped).catch((thrown: unknown) => {
    throw refusalOf('wrapped', thrown);
  });
  try {
    if (proof !== undefined) requireNonce(material, proof, nonce);
    return material;
  } catch (thrown) {
    material[Symbol.dispose]();
    throw thrown;
  }
}

const TAG_BYTES = 16;
const IV_BYTES = 12;

/** The keys of AES-GCM by their length in bytes; material of another length proves nothing. */
const AES_KEYS: Readonly<Record<number, 'aes-128' | 'aes-192' | 'aes-256'>> = {
  16: 'aes-128',
  24: 'aes-192',
  32: 'aes-256',
} satisfies Record<number, KeyAlgorithm>;

function requireNonce(
  material: SecretBytes,
  { encryptedNonce, iv }: NonNullable<TransportedMaterial['proof']>,
  nonce: TransportKey['nonce'],
): void {
  const algorithm = AES_KEYS[material.length];
  if (iv.length !== IV_BYTES) throw refusal('iv');
  if (algorithm === undefined || encryptedNonce.length !== nonce.length + TAG_BYTES) throw refusal('nonce');
  const end = encryptedNonce.length - TAG_BYTES;
  const sealed = { iv, ciphertext: encryptedNonce.subarray(0, end), tag: encryptedNonce.subarray(end) };
  using opened = openedNonce(() =>
    mechanismRow('aead', 'aes-gcm', algorithm).decrypt(openKeyMaterial(algorithm, material), sealed),
  );
  if (!equalSecret(revealSecretBytes(opened), nonce)) throw refusal('nonce');
}

function openedNonce(open: () => SecretBytes): SecretBytes {
  try {
    return open();
  } catch (thrown) {
    throw refusalOf('nonce', thrown);
  }
}

const MESSAGES = {
  wrapped: 'The material does not open under the transport key: RSA-OAEP with SHA-256 is needed.',
  nonce:
    'The nonce is not the one of the transport key, or not encrypted by AES-GCM under the material itself.',
  iv: `The iv of the nonce must have ${IV_BYTES} bytes.`,
} as const;

function refusal(part: keyof typeof MESSAGES): KmsError {
  return new KmsError('invalidKeyMaterial', MESSAGES[part], { part });
}

/** What does not open is the caller's; anything else, such as a full queue, stays what it is. */
function refusalOf(part: keyof typeof MESSAGES, thrown: unknown): unknown {
  return thrown instanceof KmsError && thrown.code === 'invalidCiphertext' ? refusal(part) : thrown;
}
