// RSA AES key wrap (PKCS #11 CKM_RSA_AES_KEY_WRAP): a fresh AES-256 key under RSA-OAEP, and behind it the material under that key by AES-KWP
// (RFC 5649). So RSA wraps material of any length, pairs included.

import { createSecretKey, randomBytes } from 'node:crypto';
import { concatBytes, wipe } from '../../base/bytes.ts';
import { revealSecretBytes } from '../../base/secret-bytes.ts';
import { LIMITS } from '../../domain/limits.ts';
import { OAEP_DIGESTS, perDigest } from '../../domain/mechanisms.ts';
import { doesNotOpen } from './checks.ts';
import { KEY_WRAP_ROWS } from './key-wrap.ts';
import type { AsymmetricEncryptionRow } from './kinds.ts';
import { modulusBytes, RSA_ENCRYPTION_ROWS, refuseLongPlaintext } from './rsa-encryption.ts';

const TRANSIENT_KEY_BYTES = 32;
/** Other makers of wrapped keys may take a shorter transient key. */
const AES_KEY_BYTES: readonly number[] = [16, 24, TRANSIENT_KEY_BYTES];

function rsaAesKwp(digest: (typeof OAEP_DIGESTS)[number]): AsymmetricEncryptionRow {
  const oaep = RSA_ENCRYPTION_ROWS[`rsa-oaep-${digest}`];
  const keyWrap = KEY_WRAP_ROWS['aes-kwp'];
  return {
    kind: 'asymmetricEncryption',
    plaintextBytesMax: () => LIMITS.opaqueBytesMax,
    async encrypt(publicKey, material, parameters) {
      refuseLongPlaintext(material, LIMITS.opaqueBytesMax);
      const transient = randomBytes(TRANSIENT_KEY_BYTES);
      try {
        const sealedKey = await oaep.encrypt(publicKey, transient, parameters);
        return concatBytes(sealedKey, keyWrap.wrap(createSecretKey(transient), material));
      } finally {
        wipe(transient);
      }
    },
    async decrypt(privateKey, wrapped, parameters) {
      const keyEnd = modulusBytes(privateKey);
      using transient = await oaep.decrypt(privateKey, wrapped.subarray(0, keyEnd), parameters);
      if (!AES_KEY_BYTES.includes(transient.length)) throw doesNotOpen();
      return keyWrap.unwrap(createSecretKey(revealSecretBytes(transient)), wrapped.subarray(keyEnd));
    },
  };
}

export const RSA_AES_KEY_WRAP_ROWS = perDigest('rsa-aes-kwp', OAEP_DIGESTS, rsaAesKwp);
