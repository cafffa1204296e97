// Slow operations leave the event loop: those with an asynchronous form in node:crypto run in the runtime's thread pool, the others
// in worker threads (offload.ts). Both stand behind a bounded line. Docs: decisions/0004-crypto-table.md.

import { BoundedQueue } from './bounded-queue.ts';

// The runtime's pool has four threads by default, which serve the file system too: key generation may hold half of them.
const generations = new BoundedQueue({ runningMax: 2, waitingMax: 256 });
const operations = new BoundedQueue({ runningMax: 8, waitingMax: 4096 });

type Callback<T> = (error: Error | null, result: T) => void;

/** Runs one operation that takes a callback; throws `overloaded` when too many wait. */
export function runSlow<T>(start: (done: Callback<T>) => void): Promise<T> {
  return operations.run(() => promised(start));
}

/** Runs the making of a pair, in a line of its own: RSA may take seconds. */
export function runGeneration<T>(task: () => Promise<T>): Promise<T> {
  return generations.run(task);
}

function promised<T>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}
