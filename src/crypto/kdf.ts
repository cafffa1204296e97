// NIST SP 800-108 revision 1: key derivation with HMAC in counter mode (section 4.1) and feedback mode (section 4.2), a 32-bit counter in
// front of the fixed input data.

import { createHmac, type KeyObject } from 'node:crypto';
import { type Bytes, concatBytes, uint32, unsetBytes, writeUint32 } from '../base/bytes.ts';
import { SecretBytes } from '../base/secret-bytes.ts';
import { DIGESTS, type Digest } from '../domain/algorithms.ts';
import { NODE_DIGESTS } from './node-crypto.ts';

/** K(i) = HMAC(key, [i]_32 || fixedInput), joined and cut to the length. */
export function deriveCounterHmac(
  digest: Digest,
  key: KeyObject | Bytes,
  fixedInput: Bytes,
  lengthBytes: number,
): SecretBytes {
  const derived = unsetBytes(lengthBytes);
  // In one piece: each call of update costs as much as a few hundred bytes in it.
  const input = concatBytes(uint32(0), fixedInput);
  for (let offset = 0, counter = 1; offset < lengthBytes; offset += DIGESTS[digest].bytes, counter += 1) {
    writeUint32(input, 0, counter);
    const block = createHmac(NODE_DIGESTS[digest], key).update(input).digest();
    derived.set(block.subarray(0, lengthBytes - offset), offset);
    block.fill(0);
  }
  return SecretBytes.own(derived);
}

/** What the HMACs of {@link deriveCounterHmac} are computed over, in their order. */
export function counterInputs(digest: Digest, fixedInput: Bytes, lengthBytes: number): readonly Bytes[] {
  const blocks = Math.ceil(lengthBytes / DIGESTS[digest].bytes);
  return Array.from({ length: blocks }, (_, at) => concatBytes(uint32(at + 1), fixedInput));
}

/** K(i) = HMAC(key, K(i-1) || [i]_32 || fixedInput) from the given K(0) on, joined and cut to the length. */
export function deriveFeedbackHmac(
  digest: Digest,
  key: KeyObject | Bytes,
  initial: Bytes,
  fixedInput: Bytes,
  lengthBytes: number,
): SecretBytes {
  const derived = new Uint8Array(lengthBytes);
  let previous: Bytes = Uint8Array.from(initial);
  for (let offset = 0, counter = 1; offset < lengthBytes; offset += DIGESTS[digest].bytes, counter += 1) {
    const hmac = createHmac(NODE_DIGESTS[digest], key).update(previous);
    const block = hmac.update(uint32(counter)).update(fixedInput).digest();
    derived.set(block.subarray(0, lengthBytes - offset), offset);
    previous.fill(0);
    previous = block;
  }
  previous.fill(0);
  return SecretBytes.own(derived);
}

/** K(i) = HMAC(key, A(i) || [i]_32 || fixedInput) with A(i) = HMAC(key, A(i-1)) from the fixed input on, joined and cut to the length. */
export function derivePipelineHmac(
  digest: Digest,
  key: KeyObject | Bytes,
  fixedInput: Bytes,
  lengthBytes: number,
): SecretBytes {
  const derived = new Uint8Array(lengthBytes);
  let chained: Bytes = Uint8Array.from(fixedInput);
  for (let offset = 0, counter = 1; offset < lengthBytes; offset += DIGESTS[digest].bytes, counter += 1) {
    const next = createHmac(NODE_DIGESTS[digest], key).update(chained).digest();
    chained.fill(0);
    chained = next;
    const hmac = createHmac(NODE_DIGESTS[digest], key).update(chained);
    const block = hmac.update(uint32(counter)).update(fixedInput).digest();
    derived.set(block.subarray(0, lengthBytes - offset), offset);
    block.fill(0);
  }
  chained.fill(0);
  return SecretBytes.own(derived);
}

const END_OF_LABEL = Uint8Array.of(0);

/** The usual fixed input data: Label || 0x00 || Context || [L]_32, where L is the length of the output in bits. */
export function counterFixedInput(label: Bytes, context: Bytes, lengthBytes: number): Uint8Array {
  return concatBytes(label, END_OF_LABEL, context, uint32(8 * lengthBytes));
}
