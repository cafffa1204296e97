// A few worker threads for the slow calls that node:crypto has in a blocking form only. Started on first use; they never keep the
// process alive by themselves. Docs: decisions/0004-crypto-table.md.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { askWorker } from '../base/worker-call.ts';
import { BoundedQueue } from './bounded-queue.ts';
import type { JobInput, JobReply, JobRequest, OffloadedJob } from './offload-jobs.ts';

const WORKERS_MAX = Math.max(1, Math.min(4, availableParallelism() - 1));

const line = new BoundedQueue({ runningMax: WORKERS_MAX, waitingMax: 1024 });
const idle: Worker[] = [];

/** The job ran and refused its input. The text is for our log alone. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
}

/** Runs one job in a worker thread. Throws {@link JobRefused} when it throws there, `overloaded` when too many wait. */
export function offload<Job extends OffloadedJob>(job: Job, input: JobInput<Job>): Promise<Uint8Array> {
  return line.run(async () => {
    const worker = idle.pop() ?? startWorker();
    // A worker that fails otherwise than by an answer is not used again.
    const reply = await askWorker<JobReply>(worker, { job, input } satisfies JobRequest);
    idle.push(worker);
    if ('failure' in reply) throw new JobRefused(reply.failure);
    return reply.output;
  });
}

function startWorker(): Worker {
  const worker = new Worker(new URL('./offload-worker.ts', import.meta.url));
  worker.unref();
  // An idle worker that ends is forgotten; one at work is reported by `askWorker`.
  worker.on('error', () => forget(worker)).on('exit', () => forget(worker));
  return worker;
}

function forget(worker: Worker): void {
  const place = idle.indexOf(worker);
  if (place >= 0) idle.splice(place, 1);
}
