// The program of child-server.ts: a real server in a process of its own, told what to do over the channel to its parent. It loads all
// code first and opens nothing before it is told to, so that a kill can be aimed at the start itself.

import { flushCompileCache } from 'node:module';
import { SILENT_LOGGER } from '../../src/base/logger.ts';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import { readSettings } from '../../src/server/settings.ts';
import type { FromChild, ToChild } from './child-server.ts';
import { movableClock } from './keyhold.ts';

const LEAVES_PER_MESSAGE = 2_000;

let server: RunningServer | undefined;

function send(message: FromChild): void {
  process.send?.(message);
}

async function start({ settings, clockAheadMs }: ToChild & { kind: 'start' }): Promise<void> {
  const clock = movableClock();
  clock.advance(clockAheadMs);
  const begun = performance.now();
  try {
    server = await startServer({
      settings: readSettings({ port: '0', ...settings }, {}),
      logger: SILENT_LOGGER,
      clock,
      // As the program does: what is on disk is unknown from here on.
      onFatal: () => process.exit(70),
    });
  } catch (error) {
    send({ kind: 'failed', message: String(error) });
    return;
  }
  send({ kind: 'started', url: server.url, startMs: performance.now() - begun });
}

/** What the store holds of the log, read beside the protocols: reading there would add entries. */
async function sendLeaves(from: number): Promise<void> {
  if (server === undefined) return;
  const { log } = server.house.kms.store;
  const rows = await log.leaves(from, LEAVES_PER_MESSAGE);
  send({ kind: 'leaves', leaves: rows.map(({ leaf }) => leaf), head: await log.head() });
}

process.on('message', (message: ToChild) => {
  if (message.kind === 'start') void start(message);
  else void sendLeaves(message.from);
});
process.on('disconnect', () => process.exit());
// A process that is killed would leave the next one to compile everything again.
flushCompileCache();
send({ kind: 'loaded' });
