// Ciphers without integrity: the modes of NIST SP 800-38A and XTS (SP 800-38E), ChaCha20 alone, and old ciphers. Only for protocols that
// ask for them by name.

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
import type { CipherParameters, CipherRow, Direction, MessageParts } from './kinds.ts';

type CipherMechanism = MechanismOfKind<'cipher'>;

interface CipherFacts {
  /** OpenSSL's name for a key of so many bytes. */
  readonly name: (keyBytes: number) => string;
  /** PKCS #7 (RFC 5652 section 6.3). */
  readonly padded?: boolean;
  /** A message is one unit: nothing comes out of a part of it. */
  readonly whole?: boolean;
  /** What OpenSSL calls the IV. */
  readonly block?: (iv: Bytes) => Bytes;
}

const aes = (mode: string) => (keyBytes: number) => `aes-${8 * keyBytes}-${mode}`;
const camellia = (mode: string) => (keyBytes: number) => `camellia-${8 * keyBytes}-${mode}`;
const tripleDes = (mode: string) => () => `des-ede3-${mode}`;

const FACTS = {
  'aes-cbc': { name: aes('cbc') },
  'aes-cbc-pkcs7': { name: aes('cbc'), padded: true },
  'aes-ecb': { name: aes('ecb') },
  'aes-ecb-pkcs7': { name: aes('ecb'), padded: true },
  // With segments of a whole block, SP 800-38A section 6.3.
  'aes-cfb': { name: aes('cfb') },
  'aes-ofb': { name: aes('ofb') },
  // An XTS key is two AES keys, and the name counts one of them.
  'aes-xts': { name: keyBytes => aes('xts')(keyBytes / 2), whole: true },
  chacha20: { name: () => 'chacha20', block: chachaBlock },
  'des-ede3-cbc': { name: tripleDes('cbc') },
  'des-ede3-cbc-pkcs7': { name: tripleDes('cbc'), padded: true },
  'des-ede3-ecb': { name: tripleDes('ecb') },
  'des-ede3-ecb-pkcs7': { name: tripleDes('ecb'), padded: true },
  'des-ede3-cfb': { name: tripleDes('cfb') },
  'des-ede3-ofb': { name: tripleDes('ofb') },
  'camellia-cbc': { name: camellia('cbc') },
  'camellia-cbc-pkcs7': { name: camellia('cbc'), padded: true },
  'camellia-ecb': { name: camellia('ecb') },
  'camellia-ecb-pkcs7': { name: camellia('ecb'), padded: true },
  'camellia-ctr': { name: camellia('ctr') },
  'camellia-cfb': { name: camellia('cfb') },
  'camellia-ofb': { name: camellia('ofb') },
} as const satisfies Readonly<Record<Exclude<CipherMechanism, 'aes-ctr'>, CipherFacts>>;

const CHACHA_BLOCK_BYTES = 16;

/** The counter and the nonce, both little endian: what is missing in front counts from zero. */
function chachaBlock(iv: Bytes): Bytes {
  if (![8, 12, CHACHA_BLOCK_BYTES].includes(iv.length)) throw invalidInput('iv', 'must be 8, 12 or 16 bytes');
  return concatBytes(new Uint8Array(CHACHA_BLOCK_BYTES - iv.length), iv);
}

function cipherRow(mechanism: keyof typeof FACTS): CipherRow {
  const { name, padded = false, whole = false, block }: CipherFacts = FACTS[mechanism];
  const begin = (direction: Direction, key: KeyObject, { iv: given, counterBits }: CipherParameters) => {
    refuseParameters(mechanism, { counterBits });
    const checked = checkedIv(mechanism, given);
    const iv = checked.length === 0 ? null : (block?.(checked) ?? checked);
    const cipher = name(must(key.symmetricKeySize, 'a cipher key is a secret key'));
    const made =
      direction === 'encrypt' ? createCipheriv(cipher, key, iv) : createDecipheriv(cipher, key, iv);
    return made.setAutoPadding(padded);
  };
  return {
    kind: 'cipher',
    encrypt(key, { plaintext, ...parameters }) {
      const cipher = begin('encrypt', key, parameters);
      checkPlaintextLength(mechanism, plaintext.length);
      return concatBytes(cipher.update(plaintext), cipher.final());
    },
    decrypt(key, { ciphertext, ...parameters }): SecretBytes {
      const decipher = begin('decrypt', key, parameters);
      // Without padding a ciphertext is as long as its plaintext; with it the decipher checks.
      if (plaintextLengthBroken(mechanism, ciphertext.length) !== undefined) throw doesNotOpen();
      return openWith(decipher, ciphertext);
    },
    inParts: (direction, key, parameters) =>
      whole ? undefined : inBlocks(mechanism, direction, begin(direction, key, parameters)),
  };
}

