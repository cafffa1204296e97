// How PKCS #12 protects what it holds: keys from passwords (RFC 7292 appendix B, RFC 8018), and the ciphers under them. What is written is PBES2 with
// AES-256; triple DES is read besides, which files of ten years ago have. RC2 is not.

import { transcode } from 'node:buffer';
import { createCipheriv, createDecipheriv, createHash, pbkdf2 } from 'node:crypto';
import { setImmediate as aside } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Bytes, concatBytes, EMPTY_BYTES, wipe } from '../../../base/bytes.ts';
import type { Random } from '../../../core/ports/clock.ts';
import {
  type DerElement,
  type DerField,
  DerFields,
  der,
  numberOf,
  objectIdentifierOf,
} from '../../../wire/der/index.ts';
import { refusal } from '../faults.ts';

const derive = promisify(pbkdf2);

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SHA_1_AND_TRIPLE_DES = '1.2.840.113549.1.12.1.3';
const AES_256_CBC = '2.16.840.1.101.3.4.1.42';
const HMAC_SHA_256 = '1.2.840.113549.2.9';

const CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  [AES_256_CBC]: { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
};

const PRFS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  [HMAC_SHA_256]: 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

const SALT_BYTES = 16;
const IV_BYTES = 16;
const ITERATIONS = 100_000;
/** PBKDF2 runs beside the event loop, and the other derivation on it. */
const PBKDF2_ITERATIONS_MAX = 1_000_000;
const PKCS_12_ITERATIONS_MAX = 20_000;

const unsupported = () =>
  refusal('featureNotSupported', 'The PKCS #12 file is protected in a way that is not known.');

/** Of what is encrypted and of the MAC alike. */
export const closed = () =>
  refusal('cryptographicFailure', 'The PKCS #12 file does not open under the password.');

export interface Encrypted {
  /** AlgorithmIdentifier. */
  readonly algorithm: DerField;
  readonly ciphertext: Bytes;
}

/** `password`: in UTF-8. */
export async function encrypt(
  password: Bytes,
  plaintext: Bytes,
  random: Pick<Random, 'bytes'>,
): Promise<Encrypted> {
  const [salt, iv] = [random.bytes(SALT_BYTES), random.bytes(IV_BYTES)];
  const key = await derive(password, salt, ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  key.fill(0);
  const ciphertext = concatBytes(cipher.update(plaintext), cipher.final());
  const prf = der.sequence([der.objectIdentifier(HMAC_SHA_256), der.nothing()]);
  const derivation = der.sequence([
    der.objectIdentifier(PBKDF2),
    der.sequence([der.octetString(salt), der.integer(ITERATIONS), prf]),
  ]);
  const scheme = der.sequence([der.objectIdentifier(AES_256_CBC), der.octetString(iv)]);
  const algorithm = der.sequence([der.objectIdentifier(PBES2), der.sequence([derivation, scheme])]);
  return { algorithm, ciphertext };
}

/** Throws `cryptographicFailure` for another password, and `featureNotSupported`. The caller wipes the result. */
export async function decrypt(password: Bytes, algorithm: DerElement, ciphertext: Bytes): Promise<Bytes> {
  const fields = new DerFields(algorithm);
  const identifier = objectIdentifierOf(fields.one('objectIdentifier'));
  const parameters = new DerFields(fields.one('sequence'));
  if (identifier === PBES2) return decryptPbes2(password, parameters, ciphertext);
  if (identifier !== SHA_1_AND_TRIPLE_DES) throw unsupported();
  const salt = parameters.one('octetString').content;
  const iterations = iterationsOf(parameters.one('integer'), PKCS_12_ITERATIONS_MAX);
  const from = { password, salt, iterations, hash: 'sha1' } as const;
  const [key, iv] = [
    await derivePkcs12({ ...from, purpose: 1, length: 24 }),
    await derivePkcs12({ ...from, purpose: 2, length: 8 }),
  ];
  return opened('des-ede3-cbc', key, iv, ciphertext);
}

async function decryptPbes2(password: Bytes, parameters: DerFields, ciphertext: Bytes): Promise<Bytes> {
  const derivation = new DerFields(parameters.one('sequence'));
  const scheme = new DerFields(parameters.one('sequence'));
  if (objectIdentifierOf(derivation.one('objectIdentifier')) !== PBKDF2) throw unsupported();
  const fields = new DerFields(derivation.one('sequence'));
  const salt = fields.one('octetString').content;
  const iterations = iterationsOf(fields.one('integer'), PBKDF2_ITERATIONS_MAX);
  fields.optional('integer');
  const prf = fields.optional('sequence');
  const hash =
    prf === undefined ? 'sha1' : PRFS[objectIdentifierOf(new DerFields(prf).one('objectIdentifier'))];
  const cipher = CIPHERS[objectIdentifierOf(scheme.one('objectIdentifier'))];
  if (hash === undefined || cipher === undefined) throw unsupported();
  const iv = scheme.one('octetString').content;
  const key = await derive(password, salt, iterations, cipher.keyBytes, hash);
  return opened(cipher.name, key, iv, ciphertext);
}

function iterationsOf(element: DerElement, max: number): number {
  const count = numberOf(element);
  if (count < 1 || count > max)
    throw refusal('invalidField', 'The PKCS #12 file asks for too many rounds of its password.');
  return count;
}

function opened(cipher: string, key: Uint8Array, iv: Bytes, ciphertext: Bytes): Bytes {
  const parts: Bytes[] = [];
  try {
    const decipher = createDecipheriv(cipher, key, iv);
    parts.push(decipher.update(ciphertext));
    parts.push(decipher.final());
    return concatBytes(...parts);
  } catch {
    throw closed();
  } finally {
    key.fill(0);
    for (const part of parts) wipe(part);
  }
}

export type Pkcs12Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

export interface Pkcs12Derivation {
  /** In UTF-8. */
  readonly password: Bytes;
  readonly salt: Bytes;
  readonly iterations: number;
  readonly hash: Pkcs12Hash;
  /** 1: a key, 2: an IV, 3: a key for a MAC. */
  readonly purpose: 1 | 2 | 3;
  readonly length: number;
}

const BLOCK_BYTES = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 } as const satisfies Record<
  Pkcs12Hash,
  number
