// One installation, killed again and again: load, SIGKILL at a random moment, start on the same data, and everything that was
// acknowledged must be there, with its one entry in a log that still contains all that it has ever shown.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Credentials, readCredentials } from '../../src/server/credentials-file.ts';
import { ChildServer } from '../support/child-server.ts';
import { Load } from '../support/load.ts';
import { LoadClient } from '../support/load-client.ts';
import { LogWatch } from '../support/load-log.ts';
import { SeededRandom } from '../support/load-random.ts';

const LANES = 6;
/** A kill comes so many answers after the begin of the load, and so long after the last of them. */
const KILL_AFTER_ANSWERS = { from: 1, to: 60 } as const;
const KILL_AFTER_MS_MAX = 6;
/** Of the starts: killed in the middle, so that the recovery from one crash meets the next. */
const KILLED_STARTS = 0.2;
/** Keys and messages of each lane that are looked at after each kill; in the end it is all of them. */
const SAMPLE = 3;

export interface CrashCounts {
  cycles: number;
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
  return {
    cycles: 0,
    killedStarts: 0,
    answered: 0,
    unanswered: 0,
    happened: 0,
    keys: 0,
    checkpoints: 0,
    entries: 0,
    startMs: [],
  };
}

export function printCounts(name: string, counts: CrashCounts): void {
  const sorted = [...counts.startMs].sort((left, right) => left - right);
  const start = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(0);
  console.log(
    `${name}: ${counts.cycles} kills under load and ${counts.killedStarts} during a start; ` +
      `${counts.answered} answers all kept; ${counts.unanswered} requests cut off, ${counts.happened} of them had changed something; ` +
      `${counts.keys} keys, ${counts.checkpoints} checkpoints, ${counts.entries} entries verified; ` +
      `start: median ${start(0.5)} ms, longest ${start(1)} ms`,
  );
}

/** Runs one installation through the cycles and adds to the counts. */
export async function crashCycles(
  store: string,
  cycles: number,
  seed: number,
  counts: CrashCounts,
): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyhold-crash-'));
  const random = new SeededRandom(seed);
  const load = new Load(seed, LANES);
  const watch = new LogWatch();
  let next = ChildServer.load();
  let server = await next;
  try {
    for (let cycle = 0; cycle <= cycles; cycle += 1) {
      const started = await server.start({ dataDir, store });
      assert.ok(started !== undefined, 'the server starts again on what a kill has left');
      counts.startMs.push(started.startMs);
      const client = new LoadClient({ url: started.url, credentials: credentialsOf(dataDir) });

      assert.ok(await load.settle(client), 'the server answers');
      await load.compare(client, cycle === cycles ? undefined : SAMPLE);
      await watch.catchUp(from => server.leaves(from), load.takeAnswers());
      if (cycle === cycles) {
        counts.entries += await watch.verifyExport(client);
        client.close();
        break;
      }

      next = ChildServer.load();
      await loadAndKill({ server, client, load, watch, random });
      client.close();
      counts.cycles += 1;
      server = await next;
      if (random.next() < KILLED_STARTS) {
        next = ChildServer.load();
        const moment = random.next() * started.startMs;
        await Promise.all([server.start({ dataDir, store }), pause(moment).then(() => server.kill())]);
        counts.killedStarts += 1;
        server = await next;
      }
    }
  } finally {
    await server.kill();
    await (await next).kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
  const { answered, unanswered, happened } = load.counts;
  counts.answered += answered;
  counts.unanswered += unanswered;
  counts.happened += happened;
  counts.keys += load.keys;
  counts.checkpoints += watch.checkpoints;
}

interface Running {
  readonly server: ChildServer;
  readonly client: LoadClient;
  readonly load: Load;
  readonly watch: LogWatch;
  readonly random: SeededRandom;
}

async function loadAndKill({ server, client, load, watch, random }: Running): Promise<void> {
  const first = load.counts.answered;
  const kill = random.between(KILL_AFTER_ANSWERS.from, KILL_AFTER_ANSWERS.to);
  const checkpoint = random.between(0, kill);
  const others: Promise<void>[] = [];
  let due = [
    { at: checkpoint, act: () => watch.takeCheckpoint(client) },
    { at: kill, act: () => pause(random.next() * KILL_AFTER_MS_MAX).then(() => server.kill()) },
  ];
  await load.run(client, () => {
    const answers = load.counts.answered - first;
    const now = due.filter(({ at }) => at <= answers);
    due = due.filter(({ at }) => at > answers);
    others.push(...now.map(({ act }) => act()));
    return true;
  });
  await Promise.all(others);
  assert.ok(!server.alive, 'the load ended because of the kill');
}

export function credentialsOf(dataDir: string): Credentials {
  const credentials = readCredentials(dataDir);
  assert.ok(credentials !== undefined, 'credentials.json is there');
  return credentials;
}
