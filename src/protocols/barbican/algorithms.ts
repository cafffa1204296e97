// What Barbican's clients call algorithms, as keys of ours: what is said of a secret decides whether its payload computes here, and what
// is ordered is made by it.

import type { KeyAlgorithm } from '../../domain/algorithms.ts';
import type { SecretType } from '../../domain/secret.ts';

const HMAC: Readonly<Record<string, KeyAlgorithm>> = {
  hmacsha1: 'hmac-sha-1',
  hmacsha256: 'hmac-sha-256',
  hmacsha384: 'hmac-sha-384',
  hmacsha512: 'hmac-sha-512',
};

const AES: Readonly<Record<number, KeyAlgorithm>> = { 16: 'aes-128', 24: 'aes-192', 32: 'aes-256' };

/** The key that a payload of that length is; undefined: bytes that are kept and nothing more. */
export function algorithmOfPayload(
  type: SecretType,
  algorithm: string | undefined,
  lengthBytes: number,
): KeyAlgorithm | undefined {
  return type === 'symmetric' ? symmetricAlgorithm(algorithm?.toLowerCase() ?? '', lengthBytes) : undefined;
}

function symmetricAlgorithm(name: string, lengthBytes: number): KeyAlgorithm | undefined {
  if (name === 'aes') return AES[lengthBytes];
  if (name === '3des' || name === 'desede') return lengthBytes === 24 ? 'des-ede3' : undefined;
  return lengthBytes >= 14 && Object.hasOwn(HMAC, name) ? HMAC[name] : undefined;
}

const SYMMETRIC_NAMES: ReadonlySet<string> = new Set(['aes', 'des', '3des', ...Object.keys(HMAC)]);
const SYMMETRIC_BITS: ReadonlySet<number> = new Set([64, 128, 192, 256]);

export type Making =
  | { readonly make: KeyAlgorithm; readonly lengthBytes?: number | undefined }
  | { readonly failure: string };

/** A symmetric key as Barbican's own software makes it. In mode XTS it has two keys of that length. */
export function symmetricToMake(algorithm: string, bitLength: number, mode: string | undefined): Making {
  const name = algorithm.toLowerCase();
  const xts = mode?.toLowerCase() === 'xts';
  const bits = xts && bitLength % 2 === 0 && SYMMETRIC_BITS.has(bitLength / 2) ? bitLength / 2 : bitLength;
  if (!SYMMETRIC_NAMES.has(name) || !SYMMETRIC_BITS.has(bits)) return unsupported(algorithm, bitLength);
  const lengthBytes = bitLength / 8;
  const known = xts ? xtsAlgorithm(name, bitLength) : symmetricAlgorithm(name, lengthBytes);
  // Lengths of HMAC keys are free; those of the others are their own.
  return known === undefined || known.startsWith('hmac')
    ? { make: known ?? 'opaque', lengthBytes }
    : { make: known };
}

function xtsAlgorithm(name: string, bitLength: number): KeyAlgorithm | undefined {
  if (name !== 'aes') return undefined;
  return bitLength === 256 ? 'aes-128-xts' : bitLength === 512 ? 'aes-256-xts' : undefined;
}

const RSA: Readonly<Record<number, KeyAlgorithm>> = { 2048: 'rsa-2048', 3072: 'rsa-3072', 4096: 'rsa-4096' };

/** A pair that is strong enough: neither RSA with 1,024 bits nor DSA. */
export function pairToMake(algorithm: string, bitLength: number): Making {
  const make = algorithm.toLowerCase() === 'rsa' ? RSA[bitLength] : undefined;
  return make === undefined ? unsupported(algorithm, bitLength) : { make };
}

function unsupported(algorithm: string, bitLength: number): Making {
  return { failure: `No key of algorithm ${algorithm} with ${bitLength} bits is made here.` };
}
