// AES key wrap (RFC 3394) and key wrap with padding (RFC 5649), both of NIST SP 800-38F.
// The lengths are checked here: OpenSSL "unwraps" an empty text to nothing without an error.

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, concatBytes } from '../../base/bytes.ts';
import type { SecretBytes } from '../../base/secret-bytes.ts';
import type { MechanismOfKind } from '../../domain/algorithms.ts';
import { openWith } from './aead.ts';
import { checkPlaintextLength, doesNotOpen } from './checks.ts';
import type { KeyWrapRow } from './kinds.ts';

type KeyWrapMechanism = MechanismOfKind<'keyWrap'>;

interface Layout {
  readonly suffix: 'wrap' | 'wrap-pad';
  /** RFC 3394 section 2.2.3.1, RFC 5649 section 3. */
  readonly initialValue: Uint8Array;
  readonly wrappedBytesMin: number;
}

const LAYOUTS = {
  'aes-kw': { suffix: 'wrap', initialValue: new Uint8Array(8).fill(0xa6), wrappedBytesMin: 24 },
  'aes-kwp': { suffix: 'wrap-pad', initialValue: Uint8Array.of(0xa6, 0x59, 0x59, 0xa6), wrappedBytesMin: 16 },
} as const satisfies Record<KeyWrapMechanism, Layout>;

function keyWrap(mechanism: KeyWrapMechanism): KeyWrapRow {
  const { suffix, initialValue, wrappedBytesMin } = LAYOUTS[mechanism];
  const cipherOf = (key: KeyObject) =>
    `aes-${8 * must(key.symmetricKeySize, 'a wrapping key is a secret key')}-${suffix}`;
  return {
    kind: 'keyWrap',
    wrap(key: KeyObject, material: Bytes): Bytes {
      checkPlaintextLength(mechanism, material.length);
      const cipher = createCipheriv(cipherOf(key), key, initialValue);
      return concatBytes(cipher.update(material), cipher.final());
    },
    unwrap(key: KeyObject, wrapped: Bytes): SecretBytes {
      if (wrapped.length < wrappedBytesMin || wrapped.length % 8 !== 0) throw doesNotOpen();
      return openWith(createDecipheriv(cipherOf(key), key, initialValue), wrapped);
    },
  };
}

export const KEY_WRAP_ROWS = {
  'aes-kw': keyWrap('aes-kw'),
  'aes-kwp': keyWrap('aes-kwp'),
} as const satisfies Record<KeyWrapMechanism, KeyWrapRow>;
