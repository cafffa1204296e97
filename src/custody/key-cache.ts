// A bounded, short-lived memory of opened keys. Requests that miss together share one opening. What was forgotten meanwhile
// is not put in afterwards.

import type { Clock } from '../core/ports/clock.ts';

export interface KeyCacheLimits {
  readonly entriesMax: number;
  /** From the opening, however often the key is used. */
  readonly lifetimeMs: number;
}

interface Entry<T> {
  /** Fulfilled. */
  readonly opening: Promise<T>;
  readonly expiresAt: number;
}

export class KeyCache<T> {
  readonly #limits: KeyCacheLimits;
  readonly #clock: Clock;
  /** In order of use: the first one goes first. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #pending = new Map<string, Promise<T>>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(limits: KeyCacheLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The cached value or what `open` makes of it. A failure is not remembered. */
  load(name: string, open: () => Promise<T>): Promise<T> {
    const entry = this.#entries.get(name);
    if (entry !== undefined) {
      this.#entries.delete(name);
      if (this.#clock.now() < entry.expiresAt) {
        this.#entries.set(name, entry);
        return entry.opening;
      }
    }
    return this.#pending.get(name) ?? this.#open(name, open);
  }

  /** Forgets every name that begins with the prefix; openings under way are not remembered. */
  forget(prefix: string): void {
    for (const names of [this.#entries, this.#pending]) {
      for (const name of names.keys()) if (name.startsWith(prefix)) names.delete(name);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#pending.clear();
    clearTimeout(this.#sweep);
    this.#sweep = undefined;
  }

  get size(): number {
    return this.#entries.size;
  }

  #open(name: string, open: () => Promise<T>): Promise<T> {
    const opening: Promise<T> = open().then(
      value => {
        if (this.#settle(name, opening)) this.#remember(name, opening);
        return value;
      },
      fault => {
        this.#settle(name, opening);
        throw fault;
      },
    );
    this.#pending.set(name, opening);
    return opening;
  }

  /** False when the name was forgotten, and maybe opened again, since this opening began. */
  #settle(name: string, opening: Promise<T>): boolean {
    return this.#pending.get(name) === opening && this.#pending.delete(name);
  }

  #remember(name: string, opening: Promise<T>): void {
    this.#entries.set(name, { opening, expiresAt: this.#clock.now() + this.#limits.lifetimeMs });
    if (this.#entries.size > this.#limits.entriesMax) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#sweep ??= setTimeout(() => this.#dropExpired(), this.#limits.lifetimeMs).unref();
  }

  /** So that nothing outlives its time only because nobody asks for it. */
  #dropExpired(): void {
    const now = this.#clock.now();
    for (const [name, { expiresAt }] of this.#entries) if (expiresAt <= now) this.#entries.delete(name);
    this.#sweep = undefined;
    if (this.#entries.size > 0) {
      this.#sweep = setTimeout(() => this.#dropExpired(), this.#limits.lifetimeMs).unref();
    }
  }
}
