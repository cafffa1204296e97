// How often long work over rows pauses and speaks: a server goes on answering while it is backed up.

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Between two turns of the event loop: about a millisecond of work. */
const ROWS_PER_TURN = 32;
const ROWS_PER_REPORT = 1_000;

export interface PaceOptions {
  /** Hears the number of rows so far: at the start, now and then, and at the end. */
  readonly onProgress?: ((rows: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class Pace {
  readonly #options: PaceOptions;
  #rows = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    options.onProgress?.(0);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Counts a row. To be waited for when it gives a promise, which rejects with the reason of an abort. */
  row(): Promise<void> | undefined {
    this.#rows += 1;
    if (this.#rows % ROWS_PER_REPORT === 0) this.#options.onProgress?.(this.#rows);
    return this.#rows % ROWS_PER_TURN === 0 ? this.#pause() : undefined;
  }

  end(): void {
    this.#options.onProgress?.(this.#rows);
  }

  async #pause(): Promise<void> {
    await nextTurn();
    this.#options.signal?.throwIfAborted();
  }
}
