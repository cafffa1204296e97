// Makes commits durable without holding up the event loop: one flush, in the thread pool, covers every commit that was made before it
// began. A flush that failed is never repeated: the operating system may have dropped what it could not write and then report success.

export class CommitSync {
  readonly #flush: () => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  #waiting: PromiseWithResolvers<void>[] = [];
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(flush: () => Promise<void>, onFailure: (error: unknown) => void) {
    this.#flush = flush;
    this.#onFailure = onFailure;
  }

  /** Fulfils once everything written before this call is on the disk. */
  sync(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    const waiter = Promise.withResolvers<void>();
    this.#waiting.push(waiter);
    this.#running ??= this.#run();
    return waiter.promise;
  }

  /** Fulfils when no flush is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const covered = this.#waiting;
      this.#waiting = [];
      try {
        await this.#flush();
        for (const waiter of covered) waiter.resolve();
      } catch (error) {
        this.#failure = { error };
        this.#onFailure(error);
        for (const waiter of [...covered, ...this.#waiting]) waiter.reject(error);
        this.#waiting = [];
      }
    }
    this.#running = undefined;
  }
}
