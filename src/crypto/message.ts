// Keyhold's ciphertext format, docs/formats/ciphertext.md: self-describing, key-committing, bound to the caller's context.
// It never says why a ciphertext does not open.

import type { KeyObject } from 'node:crypto';
import { assert } from '../base/assert.ts';
import {
  type Bytes,
  compareBytes,
  concatBytes,
  decodeHex,
  hex,
  readUint32,
  uint32,
  utf8,
} from '../base/bytes.ts';
import type { SecretBytes } from '../base/secret-bytes.ts';
import { doesNotOpen } from './algorithms/checks.ts';
import {
  derivationInputs,
  headerOf,
  SALT_BYTES,
  SEAL_OVERHEAD_BYTES,
  type SealFormat,
  seal,
  sealWith,
  unseal,
  unsealWith,
} from './message-seal.ts';

const FORMAT_VERSION = 0x01;
const KEY_ID_BYTES = 16;
const PREFIX_BYTES = 1 + KEY_ID_BYTES + 4;
const HEADER_BYTES = PREFIX_BYTES + SALT_BYTES;
const MESSAGE: SealFormat = { label: utf8('keyhold message v1'), headerBytes: HEADER_BYTES };

/** How much longer a ciphertext is than its plaintext. */
export const MESSAGE_OVERHEAD_BYTES = HEADER_BYTES + SEAL_OVERHEAD_BYTES;

/** Random bytes that every message needs, never used twice. */
export const MESSAGE_SALT_BYTES = SALT_BYTES;

export interface MessageHeader {
  /** UUID in lower case. */
  readonly keyId: string;
  readonly version: number;
}

/** A key version as the format needs it. */
export interface MessageKey {
  readonly master: KeyObject;
  /** {@link messagePrefix} of its id and version. */
  readonly prefix: Bytes;
}

/** The bytes that every ciphertext of the key version begins with: format version, key id, key version. */
export function messagePrefix(header: MessageHeader): Bytes {
  const prefix = new Uint8Array(PREFIX_BYTES);
  prefix[0] = FORMAT_VERSION;
  prefix.set(uuidBytes(header.keyId), 1);
  prefix.set(uint32(header.version), 1 + KEY_ID_BYTES);
  return prefix;
}

/** What a ciphertext says about its key, for finding it; undefined when malformed. Not to be trusted before it has opened. */
export function readMessageHeader(ciphertext: Bytes): MessageHeader | undefined {
  if (ciphertext.length < MESSAGE_OVERHEAD_BYTES || ciphertext[0] !== FORMAT_VERSION) return undefined;
  const version = readUint32(ciphertext, 1 + KEY_ID_BYTES);
  if (version === 0) return undefined;
  return { keyId: uuidText(ciphertext.subarray(1, 1 + KEY_ID_BYTES)), version };
}

/** `salt` is 16 random bytes, fresh for this message. */
export function sealMessage(key: MessageKey, salt: Bytes, plaintext: Bytes, associatedData: Bytes): Bytes {
  assert(salt.length === SALT_BYTES, 'a message has a salt of 16 bytes');
  return seal(MESSAGE, key.master, concatBytes(key.prefix, salt), associatedData, plaintext);
}

/** A key version whose master key is somewhere else, and computes HMAC-SHA-256 there. */
export interface RemoteMessageKey {
  readonly prefix: Bytes;
  /** The outputs in the order of the inputs, joined. */
  derive(inputs: readonly Bytes[]): Promise<SecretBytes>;
}

/** {@link sealMessage} with a master key that is somewhere else. */
export async function sealMessageRemotely(
  key: RemoteMessageKey,
  salt: Bytes,
  plaintext: Bytes,
  associatedData: Bytes,
): Promise<Bytes> {
  const header = concatBytes(key.prefix, salt);
  using derived = await key.derive(derivationInputs(MESSAGE, header));
  return sealWith(MESSAGE, derived, header, associatedData, plaintext);
}

/** {@link openMessage} with a master key that is somewhere else. */
export async function openMessageRemotely(
  key: RemoteMessageKey,
  ciphertext: Bytes,
  associatedData: Bytes,
): Promise<SecretBytes> {
  const header = headerOf(MESSAGE, ciphertext);
  if (header === undefined || compareBytes(header.subarray(0, PREFIX_BYTES), key.prefix) !== 0)
    throw doesNotOpen();
  using derived = await key.derive(derivationInputs(MESSAGE, header));
  const plaintext = unsealWith(MESSAGE, derived, ciphertext, associatedData);
  if (plaintext === undefined) throw doesNotOpen();
  return plaintext;
}

/** Throws `invalidCiphertext`, the same for every reason. */
export function openMessage(key: MessageKey, ciphertext: Bytes, associatedData: Bytes): SecretBytes {
  const own = compareBytes(ciphertext.subarray(0, PREFIX_BYTES), key.prefix) === 0;
  const plaintext = own ? unseal(MESSAGE, key.master, ciphertext, associatedData) : undefined;
  if (plaintext === undefined) throw doesNotOpen();
  return plaintext;
}

/** The 16 bytes of a UUID (RFC 9562 section 4). */
export function uuidBytes(uuid: string): Bytes {
  const bytes = decodeHex(uuid.replaceAll('-', ''));
  assert(bytes?.length === KEY_ID_BYTES, 'a key id is a UUID');
  return bytes;
}

function uuidText(bytes: Bytes): string {
  const digits = hex(bytes);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}
