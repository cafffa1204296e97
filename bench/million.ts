// `node bench/million.ts [--keys N]`: a store with very many keys against one with a page of them: start, a page of the list, Encrypt,
// resident memory. Both answer a full page: an empty store would be compared by answers of another length.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fillStore } from './fill.ts';
import type { Measurement } from './http-load.ts';
import { type AwsAccount, callOnce, measure } from './load.ts';
import { type Subject, startSubject } from './servers.ts';

const { values } = parseArgs({
  options: { keys: { type: 'string', default: '1000000' }, seconds: { type: 'string', default: '4' } },
});
const keysToMake = Number(values.keys);
const seconds = Number(values.seconds);

const PAGE = 100;
const ROUNDS = 5;
const directories = { small: directory(), full: directory() };
try {
  const smallKey = await makeStore(directories.small, PAGE - 1);
  const begun = performance.now();
  const fullKey = await makeStore(directories.full, keysToMake);
  console.log(`filled with ${keysToMake} keys in ${((performance.now() - begun) / 1000).toFixed(0)} s`);

  const small = await serve(directories.small);
  const full = await serve(directories.full);
  console.log(
    `start with ${keysToMake} keys: ${full.startMs.toFixed(0)} ms; resident after start ${residentMb(full)} MB`,
  );
  for (const connections of [1, 16]) {
    await compare(`ListKeys (${PAGE}), ${connections} connections`, connections, { small, full }, () => ({
      operation: 'ListKeys',
      body: { Limit: PAGE },
    }));
    await compare(`Encrypt, ${connections} connections`, connections, { small, full }, which => ({
      operation: 'Encrypt',
      body: {
        KeyId: which === 'full' ? fullKey : smallKey,
        Plaintext: Buffer.alloc(32, 7).toString('base64'),
      },
    }));
  }
  console.log(`resident after the load: ${residentMb(full)} MB`);
  await Promise.all([small.stop(), full.stop()]);
} finally {
  for (const path of Object.values(directories)) rmSync(path, { recursive: true, force: true });
}

function directory(): string {
  return mkdtempSync(join(tmpdir(), 'keyhold-million-'));
}

function serve(dataDir: string): Promise<Subject> {
  const environment = {
    KEYHOLD_DATA_DIR: dataDir,
    KEYHOLD_PORT: '0',
    KEYHOLD_KMIP: 'off',
    KEYHOLD_LOG_LEVEL: 'warn',
  };
  return startSubject('../src/cli/main.ts', ['serve'], environment);
}

function accountOf(dataDir: string): AwsAccount {
  return (JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as { readonly aws: AwsAccount })
    .aws;
}

async function makeKey(subject: Subject, dataDir: string): Promise<string> {
  const answer = await callOnce(subject.url, { operation: 'CreateKey', body: {} }, accountOf(dataDir));
  return (answer.KeyMetadata as { readonly KeyId: string }).KeyId;
}

/** Returns a key of the new store, which then has so many more. */
async function makeStore(dataDir: string, keys: number): Promise<string> {
  const subject = await serve(dataDir);
  const template = await makeKey(subject, dataDir);
  await subject.stop();
  await fillStore({ dataDir }, template, keys);
  return template;
}

type Which = 'small' | 'full';

interface Round extends Measurement {
  /** Of the whole server, per request: what a machine that others use as well changes least. Not known but on Linux. */
  readonly processorUs: number;
}

/** Alternates the two and keeps the best round of each, after one that counts for neither: code that is seldom run is compiled late. */
async function compare(
  what: string,
  connections: number,
  subjects: Readonly<Record<Which, Subject>>,
  callOf: (which: Which) => { readonly operation: string; readonly body: object },
): Promise<void> {
  const best: Partial<Record<Which, Round>> = {};
  const processorUs: Record<Which, number[]> = { small: [], full: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const which of ['small', 'full'] as const) {
      const outcome = await runRound(subjects[which], directories[which], callOf(which), connections);
      if (outcome.refused > 0) throw new Error(`${what}: ${outcome.refused} requests were refused`);
      if (round === 0) continue;
      processorUs[which].push(outcome.processorUs);
      if (outcome.perSecond > (best[which]?.perSecond ?? 0)) best[which] = outcome;
    }
  }
  const { small, full } = best;
  if (small === undefined || full === undefined) throw new Error('both were measured');
  console.log(
    `${what}: small ${small.perSecond.toFixed(0)}/s (p50 ${small.p50Ms.toFixed(2)} ms), full ${full.perSecond.toFixed(0)}/s ` +
      `(p50 ${full.p50Ms.toFixed(2)} ms), time ratio ${(small.perSecond / full.perSecond).toFixed(2)}; ` +
      `processor time ${Math.min(...processorUs.small).toFixed(0)} us and ${Math.min(...processorUs.full).toFixed(0)} us, ` +
      `ratio ${(Math.min(...processorUs.full) / Math.min(...processorUs.small)).toFixed(2)}`,
  );
}

async function runRound(
  subject: Subject,
  dataDir: string,
  call: { readonly operation: string; readonly body: object },
  connections: number,
): Promise<Round> {
  const before = processorMs(subject);
  const begun = performance.now();
  const outcome = await measure(subject.url, call, accountOf(dataDir), { connections, seconds });
  const requests = (outcome.perSecond * (performance.now() - begun)) / 1000;
  return { ...outcome, processorUs: ((processorMs(subject) - before) * 1000) / requests };
}

/** Ticks of a hundredth of a second in the kernel and outside of it: proc(5), fields 14 and 15. */
function processorMs({ pid }: Subject): number {
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function residentMb({ pid }: Subject): string {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) / 1024).toFixed(0);
}
