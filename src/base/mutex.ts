// A fair lock for asynchronous sections: waiters run one at a time in the order in which they came.

export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /** Runs the section alone. Its result or its error is the caller's; neither stops the next waiter. */
  async run<T>(section: () => Promise<T>): Promise<T> {
    const before = this.#tail;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tail = promise;
    await before;
    try {
      return await section();
    } finally {
      resolve();
    }
  }
}
