// AES without integrity: CBC, CTR, ECB (NIST SP 800-38A) and XTS (SP 800-38E). Only for protocols that ask for these modes by name.

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, concatBytes } from '../../base/bytes.ts';
import type { SecretBytes } from '../../base/secret-bytes.ts';
import type { MechanismOfKind } from '../../domain/algorithms.ts';
import { openWith } from './aead.ts';
import { checkedIv, checkPlaintextLength, doesNotOpen, plaintextLengthBroken } from './checks.ts';
import type { CipherRow } from './kinds.ts';

type CipherMechanism = MechanismOfKind<'cipher'>;
type Mode = 'cbc' | 'ctr' | 'ecb' | 'xts';

function cipherOf(mode: Mode, key: KeyObject): string {
  const bytes = must(key.symmetricKeySize, 'a cipher key is a secret key');
  // An XTS key is two AES keys, and the name counts one of them.
  return `aes-${mode === 'xts' ? 4 * bytes : 8 * bytes}-${mode}`;
}

function aesCipher(mechanism: CipherMechanism, mode: Mode, padded = false): CipherRow {
  const ivOf = (given: Bytes | undefined) => {
    const iv = checkedIv(mechanism, given);
    return mode === 'ecb' ? null : iv;
  };
  return {
    kind: 'cipher',
    encrypt(key, message) {
      const iv = ivOf(message.iv);
      checkPlaintextLength(mechanism, message.plaintext.length);
      const cipher = createCipheriv(cipherOf(mode, key), key, iv).setAutoPadding(padded);
      return concatBytes(cipher.update(message.plaintext), cipher.final());
    },
    decrypt(key, sealed): SecretBytes {
      const iv = ivOf(sealed.iv);
      // Without padding a ciphertext is as long as its plaintext; with it the decipher checks.
      if (plaintextLengthBroken(mechanism, sealed.ciphertext.length) !== undefined) throw doesNotOpen();
      return openWith(
        createDecipheriv(cipherOf(mode, key), key, iv).setAutoPadding(padded),
        sealed.ciphertext,
      );
    },
  };
}

export const CIPHER_ROWS = {
  'aes-cbc': aesCipher('aes-cbc', 'cbc'),
  'aes-cbc-pkcs7': aesCipher('aes-cbc-pkcs7', 'cbc', true),
  'aes-ctr': aesCipher('aes-ctr', 'ctr'),
  'aes-ecb': aesCipher('aes-ecb', 'ecb'),
  'aes-xts': aesCipher('aes-xts', 'xts'),
} as const satisfies Record<CipherMechanism, CipherRow>;
