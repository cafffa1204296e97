// Real time and real chance: the one place where they come from. Everything else is handed a Clock and a Random.

import { createHash, randomBytes, randomFillSync, randomUUID } from 'node:crypto';
import type { Bytes } from '../base/bytes.ts';
import type { Clock, Random } from '../core/ports/clock.ts';

/** Wall-clock time that never goes backwards within the process: audit entries and deadlines rely on it. */
export function systemClock(): Clock {
  let latest = 0;
  return {
    now() {
      latest = Math.max(latest, Date.now());
      return latest;
    },
  };
}

/** Drawn at once for many salts: asking the generator for sixteen bytes costs as much as for four thousand. */
const PUBLIC_BYTES_AHEAD = 4_096;

let ahead = new Uint8Array(0);

function publicBytes(count: number): Uint8Array {
  if (count > PUBLIC_BYTES_AHEAD) return randomBytes(count);
  if (ahead.length < count) ahead = randomFillSync(new Uint8Array(PUBLIC_BYTES_AHEAD));
  const drawn = ahead.slice(0, count);
  ahead = ahead.subarray(count);
  return drawn;
}

/** All that has been mixed in, in one hash; undefined until then. */
let mixed: Bytes | undefined;

function mix(bytes: Bytes): void {
  const hash = createHash('sha512').update(randomBytes(64));
  if (mixed !== undefined) hash.update(mixed);
  mixed = hash.update(bytes).digest();
}

/** Bytes of the generator, under a stream that is drawn from what has been mixed in: to foresee the sum, both must be known. */
function bytes(count: number): Bytes {
  const drawn = randomBytes(count);
  if (mixed === undefined || count === 0) return drawn;
  const stream = createHash('shake256', { outputLength: count })
    .update(mixed)
    .update(randomBytes(32))
    .digest();
  for (const [at, byte] of stream.entries()) drawn[at] = (drawn[at] ?? 0) ^ byte;
  return drawn;
}

/** The generator of OpenSSL, seeded by the operating system, and what clients add to it. */
export const SYSTEM_RANDOM: Random = {
  bytes,
  mix,
  publicBytes,
  uuid: () => randomUUID(),
};
