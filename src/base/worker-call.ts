// One question to a worker thread that answers each message by one.

import type { Transferable, Worker } from 'node:worker_threads';

/**
 * Sends the message, moving what is named, and gives back the answer. Meanwhile the thread keeps the process alive, afterwards not. Throws
 * when it ends before it answers: then it is not used again.
 */
export async function askWorker<Reply>(
  worker: Worker,
  message: unknown,
  moved: readonly Transferable[] = [],
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const onExit = () => reject(new Error('a worker thread ended before it answered'));
  worker.once('message', resolve).once('error', reject).once('exit', onExit);
  worker.ref();
  worker.postMessage(message, moved);
  try {
    return await promise;
  } finally {
    worker.unref();
    worker.off('message', resolve).off('error', reject).off('exit', onExit);
  }
}
