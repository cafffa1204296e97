// Keeps the write-ahead log short. A first checkpoint copies the bulk while transactions go on; a second one, while they wait, copies
// the little that came meanwhile, so that the next transaction starts the log from its beginning. Neither runs on the main thread.

import { Worker } from 'node:worker_threads';
import { isSyncFailure } from './sqlite-errors.ts';

/** Frames of one page each, 4 KiB: the log is copied when so many wait. */
const PENDING_FRAMES_MAX = 4_000;

export interface WalState {
  readonly log: number;
  readonly checkpointed: number;
}

interface CheckpointerOptions {
  readonly path: string;
  /** Runs the section while no transaction is under way. */
  readonly alone: (section: () => Promise<unknown>) => Promise<void>;
  /** A sync failed, or the thread is gone and the log would grow for ever. Any other failure is met again by the next attempt. */
  readonly onFatal: (error: unknown) => void;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #worker: Worker;
  #answer: PromiseWithResolvers<WalState> | undefined;
  #running: Promise<void> | undefined;
  /** A reader that stays in the log (a backup) stops the copying: no new attempt before the log has grown on. */
  #logAtStop = 0;
  #closed = false;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL('./sqlite-checkpoint-worker.ts', import.meta.url), {
      workerData: options.path,
    });
    this.#worker.on('message', (message: WalState | { error: string; errcode: number | undefined }) => {
      const answer = this.#answer;
      this.#answer = undefined;
      if ('error' in message)
        answer?.reject(Object.assign(new Error(message.error), { errcode: message.errcode }));
      else answer?.resolve(message);
    });
    this.#worker.on('error', error => this.#stopped(error));
    this.#worker.on('exit', () => this.#stopped(new Error('the checkpoint thread has ended')));
    // An idle thread keeps no process alive; one that is asked does, since transactions may wait for it.
    this.#worker.unref();
  }

  /** To be told of the log now and then. Starts a checkpoint when it is due, and returns at once. */
  observe(state: WalState): void {
    if (state.log < this.#logAtStop) this.#logAtStop = 0;
    const due =
      state.log - state.checkpointed >= PENDING_FRAMES_MAX &&
      state.log >= this.#logAtStop + PENDING_FRAMES_MAX;
    if (!due || this.#running !== undefined || this.#closed) return;
    this.#running = this.#checkpoint(state.log).finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.#worker.terminate();
  }

  async #checkpoint(logFrames: number): Promise<void> {
    try {
      let state = await this.#ask();
      await this.#options.alone(async () => {
        state = await this.#ask();
      });
      this.#logAtStop = state.checkpointed < state.log ? state.log : 0;
    } catch (error) {
      this.#logAtStop = logFrames;
      if (isSyncFailure(error)) this.#options.onFatal(error);
    }
  }

  #ask(): Promise<WalState> {
    const answer = Promise.withResolvers<WalState>();
    this.#answer = answer;
    this.#worker.ref();
    this.#worker.postMessage('checkpoint');
    return answer.promise.finally(() => this.#worker.unref());
  }

  #stopped(error: unknown): void {
    this.#answer?.reject(error);
    this.#answer = undefined;
    if (!this.#closed) this.#options.onFatal(error);
    this.#closed = true;
  }
}
