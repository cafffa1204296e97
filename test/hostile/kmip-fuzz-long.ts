// `npm run fuzz:kmip`: many changed frames of KMIP against the codec, and fewer against the port, with the memory that this takes. Ends with
// an error where anything crashes or memory grows. `--frames N`, `--messages N` for the port, `--seed N` to see the same again.

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fuzzCodec, startListenerFuzz } from './kmip-fuzz.ts';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '10000000' },
    messages: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const frames = Number(values.frames);
const messages = Number(values.messages);
const seed = Number(values.seed);

const MEBIBYTE = 1_048_576;
/** What may be there at the end that was not when the work had got under way. */
const GROWTH_MAX_MIB = 24;
const STEPS = 10;

// Each refusal would collect the frames of its stack, which is most of the work.
Error.stackTraceLimit = 0;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Memory {
  readonly heapMib: number;
  readonly residentMib: number;
}

function measureMemory(): Memory {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapMib: (heapUsed + external) / MEBIBYTE, residentMib: rss / MEBIBYTE };
}

function requireFlat(what: string, memories: readonly Memory[]): void {
  const shown = memories.map(({ heapMib, residentMib }) => `${heapMib.toFixed(0)}/${residentMib.toFixed(0)}`);
  console.log(`  memory in use/resident, MiB, at each tenth: ${shown.join(' ')}`);
  const [, first] = memories;
  const last = memories.at(-1);
  const growth = (last?.heapMib ?? 0) - (first?.heapMib ?? 0);
  if (growth > GROWTH_MAX_MIB) throw new Error(`${what}: ${growth.toFixed(1)} MiB more in use`);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}

console.log(`node ${process.version}, seed ${seed}`);
{
  const begun = performance.now();
  const memories: Memory[] = [];
  const step = Math.ceil(frames / STEPS);
  const tally = fuzzCodec(seed, frames, number => {
    if ((number + 1) % step === 0) memories.push(measureMemory());
  });
  console.log(`codec: ${frames} frames in ${seconds(begun)}, no crash`);
  console.log(`  ${JSON.stringify(tally.frames)}, of which could be read ${JSON.stringify(tally.read)}`);
  requireFlat('codec', memories);
}
{
  const listener = await startListenerFuzz(seed);
  try {
    const begun = performance.now();
    const memories: Memory[] = [];
    let tally = await listener.send(0);
    for (let step = 0; step < STEPS; step += 1) {
      tally = await listener.send(Math.ceil(messages / STEPS));
      memories.push(measureMemory());
    }
    console.log(`port: ${messages} frames over TLS in ${seconds(begun)}, no crash, no fault`);
    console.log(`  ${JSON.stringify(tally)}`);
    requireFlat('port', memories);
  } finally {
    await listener.stop();
  }
}
