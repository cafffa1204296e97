// How many sets of shares may be wrong before no share is taken for a while: nobody finds a root key by trying, and the log stays readable.

import type { Clock } from '../../core/ports/clock.ts';
import { KmsError } from '../../domain/errors.ts';

const WRONG_SETS_MAX = 5;
const WITHIN_MS = 900_000;

export class WrongSets {
  readonly #clock: Clock;
  #instants: readonly number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(): void {
    this.#instants = [...this.#recent(), this.#clock.now()];
  }

  /** Throws `throttled` while there were too many of late. */
  require(): void {
    this.#instants = this.#recent();
    const [first] = this.#instants;
    if (first === undefined || this.#instants.length < WRONG_SETS_MAX) return;
    const retryAfterMs = first + WITHIN_MS - this.#clock.now();
    const minutes = Math.ceil(retryAfterMs / 60_000);
    throw new KmsError(
      'throttled',
      `${WRONG_SETS_MAX} sets of shares were wrong. No share is taken for ${minutes} minutes.`,
      { retryAfterMs },
    );
  }

  #recent(): readonly number[] {
    const since = this.#clock.now() - WITHIN_MS;
    return this.#instants.filter(at => at > since);
  }
}
