// A memory of bounded size by names. What was used least recently goes first.

export class RecentlyUsed<T> {
  /** In order of use: the first one goes first. */
  readonly #entries = new Map<string, T>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Counts as a use. */
  get(name: string): T | undefined {
    const found = this.#entries.get(name);
    if (found === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, found);
    return found;
  }

  set(name: string, value: T): void {
    this.#entries.delete(name);
    this.#entries.set(name, value);
    if (this.#entries.size <= this.#max) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }

  get size(): number {
    return this.#entries.size;
  }
}
