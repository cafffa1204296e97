// The sealing construction behind ciphertexts, wrapped material and wrapped project keys: a fresh AES-256-GCM key and a commitment per
// message. See docs/formats/ciphertext.md. Every use has a label of its own; a label never serves two formats.

import { createCipheriv, createDecipheriv, createHmac, type KeyObject } from 'node:crypto';
import { assert } from '../base/assert.ts';
import { type Bytes, concatBytes, equalSecret, uint32, utf8, wipe } from '../base/bytes.ts';
import { SecretBytes } from '../base/secret-bytes.ts';

export const SALT_BYTES = 16;
export const COMMITMENT_BYTES = 32;
export const TAG_BYTES = 16;

/** What sealing adds to the header and the plaintext. */
export const SEAL_OVERHEAD_BYTES = COMMITMENT_BYTES + TAG_BYTES;

const BLOCK_BITS = 256;
const MESSAGE_KEY_BLOCK = 1;
const COMMITMENT_BLOCK = 2;

/** Constant because its key encrypts one message only; ciphertext.md says why. */
const NONCE = new Uint8Array(12);
const GCM_OPTIONS = { authTagLength: TAG_BYTES } as const;

/** One use of the construction: its label and the length of its header. Two uses of one master key have two labels. */
export interface SealFormat {
  readonly headerBytes: number;
  /** Label || 0x00, and L behind the context: the fixed input of SP 800-108r1 section 4.1 without the context. */
  readonly beforeContext: Bytes;
  readonly afterContext: Bytes;
}

export function sealFormat(label: string, headerBytes: number): SealFormat {
  return {
    headerBytes,
    beforeContext: concatBytes(utf8(label), Uint8Array.of(0)),
    afterContext: uint32(2 * BLOCK_BITS),
  };
}

/** Header, commitment, encrypted plaintext, tag. The header holds the salt: the caller never gives the same one twice. */
export function seal(
  format: SealFormat,
  master: KeyObject,
  header: Bytes,
  associatedData: Bytes,
  plaintext: Bytes,
): Uint8Array<ArrayBuffer> {
  assert(header.length === format.headerBytes, 'a sealed message has the header length of its format');
  const keys = new MessageKeys(format, master, header);
  const messageKey = keys.block(MESSAGE_KEY_BLOCK);
  try {
    const cipher = createCipheriv('aes-256-gcm', messageKey, NONCE, GCM_OPTIONS);
    cipher.setAAD(withHeader(header, associatedData));
    const encrypted = cipher.update(plaintext);
    cipher.final();
    return concatBytes(header, keys.block(COMMITMENT_BLOCK), encrypted, cipher.getAuthTag());
  } finally {
    wipe(messageKey);
  }
}

/** The plaintext, or undefined for whatever is wrong: length, commitment, tag, associated data. The last three take the same work. */
export function unseal(
  format: SealFormat,
  master: KeyObject,
  sealed: Bytes,
  associatedData: Bytes,
): SecretBytes | undefined {
  const { headerBytes } = format;
  if (sealed.length < headerBytes + SEAL_OVERHEAD_BYTES) return undefined;
  const header = sealed.subarray(0, headerBytes);
  const keys = new MessageKeys(format, master, header);
  const messageKey = keys.block(MESSAGE_KEY_BLOCK);
  try {
    const commitment = sealed.subarray(headerBytes, headerBytes + COMMITMENT_BYTES);
    const committed = equalSecret(commitment, keys.block(COMMITMENT_BLOCK));
    const decipher = createDecipheriv('aes-256-gcm', messageKey, NONCE, GCM_OPTIONS);
    decipher.setAAD(withHeader(header, associatedData));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const plaintext = decipher.update(
      sealed.subarray(headerBytes + COMMITMENT_BYTES, sealed.length - TAG_BYTES),
    );
    if (authentic(decipher) && committed) return SecretBytes.own(plaintext);
    wipe(plaintext);
    return undefined;
  } finally {
    wipe(messageKey);
  }
}

/** KDF in counter mode, NIST SP 800-108r1 section 4.1, over HMAC-SHA-256 with a counter of 32 bits before the fixed input. */
class MessageKeys {
  readonly #master: KeyObject;
  readonly #input: Buffer;

  constructor(format: SealFormat, master: KeyObject, context: Bytes) {
    const { beforeContext, afterContext } = format;
    this.#master = master;
    this.#input = Buffer.allocUnsafe(4 + beforeContext.length + context.length + afterContext.length);
    this.#input.set(beforeContext, 4);
    this.#input.set(context, 4 + beforeContext.length);
    this.#input.set(afterContext, 4 + beforeContext.length + context.length);
  }

  block(counter: number): Buffer {
    this.#input.writeUInt32BE(counter);
    return createHmac('sha256', this.#master).update(this.#input).digest();
  }
}

function withHeader(header: Bytes, associatedData: Bytes): Bytes {
  return associatedData.length === 0 ? header : concatBytes(header, associatedData);
}

function authentic(decipher: { final(): Buffer }): boolean {
  try {
    decipher.final();
    return true;
  } catch {
    return false;
  }
}
