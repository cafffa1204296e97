// The times that IBM's service gives to keys, in milliseconds.

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

export const TIMES = {
  /** From disabling to enabling. */
  enableAfterMs: 30 * SECOND_MS,
  /** From deleting to restoring, at least and at most. */
  restoreAfterMs: 30 * SECOND_MS,
  restoreWithinMs: 30 * DAY_MS,
  /** From deleting to purging, at least and by itself. */
  purgeAfterMs: 4 * HOUR_MS,
  purgeWithinMs: 90 * DAY_MS,
  rotateAgainAfterMs: HOUR_MS,
  syncAgainAfterMs: HOUR_MS,
  /** How long one user's authorization of a deletion counts. */
  deletionAuthorizationMs: 7 * DAY_MS,
  /** A month of rotation intervals. */
  monthMs: 30 * DAY_MS,
} as const;
