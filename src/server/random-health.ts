// Whether what a random source gives may be random at all. A generator that is broken mostly gives one byte over and over, or the same bytes
// again; one that is broken well nobody can tell from a good one.

import { createHash } from 'node:crypto';
import { type Bytes, equalBytes } from '../base/bytes.ts';
import { KmsError } from '../domain/errors.ts';

/**
 * The repetition count test (NIST SP 800-90B section 4.4.1) for bytes of eight bits of entropy and one false alarm in 2^40 of them: so many
 * alike in a row are too many.
 */
const ALIKE_MIN = 6;

/** A test of all that one source gives. It throws `invalidInput`, naming the source. */
export function healthTest(source: string): (bytes: Bytes) => void {
  let before: Bytes | undefined;
  return bytes => {
    // The hash alone is kept: the bytes are a secret.
    const hash = createHash('sha256').update(bytes).digest();
    if (longestRun(bytes) >= ALIKE_MIN) throw broken(source, 'one byte over and over');
    if (before !== undefined && equalBytes(hash, before)) throw broken(source, 'the same bytes again');
    before = hash;
  };
}

function longestRun(bytes: Bytes): number {
  let longest = 0;
  let run = 0;
  for (const [at, byte] of bytes.entries()) {
    run = at > 0 && byte === bytes[at - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

function broken(source: string, how: string): KmsError {
  return new KmsError('invalidInput', `The random source ${source} is broken: it gives ${how}.`, { source });
}
