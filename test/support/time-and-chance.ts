// A clock that tests move and the real generator behind the Random port.

import type { Clock, Random } from '../../src/core/ports/clock.ts';
import { SYSTEM_RANDOM } from '../../src/server/time-and-chance.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function manualClock(startMs = 1_800_000_000_000): ManualClock {
  let now = startMs;
  return {
    now: () => now,
    advance(ms) {
      now += ms;
    },
  };
}

export const systemRandom: Random = SYSTEM_RANDOM;
