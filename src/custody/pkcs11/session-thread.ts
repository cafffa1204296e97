// The main thread's side of one worker thread that holds a session: requests go there in their order, and answers come back in it.

import { Worker } from 'node:worker_threads';
import { movedOf, outputOf, type Reply, type Request, type ThreadSettings } from './messages.ts';

export class SessionThread {
  /** Whether it has a session. */
  isOpen = false;
  readonly #worker: Worker;
  readonly #asked: PromiseWithResolvers<Reply>[] = [];
  #isEnded = false;

  constructor(settings: ThreadSettings, onEnd: () => void) {
    const ended = (): void => {
      this.#isEnded = true;
      for (const { reject } of this.#asked.splice(0)) reject(endedTooEarly());
      onEnd();
    };
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: settings });
    this.#worker.unref();
    this.#worker
      .on('message', (reply: Reply) => this.#asked.shift()?.resolve(reply))
      .on('error', ended)
      .on('exit', ended);
  }

  /** Throws what the request throws there. While it waits for an answer the thread keeps the process alive. */
  async ask(request: Request): Promise<unknown> {
    if (this.#isEnded) throw endedTooEarly();
    const asked = Promise.withResolvers<Reply>();
    if (this.#asked.push(asked) === 1) this.#worker.ref();
    this.#worker.postMessage(request, movedOf(request));
    const reply = await asked.promise;
    if (this.#asked.length === 0) this.#worker.unref();
    return outputOf(reply);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function endedTooEarly(): Error {
  return new Error('a worker thread ended before it answered');
}
