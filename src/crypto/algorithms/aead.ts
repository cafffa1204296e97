// Authenticated encryption: AES-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439).
// A tag shorter than 16 bytes is taken only when the caller names its length, so that nobody can shorten one in transit.

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { must } from '../../base/assert.ts';
import { type Bytes, concatBytes, EMPTY_BYTES } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { MECHANISMS, type MechanismOfKind } from '../../domain/algorithms.ts';
import { checkedIv, checkPlaintextLength, chosenLength, doesNotOpen } from './checks.ts';
import type { AeadMessage, AeadOutput, AeadRow, AeadSealed, MessageParts } from './kinds.ts';

type AeadMechanism = MechanismOfKind<'aead'>;
type AeadCipher = 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';

function cipherOf(mechanism: AeadMechanism, key: KeyObject): AeadCipher {
  if (mechanism === 'chacha20-poly1305') return mechanism;
  return `aes-${8 * must(key.symmetricKeySize, 'an AEAD key is a secret key')}-gcm` as AeadCipher;
}

function aead(mechanism: AeadMechanism): AeadRow {
  const { tagBytes: tagRange } = MECHANISMS[mechanism];
  const begin = (key: KeyObject, message: Omit<AeadMessage, 'plaintext'>) => {
    const authTagLength = chosenLength('tagBytes', tagRange, message.tagBytes);
    const iv = checkedIv(mechanism, message.iv);
    const cipher = createCipheriv(cipherOf(mechanism, key) as 'aes-256-gcm', key, iv, { authTagLength });
    return cipher.setAAD(message.associatedData ?? EMPTY_BYTES);
  };
  return {
    kind: 'aead',
    encryptParts(key, message): MessageParts {
      const cipher = begin(key, message);
      return {
        update: part => cipher.update(part),
        finish: () => concatBytes(cipher.final(), cipher.getAuthTag()),
      };
    },
    encrypt(key: KeyObject, message: AeadMessage): AeadOutput {
      const cipher = begin(key, message);
      checkPlaintextLength(mechanism, message.plaintext.length);
      const ciphertext = concatBytes(cipher.update(message.plaintext), cipher.final());
      return { ciphertext, tag: cipher.getAuthTag() };
    },
    decrypt(key: KeyObject, sealed: AeadSealed): SecretBytes {
      const authTagLength = chosenLength('tagBytes', tagRange, sealed.tagBytes);
      const iv = checkedIv(mechanism, sealed.iv);
      if (sealed.tag.length !== authTagLength) throw doesNotOpen();
      const decipher = createDecipheriv(cipherOf(mechanism, key) as 'aes-256-gcm', key, iv, {
        authTagLength,
      });
      decipher.setAAD(sealed.associatedData ?? EMPTY_BYTES);
      decipher.setAuthTag(sealed.tag);
      return openWith(decipher, sealed.ciphertext);
    },
  };
}

interface Decipher {
  update(ciphertext: Bytes): Buffer;
  final(): Buffer;
}

/** Runs a decipher to its end: unverified plaintext is wiped, and every failure reads the same. */
export function openWith(decipher: Decipher, ciphertext: Bytes): SecretBytes {
  let opened: Buffer | undefined;
  try {
    opened = decipher.update(ciphertext);
    const last = decipher.final();
    if (last.length === 0) return SecretBytes.own(opened);
    const plaintext = concatBytes(opened, last);
    last.fill(0);
    opened.fill(0);
    return SecretBytes.own(plaintext);
  } catch (cause) {
    opened?.fill(0);
    throw doesNotOpen(cause);
  }
}

export const AEAD_ROWS = {
  'aes-gcm': aead('aes-gcm'),
  'chacha20-poly1305': aead('chacha20-poly1305'),
} as const satisfies Record<AeadMechanism, AeadRow>;