/** What OpenSSL gives out of each part; at the end a length that the mechanism does not take is refused as for a whole message. */
function inBlocks(
  mechanism: CipherMechanism,
  direction: Direction,
  cipher: { update(part: Bytes): Bytes; final(): Bytes },
): MessageParts {
  let lengthBytes = 0;
  return {
    update(part) {
      lengthBytes += part.length;
      return cipher.update(part);
    },
    finish() {
      if (direction === 'encrypt') checkPlaintextLength(mechanism, lengthBytes);
      else if (plaintextLengthBroken(mechanism, lengthBytes) !== undefined) throw doesNotOpen();
      try {
        return cipher.final();
      } catch (cause) {
        throw doesNotOpen(cause);
      }
    },
  };
}

const BLOCK_BYTES = 16;
const BLOCK_BITS = 8 * BLOCK_BYTES;

function counter(key: KeyObject, block: Bytes) {
  const keyBytes = must(key.symmetricKeySize, 'a cipher key is a secret key');
  return createCipheriv(aes('ctr')(keyBytes), key, block);
}

/** SP 800-38A section 6.5, with the incrementing function of appendix B.1 over the chosen number of bits. Encrypts as it decrypts. */
function countBlocks(key: KeyObject, given: Bytes | undefined, counterBits: number, input: Bytes): Bytes {
  const iv = checkedIv('aes-ctr', given);
  if (!Number.isInteger(counterBits) || counterBits < 1 || counterBits > BLOCK_BITS)
    throw invalidInput('counterBits', `must be 1 to ${BLOCK_BITS}`);
  const counted = (block: Bytes, part: Bytes): Bytes => {
    const cipher = counter(key, block);
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
  inParts(direction, key, { iv, counterBits = BLOCK_BITS }) {
    if (counterBits !== BLOCK_BITS) return undefined;
    return inBlocks('aes-ctr', direction, counter(key, checkedIv('aes-ctr', iv)));
  },
};

export const CIPHER_ROWS = {
  'aes-cbc': cipherRow('aes-cbc'),
  'aes-cbc-pkcs7': cipherRow('aes-cbc-pkcs7'),
  'aes-ctr': aesCtr,
  'aes-ecb': cipherRow('aes-ecb'),
  'aes-ecb-pkcs7': cipherRow('aes-ecb-pkcs7'),
  'aes-cfb': cipherRow('aes-cfb'),
  'aes-ofb': cipherRow('aes-ofb'),
  'aes-xts': cipherRow('aes-xts'),
  chacha20: cipherRow('chacha20'),
  'des-ede3-cbc': cipherRow('des-ede3-cbc'),
  'des-ede3-cbc-pkcs7': cipherRow('des-ede3-cbc-pkcs7'),
  'des-ede3-ecb': cipherRow('des-ede3-ecb'),
  'des-ede3-ecb-pkcs7': cipherRow('des-ede3-ecb-pkcs7'),
  'des-ede3-cfb': cipherRow('des-ede3-cfb'),
  'des-ede3-ofb': cipherRow('des-ede3-ofb'),
  'camellia-cbc': cipherRow('camellia-cbc'),
  'camellia-cbc-pkcs7': cipherRow('camellia-cbc-pkcs7'),
  'camellia-ecb': cipherRow('camellia-ecb'),
  'camellia-ecb-pkcs7': cipherRow('camellia-ecb-pkcs7'),
  'camellia-ctr': cipherRow('camellia-ctr'),
  'camellia-cfb': cipherRow('camellia-cfb'),
  'camellia-ofb': cipherRow('camellia-ofb'),
} as const satisfies Record<CipherMechanism, CipherRow>;
