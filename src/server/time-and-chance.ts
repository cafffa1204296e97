// Real time and real chance: the one place where they come from. Everything else is handed a Clock and a Random.

import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';
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

/** The generator of OpenSSL, seeded by the operating system. */
export const SYSTEM_RANDOM: Random = {
  bytes: count => randomBytes(count),
  publicBytes,
  uuid: () => randomUUID(),
};
