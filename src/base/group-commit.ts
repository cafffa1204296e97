// A pool in front of a costly commit: jobs that arrive while one batch is being committed form the next batch. Nobody waits for a
// timer, an idle pool commits a single job at once, and under load the cost of a commit is shared by all who wait for it.

export interface GroupCommitOptions<Job, Result> {
  /** Commits the whole batch and returns a result per job, in order; a rejection is given to every job of the batch. */
  readonly commitBatch: (jobs: readonly Job[]) => Promise<readonly Result[]>;
  readonly batchJobsMax: number;
  readonly queueJobsMax: number;
  /** What a job is told when the queue is full. */
  readonly overflow: () => Error;
}

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit<Job, Result> {
  readonly #options: GroupCommitOptions<Job, Result>;
  #queue: Waiting<Job, Result>[] = [];
  #running = false;
  /** Jobs of the batch before. */
  #previous = 0;

  constructor(options: GroupCommitOptions<Job, Result>) {
    this.#options = options;
  }

  add(job: Job): Promise<Result> {
    if (this.#queue.length >= this.#options.queueJobsMax) return Promise.reject(this.#options.overflow());
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#queue.push({ job, resolve, reject });
    if (!this.#running) void this.#drain();
    return promise;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    while (this.#queue.length > 0) {
      await this.#gather();
      const batch = this.#queue.slice(0, this.#options.batchJobsMax);
      this.#queue = this.#queue.slice(batch.length);
      this.#previous = batch.length;
      await this.#commit(batch);
    }
    this.#running = false;
  }

  /**
   * To the end of this turn of the event loop: requests that were read from their sockets together are committed together. Then for as long
   * as turns bring more, up to the jobs of the batch before: who was answered together asks again together, and would otherwise wait for
   * the commit of the one that was a little earlier.
   */
  async #gather(): Promise<void> {
    await endOfTurn();
    for (let seen = 0; this.#queue.length > seen && this.#queue.length < this.#previous; ) {
      seen = this.#queue.length;
      await endOfTurn();
    }
  }

  async #commit(batch: readonly Waiting<Job, Result>[]): Promise<void> {
    try {
      const results = await this.#options.commitBatch(batch.map(waiting => waiting.job));
      for (const [at, waiting] of batch.entries()) waiting.resolve(results[at] as Result);
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
  }
}

function endOfTurn(): Promise<void> {
  return new Promise(resume => setImmediate(resume));
}
