// Checks that several rows share, and the one error of everything that does not open.

import { type Bytes, EMPTY_BYTES } from '../../base/bytes.ts';
import { type ByteLength, MECHANISMS, type Mechanism } from '../../domain/algorithms.ts';
import { invalidInput, KmsError } from '../../domain/errors.ts';

/** The same words for a false tag, padding, length or key: the cause would be an oracle. It is kept for our log alone. */
export function doesNotOpen(cause?: unknown): KmsError {
  return new KmsError('invalidCiphertext', 'The ciphertext does not open.', {}, cause);
}

/** Throws `unsupported` for a parameter that the mechanism does not take. */
export function refuseParameters(mechanism: Mechanism, given: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === false) continue;
    throw new KmsError('unsupported', `${mechanism} takes no ${name}.`, { mechanism, parameter: name });
  }
}

/** The named length, or the default; throws `invalidInput` when it is outside the range. */
export function chosenLength(
  field: string,
  range: ByteLength | undefined,
  chosen: number | undefined,
): number {
  if (range === undefined) throw invalidInput(field, 'is not taken by this mechanism');
  if (chosen === undefined) return range.default;
  if (!Number.isInteger(chosen) || chosen < range.min || chosen > range.max) {
    throw invalidInput(field, `must be ${range.min} to ${range.max} bytes`);
  }
  return chosen;
}

/** The IV where the mechanism takes one and its length fits; empty where it takes none. */
export function checkedIv(mechanism: Mechanism, iv: Bytes | undefined): Bytes {
  const range = MECHANISMS[mechanism].ivBytes;
  if (range === undefined) {
    if (iv !== undefined)
      throw new KmsError('unsupported', `${mechanism} takes no iv.`, { mechanism, parameter: 'iv' });
    return EMPTY_BYTES;
  }
  if (iv === undefined) throw invalidInput('iv', `is required by ${mechanism}`);
  chosenLength('iv', range, iv.length);
  return iv;
}

/** Throws `invalidInput` unless the plaintext has a length that the mechanism takes. */
export function checkPlaintextLength(mechanism: Mechanism, lengthBytes: number): void {
  const rule = plaintextLengthBroken(mechanism, lengthBytes);
  if (rule !== undefined) throw invalidInput('plaintext', rule);
}

/** The rule that a plaintext of this length breaks, or undefined. */
export function plaintextLengthBroken(mechanism: Mechanism, lengthBytes: number): string | undefined {
  const {
    blockBytes,
    plaintextBytesMin = 0,
    plaintextBytesMax = Number.POSITIVE_INFINITY,
  } = MECHANISMS[mechanism];
  if (blockBytes !== undefined && lengthBytes % blockBytes !== 0)
    return `must be a multiple of ${blockBytes} bytes`;
  if (lengthBytes < plaintextBytesMin) return `must have at least ${plaintextBytesMin} bytes`;
  if (lengthBytes > plaintextBytesMax) return `must have at most ${plaintextBytesMax} bytes`;
  return undefined;
}
