// The sealing construction behind ciphertexts, wrapped material and wrapped project keys: a fresh AES-256-GCM key and a commitment per
// message. See docs/formats/ciphertext.md. Every use has a label of its own; a label never serves two formats.

import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { assert } from '../base/assert.ts';
import { type Bytes, concatBytes, equalSecret, wipe } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import { counterFixedInput, counterInputs, deriveCounterHmac } from './kdf.ts';

export const SALT_BYTES = 16;
const COMMITMENT_BYTES = 32;
const TAG_BYTES = 16;

/** What sealing adds to the header and the plaintext. */
export const SEAL_OVERHEAD_BYTES = COMMITMENT_BYTES + TAG_BYTES;

const MESSAGE_KEY_BYTES = 32;
const DERIVED_BYTES = MESSAGE_KEY_BYTES + COMMITMENT_BYTES;

/** Constant because its key encrypts one message only; ciphertext.md says why. */
const NONCE = new Uint8Array(12);
const GCM_OPTIONS = { authTagLength: TAG_BYTES } as const;

/** One use of the construction. Two uses of one master key have two labels. */
export interface SealFormat {
  readonly label: Bytes;
  readonly headerBytes: number;
}

/** Header, commitment, encrypted plaintext, tag. The header holds the salt: the caller never gives the same one twice. */
export function seal(
  format: SealFormat,
  master: KeyObject,
  header: Bytes,
  associatedData: Bytes,
  plaintext: Bytes,
): Uint8Array<ArrayBuffer> {
  using derived = deriveKeys(format, master, header);
  return sealWith(format, derived, header, associatedData, plaintext);
}

/** The same with what was derived from the master key elsewhere, by {@link derivationInputs}. */
export function sealWith(
  format: SealFormat,
  derived: SecretBytes,
  header: Bytes,
  associatedData: Bytes,
  plaintext: Bytes,
): Uint8Array<ArrayBuffer> {
  assert(header.length === format.headerBytes, 'a sealed message has the header length of its format');
  const cipher = createCipheriv('aes-256-gcm', messageKeyOf(derived), NONCE, GCM_OPTIONS);
  cipher.setAAD(withHeader(header, associatedData));
  const encrypted = cipher.update(plaintext);
  cipher.final();
  return concatBytes(header, commitmentOf(derived), encrypted, cipher.getAuthTag());
}

/** The plaintext, or undefined for whatever is wrong: length, commitment, tag, associated data. The last three take the same work. */
export function unseal(
  format: SealFormat,
  master: KeyObject,
  sealed: Bytes,
  associatedData: Bytes,
): SecretBytes | undefined {
  const header = headerOf(format, sealed);
  if (header === undefined) return undefined;
  using derived = deriveKeys(format, master, header);
  return unsealWith(format, derived, sealed, associatedData);
}

/** The header of what is long enough to be sealed. */
export function headerOf({ headerBytes }: SealFormat, sealed: Bytes): Bytes | undefined {
  return sealed.length < headerBytes + SEAL_OVERHEAD_BYTES ? undefined : sealed.subarray(0, headerBytes);
}

/** The same with what was derived from the master key elsewhere. The sealed bytes have a header. */
export function unsealWith(
  { headerBytes }: SealFormat,
  derived: SecretBytes,
  sealed: Bytes,
  associatedData: Bytes,
): SecretBytes | undefined {
  const header = sealed.subarray(0, headerBytes);
  const commitment = sealed.subarray(headerBytes, headerBytes + COMMITMENT_BYTES);
  const committed = equalSecret(commitment, commitmentOf(derived));
  const decipher = createDecipheriv('aes-256-gcm', messageKeyOf(derived), NONCE, GCM_OPTIONS);
  decipher.setAAD(withHeader(header, associatedData));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plaintext = decipher.update(
    sealed.subarray(headerBytes + COMMITMENT_BYTES, sealed.length - TAG_BYTES),
  );
  if (authentic(decipher) && committed) return SecretBytes.own(plaintext);
  wipe(plaintext);
  return undefined;
}

/** The commitment alone: tells which master key this is, and nothing about it. */
export function commitmentTo(format: SealFormat, master: KeyObject, header: Bytes): Bytes {
  using derived = deriveKeys(format, master, header);
  return Uint8Array.from(commitmentOf(derived));
}

/** The message key and the commitment, one behind the other: NIST SP 800-108r1 section 4.1 with HMAC-SHA-256. */
function deriveKeys(format: SealFormat, master: KeyObject, context: Bytes): SecretBytes {
  return deriveCounterHmac(
    'sha-256',
    master,
    counterFixedInput(format.label, context, DERIVED_BYTES),
    DERIVED_BYTES,
  );
}

/** The inputs of HMAC-SHA-256 under the master key whose outputs, joined, are what is derived: for a master key that is not here. */
export function derivationInputs(format: SealFormat, header: Bytes): readonly Bytes[] {
  return counterInputs('sha-256', counterFixedInput(format.label, header, DERIVED_BYTES), DERIVED_BYTES);
}

function messageKeyOf(derived: SecretBytes): Bytes {
  return revealSecretBytes(derived).subarray(0, MESSAGE_KEY_BYTES);
}

function commitmentOf(derived: SecretBytes): Bytes {
  return revealSecretBytes(derived).subarray(MESSAGE_KEY_BYTES);
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
