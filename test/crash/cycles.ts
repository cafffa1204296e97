// Installations that are killed again and again: load, SIGKILL at a random moment, start on the same data, and everything that was
// acknowledged must be there, with its one entry in a log that still contains all that it has ever shown.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { ChildServer } from '../support/child-server.ts';
import { SeededRandom } from '../support/load-random.ts';
import { Installation, killStart } from './installation.ts';

/** A kill comes so many answers of one installation after the begin of the load, and so long after the last of them. */
const KILL_AFTER_ANSWERS = { from: 1, to: 60 } as const;
const KILL_AFTER_MS_MAX = 6;
/** Of the starts: killed in the middle, so that the recovery from one crash meets the next. */
const KILLED_STARTS = 0.2;

export interface CrashCounts {
  kills: number;
  killedStarts: number;
  answered: number;
  unanswered: number;
  happened: number;
  keys: number;
  checkpoints: number;
  entries: number;
  readonly startMs: number[];
}

export function noCounts(): CrashCounts {
  const numbers = { kills: 0, killedStarts: 0, answered: 0, unanswered: 0, happened: 0 };
  return { ...numbers, keys: 0, checkpoints: 0, entries: 0, startMs: [] };
}

export function printCounts(name: string, counts: CrashCounts): void {
  const sorted = [...counts.startMs].sort((left, right) => left - right);
  const start = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(0);
  console.log(
    `${name}: ${counts.kills} kills under load and ${counts.killedStarts} during a start; ` +
      `${counts.answered} answers all kept; ${counts.unanswered} requests cut off, ${counts.happened} of them had changed something; ` +
      `${counts.keys} keys, ${counts.checkpoints} checkpoints, ${counts.entries} entries verified; ` +
      `start: median ${start(0.5)} ms, longest ${start(1)} ms`,
  );
}

/**
 * Kills a process that serves all the stores so many times, and adds to the counts: each kill of the process is one of each installation,
 * since they share nothing but it.
 */
export async function crashCycles(
  stores: readonly string[],
  kills: number,
  seed: number,
  counts: CrashCounts,
): Promise<void> {
  const random = new SeededRandom(seed);
  const installations = stores.map((store, at) => new Installation(store, seed + at));
  const all = <T>(act: (installation: Installation) => Promise<T>) => Promise.all(installations.map(act));
  let next = ChildServer.load();
  let process = await next;
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      await all(installation => installation.recover(process, false));
      next = ChildServer.load();
      await workAndKill(process, installations, random);
      counts.kills += installations.length;
      process = await next;
      if (random.next() >= KILLED_STARTS) continue;
      next = ChildServer.load();
      const usualMs = Math.max(...installations.map(({ startMs }) => startMs.at(-1) ?? 0));
      await killStart(process, installations, random.next() * usualMs);
      counts.killedStarts += installations.length;
      process = await next;
    }
    await all(installation => installation.recover(process, true));
    for (const entries of await all(installation => installation.verifyLog())) counts.entries += entries;
  } finally {
    await process.kill();
    await (await next).kill();
    for (const installation of installations) installation.remove();
  }
  for (const { load, watch, startMs } of installations) {
    counts.answered += load.counts.answered;
    counts.unanswered += load.counts.unanswered;
    counts.happened += load.counts.happened;
    counts.keys += load.keys;
    counts.checkpoints += watch.checkpoints;
    counts.startMs.push(...startMs);
  }
}

async function workAndKill(
  process: ChildServer,
  installations: readonly Installation[],
  random: SeededRandom,
): Promise<void> {
  const answers = random.between(KILL_AFTER_ANSWERS.from, KILL_AFTER_ANSWERS.to);
  const afterMs = random.next() * KILL_AFTER_MS_MAX;
  let killing: Promise<void> | undefined;
  await Promise.all(
    installations.map(installation => {
      let heard = 0;
      return installation.work(random.between(0, answers), () => {
        heard += 1;
        if (heard >= answers) killing ??= pause(afterMs).then(() => process.kill());
      });
    }),
  );
  await killing;
  assert.ok(!process.alive, 'the load ended because of the kill');
}
