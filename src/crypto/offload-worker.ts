// The worker thread: takes one job at a time and answers it. It keeps nothing between jobs.

import { parentPort } from 'node:worker_threads';
import { must } from '../base/assert.ts';
import { wipe } from '../base/bytes.ts';
import { type JobReply, type JobRequest, OFFLOADED_JOBS } from './offload-jobs.ts';

const port = must(parentPort, 'this file runs as a worker thread');

port.on('message', ({ job, input }: JobRequest) => {
  try {
    const result = OFFLOADED_JOBS[job](input as never);
    // The answer is moved, not copied, so that no plaintext stays here.
    const output = Uint8Array.from(result);
    wipe(result);
    port.postMessage({ output } satisfies JobReply, [output.buffer]);
  } catch (thrown) {
    port.postMessage({ failure: String(thrown) } satisfies JobReply);
  }
});
