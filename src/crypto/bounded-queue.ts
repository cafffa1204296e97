// A bounded line in front of slow work: so many run at once, so many wait, and the next one is told `overloaded`.

import { KmsError } from '../domain/errors.ts';

export interface QueueLimits {
  readonly runningMax: number;
  readonly waitingMax: number;
}

export class BoundedQueue {
  readonly #limits: QueueLimits;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Runs the task when its turn comes, first come first served; throws `overloaded` at once when the line is full. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.runningMax) {
      this.#running += 1;
    } else {
      if (this.#waiting.length >= this.#limits.waitingMax) {
        throw new KmsError('overloaded', 'Too many cryptographic operations are waiting. Come back later.');
      }
      // Whoever finishes hands its place over, so the count of running tasks stays.
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
