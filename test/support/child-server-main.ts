// The program of child-server.ts: real servers in a process of its own, told what to do over the channel to its parent. It loads all
// code first and opens nothing before it is told to, so that a kill can be aimed at the start itself.

import { flushCompileCache } from 'node:module';
import { SILENT_LOGGER } from '../../src/base/logger.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import { readSettings } from '../../src/server/settings.ts';
import type { FromChild, Leaves, Question, Started, ToChild } from './child-server.ts';
import { movableClock } from './keyhold.ts';

const LEAVES_PER_ANSWER = 2_000;

/** By data directory. */
const servers = new Map<string, RunningServer>();

async function start({ settings, clockAheadMs }: Question & { ask: 'start' }): Promise<Started> {
  const clock = movableClock();
  clock.advance(clockAheadMs);
  const begun = performance.now();
  const read = readSettings({ port: '0', kmip: 'off', ...settings }, {});
  const server = await startServer({
    settings: read,
    logger: SILENT_LOGGER,
    clock,
    // As the program does: what is on disk is unknown from here on.
    onFatal: () => process.exit(70),
  });
  servers.set(read.dataDir, server);
  return { url: server.url, startMs: performance.now() - begun };
}

/** What the store holds of the log, read beside the protocols: reading there would add entries. */
async function leaves({ dataDir, from }: Question & { ask: 'leaves' }): Promise<Leaves> {
  const server = servers.get(dataDir);
  if (server === undefined) throw new Error(`no server was started on ${dataDir}`);
  const { log } = server.house.kms.store;
  const rows = await log.leaves(from, LEAVES_PER_ANSWER);
  return { leaves: rows.map(({ leaf }) => leaf), head: (await log.head())?.tree };
}

async function answerTo(question: Question): Promise<Started | Leaves | undefined> {
  switch (question.ask) {
    case 'loaded':
      return undefined;
    case 'start':
      return start(question);
    case 'leaves':
      return leaves(question);
  }
}

function send(message: FromChild): void {
  process.send?.(message);
}

process.on('message', (message: ToChild) => {
  answerTo(message).then(
    answer => send({ id: message.id, answer }),
    error => send({ id: message.id, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
// A process that is killed would leave the next one to compile everything again.
flushCompileCache();
