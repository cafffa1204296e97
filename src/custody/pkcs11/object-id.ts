// The CKA_ID of an object: when it was made, and chance. What a crash has left is known by its age, without any memory beside the token.

import { assert } from '../../base/assert.ts';
import { type Bytes, concatBytes } from '../../base/bytes.ts';
import type { Random } from '../../core/ports/clock.ts';

export const ID_BYTES = 16;
const INSTANT_BYTES = 6;

/** `at`: milliseconds since 1970, which stand in front in big-endian order. */
export function newObjectId(at: number, random: Random): Bytes {
  const instant = Buffer.alloc(INSTANT_BYTES);
  instant.writeUIntBE(at, 0, INSTANT_BYTES);
  return concatBytes(instant, random.bytes(ID_BYTES - INSTANT_BYTES));
}

/** When the object was made, by the clock of the server that made it. */
export function madeAt(id: Bytes): number {
  assert(id.length === ID_BYTES, 'an id of ours begins with an instant');
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).readUIntBE(0, INSTANT_BYTES);
}
