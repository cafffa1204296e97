// The bounded line before the session threads of a token. Whoever asks for something quick may be given to a thread that still works at
// something quick, so that it need not be woken: between two short calls that takes longer than what they share.

import { setTimeout as sleep } from 'node:timers/promises';
import { KmsError } from '../../domain/errors.ts';
import { useOfLibrary } from './library-use.ts';
import type { Request, ThreadSettings } from './messages.ts';
import { SessionThread } from './session-thread.ts';

export interface LineOptions extends ThreadSettings {
  /** How long one call of the library may take. */
  readonly callMsMax: number;
  readonly sessions: number;
  readonly waitingMax: number;
}

/** What a thread was given and has not done. */
interface Load {
  count: number;
  isQuick: boolean;
}

interface Waiting {
  readonly isQuick: boolean;
  go(thread: SessionThread): void;
  refuse(refusal: KmsError): void;
}

const QUICK_AT_ONCE = 2;
/** What is not over by then ends with the process. */
const END_MS_MAX = 2_000;

export class ThreadLine {
  readonly #options: LineOptions;
  readonly #loads = new Map<SessionThread, Load>();
  readonly #aside = new Set<SessionThread>();
  readonly #waiting: Waiting[] = [];
  #admitted = 0;
  #isEnded = false;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  get threads(): readonly SessionThread[] {
    return [...this.#loads.keys()];
  }

  /** How many threads there are besides, each in a call that has not come back in time. */
  get silent(): number {
    return this.#aside.size;
  }

  /** First come, first served. Throws `overloaded` at once when more would wait than may, `sealed` after the end. */
  async run<T>(isQuick: boolean, task: (thread: SessionThread) => Promise<T>): Promise<T> {
    const { sessions, waitingMax } = this.#options;
    if (this.#admitted >= sessions + waitingMax)
      throw new KmsError('overloaded', 'Too many cryptographic operations are waiting. Come back later.');
    this.#admitted += 1;
    try {
      const thread = await new Promise<SessionThread>((go, refuse) => {
        this.#waiting.push({ isQuick, go, refuse });
        this.#giveOut();
      });
      try {
        return await task(thread);
      } finally {
        const load = this.#loads.get(thread);
        if (load !== undefined) load.count -= 1;
      }
    } finally {
      this.#admitted -= 1;
      this.#giveOut();
    }
  }

  /** Ends the threads, and nothing begins any more. Nobody waits long for a thread that is in a call. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#giveOut();
    const ended = Promise.all([...this.threads, ...this.#aside].map(thread => thread.end()));
    const waiting = new AbortController();
    const enough = sleep(END_MS_MAX, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([ended, enough]);
    waiting.abort();
  }

  /** A new thread, with nothing to do. Throws `sealed` after the end. */
  begin(): SessionThread {
    if (this.#isEnded) throw closed();
    const { library, selector, callMsMax } = this.#options;
    const thread = new SessionThread({
      library,
      selector,
      callMsMax,
      onLeave: silentAt => {
        this.#loads.delete(thread);
        if (silentAt !== undefined) this.#keepAside(thread, silentAt);
        this.#giveOut();
      },
    });
    this.#loads.set(thread, { count: 0, isQuick: true });
    return thread;
  }

  #keepAside(thread: SessionThread, { step }: Request): void {
    const use = useOfLibrary(this.#options.library);
    const isBeginning = step !== 'run';
    this.#aside.add(thread);
    use.silent += 1;
    if (isBeginning) use.silentBeginnings += 1;
    void thread.ended.then(() => {
      this.#aside.delete(thread);
      use.silent -= 1;
      if (isBeginning) use.silentBeginnings -= 1;
    });
  }

  #giveOut(): void {
    if (this.#isEnded) {
      for (const { refuse } of this.#waiting.splice(0)) refuse(closed());
      return;
    }
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      const thread = this.#threadFor(first.isQuick);
      if (thread === undefined) return;
      this.#waiting.shift();
      const load = this.#loads.get(thread);
      if (load !== undefined) {
        load.count += 1;
        load.isQuick = first.isQuick;
      }
      first.go(thread);
    }
  }

  /** One that has nothing to do, a new one as long as there may be more, or one that will soon be done. */
  #threadFor(isQuick: boolean): SessionThread | undefined {
    for (const [thread, { count }] of this.#loads) if (count === 0) return thread;
    if (this.#loads.size < this.#options.sessions) return this.begin();
    if (!isQuick) return undefined;
    for (const [thread, load] of this.#loads)
      if (thread.isOpen && load.isQuick && load.count < QUICK_AT_ONCE) return thread;
    return undefined;
  }
}

/** The refusal of everything after the end. */
export function closed(): KmsError {
  return new KmsError('sealed', 'The token is closed.');
}