>;

/** Rounds between which others are served: a millisecond or two. */
const ROUNDS_AT_ONCE = 500;

/** RFC 7292 appendix B.2. The one derivation of a password that no library does off the event loop: it stands aside again and again. */
export async function derivePkcs12({
  password,
  salt,
  iterations,
  hash,
  purpose,
  length,
}: Pkcs12Derivation): Promise<Uint8Array> {
  const block = BLOCK_BYTES[hash];
  const diversifier = new Uint8Array(block).fill(purpose);
  const secret = bmpBytes(password);
  const passwords = repeated(secret, block);
  const input = concatBytes(repeated(salt, block), passwords);
  const output = new Uint8Array(length);
  for (let made = 0; made < length; ) {
    let round = hashed(hash, diversifier, input);
    for (let count = 1; count < iterations; count += 1) {
      const next = hashed(hash, round);
      round.fill(0);
      round = next;
      if (count % ROUNDS_AT_ONCE === 0) await aside();
    }
    output.set(round.subarray(0, length - made), made);
    made += round.length;
    const addend = repeated(round, block);
    for (let at = 0; at < input.length; at += block) addInto(input.subarray(at, at + block), addend);
    wipe(round);
    wipe(addend);
  }
  for (const each of [secret, passwords, input]) wipe(each);
  return output;
}

function hashed(hash: Pkcs12Hash, ...parts: readonly Bytes[]): Buffer {
  const state = createHash(hash);
  for (const part of parts) state.update(part);
  return state.digest();
}

/** Characters of two bytes with a zero one behind them (appendix B.1), and no string on the way, which could not be wiped. */
function bmpBytes(password: Bytes): Uint8Array {
  const characters = transcode(password, 'utf8', 'utf16le').swap16();
  const secret = new Uint8Array(characters.length + 2);
  secret.set(characters);
  wipe(characters);
  return secret;
}

/** As often as it takes to fill whole blocks. */
function repeated(bytes: Bytes, block: number): Uint8Array {
  if (bytes.length === 0) return new Uint8Array(EMPTY_BYTES);
  const filled = new Uint8Array(block * Math.ceil(bytes.length / block));
  for (let at = 0; at < filled.length; at += 1) filled[at] = bytes[at % bytes.length] ?? 0;
  return filled;
}

/** target + addend + 1, modulo the block. */
function addInto(target: Uint8Array, addend: Uint8Array): void {
  let carry = 1;
  for (let at = target.length - 1; at >= 0; at -= 1) {
    carry += (target[at] ?? 0) + (addend[at] ?? 0);
    target[at] = carry & 0xff;
    carry >>= 8;
  }
}
