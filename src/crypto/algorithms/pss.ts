// EMSA-PSS (RFC 8017 section 9.1) for a digest that the caller brings, or with another hash in MGF1. For all other messages OpenSSL does
// this.

import { createHash, randomBytes } from 'node:crypto';
import { type Bytes, concatBytes, equalBytes, uint32 } from '../../base/bytes.ts';
import { DIGESTS, type Digest } from '../../domain/algorithms.ts';
import { NODE_DIGESTS } from '../node-crypto.ts';

export interface PssOptions {
  readonly digest: Digest;
  readonly mgf1Digest: Digest;
  readonly modulusBits: number;
}

const hash = (digest: Digest, ...parts: readonly Bytes[]): Bytes =>
  createHash(NODE_DIGESTS[digest])
    .update(concatBytes(...parts))
    .digest();

/** RFC 8017 appendix B.2.1. */
function mgf1(digest: Digest, seed: Bytes, length: number): Bytes {
  const blocks: Bytes[] = [];
  for (let counter = 0; counter * DIGESTS[digest].bytes < length; counter += 1) {
    blocks.push(hash(digest, seed, uint32(counter)));
  }
  return concatBytes(...blocks).subarray(0, length);
}

const xor = (left: Bytes, right: Bytes): Uint8Array => left.map((byte, index) => byte ^ (right[index] ?? 0));

const EIGHT_ZEROS = new Uint8Array(8);
const TRAILER = 0xbc;

/** How much of the first byte lies beyond emBits = modBits - 1; those bits are zero. */
const firstByteMask = (modulusBits: number): number =>
  0xff >> (8 * Math.ceil((modulusBits - 1) / 8) - (modulusBits - 1));

/** Section 9.1.1 from step 3 on, padded to the length of the modulus. The caller has checked that the salt fits. */
export function encodePss(
  { digest, mgf1Digest, modulusBits }: PssOptions,
  messageDigest: Bytes,
  saltBytes: number,
): Bytes {
  const encodedBytes = Math.ceil((modulusBits - 1) / 8);
  const salt = randomBytes(saltBytes);
  const h = hash(digest, EIGHT_ZEROS, messageDigest, salt);
  const padding = new Uint8Array(encodedBytes - saltBytes - h.length - 2);
  const block = concatBytes(padding, Uint8Array.of(0x01), salt);
  const masked = xor(block, mgf1(mgf1Digest, h, block.length));
  masked[0] = (masked[0] ?? 0) & firstByteMask(modulusBits);
  const encoded = concatBytes(masked, h, Uint8Array.of(TRAILER));
  return concatBytes(new Uint8Array(Math.ceil(modulusBits / 8) - encodedBytes), encoded);
}

/** Section 9.1.2 from step 3 on. `recovered` has the length of the modulus; only public values are compared. */
export function verifyPss(
  { digest, mgf1Digest, modulusBits }: PssOptions,
  messageDigest: Bytes,
  recovered: Bytes,
  saltBytes: number | 'auto',
): boolean {
  const encodedBytes = Math.ceil((modulusBits - 1) / 8);
  const frame = recovered.length - encodedBytes;
  if (frame > 0 && recovered[0] !== 0) return false;
  const encoded = recovered.subarray(frame);
  const hashBytes = DIGESTS[digest].bytes;
  if (encodedBytes < hashBytes + 2 || encoded[encodedBytes - 1] !== TRAILER) return false;
  const masked = encoded.subarray(0, encodedBytes - hashBytes - 1);
  const h = encoded.subarray(masked.length, -1);
  const mask = firstByteMask(modulusBits);
  if (((masked[0] ?? 0) & ~mask) !== 0) return false;
  const block = xor(masked, mgf1(mgf1Digest, h, masked.length));
  block[0] = (block[0] ?? 0) & mask;
  const saltStart = block.findIndex(byte => byte !== 0) + 1;
  if (saltStart === 0 || block[saltStart - 1] !== 0x01) return false;
  const salt = block.subarray(saltStart);
  if (saltBytes !== 'auto' && salt.length !== saltBytes) return false;
  return equalBytes(h, hash(digest, EIGHT_ZEROS, messageDigest, salt));
}
