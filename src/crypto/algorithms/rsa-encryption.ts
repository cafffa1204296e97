// RSA encryption: OAEP (RFC 8017 section 7.1) and PKCS #1 v1.5 (section 7.2).
// Decryption with v1.5 keeps OpenSSL's implicit rejection: a wrong padding gives an unrelated text of plausible length and no error,
// so nothing here or above may tell the two apart.

import { constants, type KeyObject, publicEncrypt } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, EMPTY_BYTES } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { DIGESTS, type MechanismOfKind } from '../../domain/algorithms.ts';
import { invalidInput } from '../../domain/errors.ts';
import { OAEP_DIGESTS, perDigest } from '../../domain/mechanisms.ts';
import { NODE_DIGESTS } from '../node-crypto.ts';
import { JobRefused, offload } from '../offload.ts';
import { doesNotOpen, refuseParameters } from './checks.ts';
import type { AsymmetricEncryptionParameters, AsymmetricEncryptionRow } from './kinds.ts';

type OaepDigest = (typeof OAEP_DIGESTS)[number];

export function modulusBytes(key: KeyObject): number {
  return Math.ceil(must(key.asymmetricKeyDetails?.modulusLength, 'an RSA key has a modulus') / 8);
}

function oaep(digest: OaepDigest): AsymmetricEncryptionRow {
  // RFC 8017 section 7.1.1 step 1: mLen <= k - 2hLen - 2.
  const plaintextBytesMax = (key: KeyObject) => modulusBytes(key) - 2 * DIGESTS[digest].bytes - 2;
  return {
    kind: 'asymmetricEncryption',
    plaintextBytesMax,
    async encrypt(publicKey, plaintext, { label = EMPTY_BYTES, mgf1Digest = digest } = {}) {
      refuseLongPlaintext(plaintext, plaintextBytesMax(publicKey));
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      const hashes = { oaepHash: NODE_DIGESTS[digest], mgf1Hash: NODE_DIGESTS[mgf1Digest] };
      return publicEncrypt({ key: publicKey, padding, ...hashes, oaepLabel: label }, plaintext);
    },
    async decrypt(privateKey, ciphertext, { label = EMPTY_BYTES, mgf1Digest = digest } = {}) {
      refuseOtherLength(privateKey, ciphertext);
      return opened(offload('rsaOaepDecrypt', { privateKey, ciphertext, digest, mgf1Digest, label }));
    },
  };
}

const pkcs1v15: AsymmetricEncryptionRow = {
  kind: 'asymmetricEncryption',
  // RFC 8017 section 7.2.1 step 1: mLen <= k - 11.
  plaintextBytesMax: key => modulusBytes(key) - 11,
  async encrypt(publicKey, plaintext, parameters: AsymmetricEncryptionParameters = {}) {
    refuseParameters('rsa-pkcs1-v15', { ...parameters });
    refuseLongPlaintext(plaintext, pkcs1v15.plaintextBytesMax(publicKey));
    return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, plaintext);
  },
  async decrypt(privateKey, ciphertext, parameters: AsymmetricEncryptionParameters = {}) {
    refuseParameters('rsa-pkcs1-v15', { ...parameters });
    refuseOtherLength(privateKey, ciphertext);
    return opened(offload('rsaPkcs1Decrypt', { privateKey, input: ciphertext }));
  },
};

export function refuseLongPlaintext(plaintext: Bytes, bytesMax: number): void {
  if (plaintext.length > bytesMax)
    throw invalidInput('plaintext', `must have at most ${bytesMax} bytes for this key`);
}

/** RFC 8017: a ciphertext has the length of the modulus. OpenSSL would take a shorter one as a number. */
function refuseOtherLength(key: KeyObject, ciphertext: Bytes): void {
  if (ciphertext.length !== modulusBytes(key)) throw doesNotOpen();
}

async function opened(job: Promise<Uint8Array>): Promise<SecretBytes> {
  try {
    return SecretBytes.own(await job);
  } catch (thrown) {
    if (thrown instanceof JobRefused) throw doesNotOpen(thrown);
    throw thrown;
  }
}

export const RSA_ENCRYPTION_ROWS = {
  ...perDigest('rsa-oaep', OAEP_DIGESTS, oaep),
  'rsa-pkcs1-v15': pkcs1v15,
} as const satisfies Partial<Record<MechanismOfKind<'asymmetricEncryption'>, AsymmetricEncryptionRow>>;
