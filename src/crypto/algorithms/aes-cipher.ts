// AES without integrity: CBC, CTR, ECB (NIST SP 800-38A) and XTS (SP 800-38E). Only for protocols that ask for these modes by name.

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, concatBytes } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import type { MechanismOfKind } from '../../domain/algorithms.ts';
import { invalidInput } from '../../domain/errors.ts';
import { openWith } from './aead.ts';
import {
  checkedIv,
  checkPlaintextLength,
  doesNotOpen,
  plaintextLengthBroken,
  refuseParameters,
} from './checks.ts';
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
      refuseParameters(mechanism, { counterBits: message.counterBits });
      const iv = ivOf(message.iv);
      checkPlaintextLength(mechanism, message.plaintext.length);
      const cipher = createCipheriv(cipherOf(mode, key), key, iv).setAutoPadding(padded);
      return concatBytes(cipher.update(message.plaintext), cipher.final());
    },
    decrypt(key, sealed): SecretBytes {
      refuseParameters(mechanism, { counterBits: sealed.counterBits });
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

const BLOCK_BYTES = 16;
const BLOCK_BITS = 8 * BLOCK_BYTES;

/** SP 800-38A section 6.5, with the incrementing function of appendix B.1 over the chosen number of bits. Encrypts as it decrypts. */
function countBlocks(key: KeyObject, given: Bytes | undefined, counterBits: number, input: Bytes): Bytes {
  const iv = checkedIv('aes-ctr', given);
  if (!Number.isInteger(counterBits) || counterBits < 1 || counterBits > BLOCK_BITS)
    throw invalidInput('counterBits', `must be 1 to ${BLOCK_BITS}`);
  const counted = (block: Bytes, part: Bytes): Bytes => {
    const cipher = createCipheriv(cipherOf('ctr', key), key, block);
    return concatBytes(cipher.update(part), cipher.final());
  };
  // OpenSSL counts with all bits: where fewer begin anew, the message falls into two parts.
  const first = BigInt(`0x${Buffer.from(iv).toString('hex')}`);
  const counters = 1n << BigInt(counterBits);
  const untilZero = counters - (first % counters);
  const blocks = BigInt(Math.ceil(input.length / BLOCK_BYTES));
  if (blocks <= untilZero) return counted(iv, input);
  if (blocks > counters) throw invalidInput('counterBits', 'must count every block of the message');
  const zeroed = (first - (first % counters)).toString(16).padStart(2 * BLOCK_BYTES, '0');
  const splitAt = Number(untilZero) * BLOCK_BYTES;
  return concatBytes(
    counted(iv, input.subarray(0, splitAt)),
    counted(Buffer.from(zeroed, 'hex'), input.subarray(splitAt)),
  );
}

const aesCtr: CipherRow = {
  kind: 'cipher',
  encrypt: (key, { iv, counterBits = BLOCK_BITS, plaintext }) => countBlocks(key, iv, counterBits, plaintext),
  decrypt: (key, { iv, counterBits = BLOCK_BITS, ciphertext }) =>
    SecretBytes.own(countBlocks(key, iv, counterBits, ciphertext)),
};

export const CIPHER_ROWS = {
  'aes-cbc': aesCipher('aes-cbc', 'cbc'),
  'aes-cbc-pkcs7': aesCipher('aes-cbc-pkcs7', 'cbc', true),
  'aes-ctr': aesCtr,
  'aes-ecb': aesCipher('aes-ecb', 'ecb'),
  'aes-xts': aesCipher('aes-xts', 'xts'),
} as const satisfies Record<CipherMechanism, CipherRow>;
