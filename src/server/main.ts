// `keyhold serve` and `keyhold init`: settings in, a running server out, and what a newcomer needs on the screen. Ends on SIGTERM and SIGINT after
// draining, and at once when the state of the store or the log is unknown.

import { createLogger, type Logger } from '../base/logger.ts';
import type { FirstShares } from './build.ts';
import { type RunningServer, startServer } from './server.ts';
import { processEnvironment, readSettings, type Settings, type SettingTexts } from './settings.ts';
import { buildFarewell, buildWelcome } from './welcome.ts';

/** Fulfils when the server has stopped. Throws what keeps it from starting. */
export async function serve(options: SettingTexts, print: (text: string) => void): Promise<void> {
  const settings = readSettings(options, processEnvironment());
  const logger = createLogger(settings.logLevel);
  let ended: Promise<void> | undefined;
  const stop = await startAndShow(settings, logger, server => {
    // Whoever reads that it serves may end it at once.
    ended = nextEnd(logger);
    print(buildWelcome(server, settings));
  });
  await ended;
  await stop();
  logger.log('info', 'stopped');
}

/** What ends a server: signals, and the end of the launcher in front of it. */
const ENDS = ['SIGTERM', 'SIGINT', 'disconnect'] as const;

/**
 * Fulfils with the first of them; later ones change nothing, since a terminal, npm and the launcher each send theirs. Before it is called a
 * signal ends the process where it stands, which harms nothing.
 */
async function nextEnd(logger: Logger): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const end of ENDS) process.on(end, () => resolve(end));
  // The launcher has gone while the server began; without one this is undefined.
  if (process.connected === false) resolve('disconnect');
  // To listen there for the launcher must not keep this process.
  process.channel?.unref();
  logger.log('info', 'stopping', { signal: await promise });
}

/**
 * Makes the installation, if there is none, and stops again. With a sharing its root key is in shares, which are printed before anything
 * depends on them. Throws what would keep a server from starting, and `conflict` for shares of an installation that is there.
 */
export async function initialize(
  options: SettingTexts,
  print: (text: string) => void,
  sharing?: FirstShares['sharing'],
): Promise<void> {
  const texts: SettingTexts = sharing === undefined ? options : { ...options, rootKey: 'shares' };
  const settings = readSettings(texts, processEnvironment());
  const firstShares = sharing && { sharing, show: (text: string) => print(`${SHARES_HEAD}\n${text}\n`) };
  const show = (server: RunningServer): void => print(buildFarewell(server, settings));
  const stop = await startAndShow(settings, createLogger(settings.logLevel), show, firstShares);
  await stop();
}

const SHARES_HEAD =
  'The shares of the root key, shown this once. Each to another holder; they count once the installation is made:';

/** Fulfils with the way to stop and nothing else: what has been shown must not be held for as long as the server runs. */
async function startAndShow(
  settings: Settings,
  logger: Logger,
  show: (server: RunningServer) => void,
  firstShares?: FirstShares,
): Promise<RunningServer['stop']> {
  const server = await start(settings, logger, firstShares);
  show(server);
  return server.stop;
}

function start(settings: Settings, logger: Logger, firstShares?: FirstShares): Promise<RunningServer> {
  return startServer({
    settings,
    logger,
    firstShares,
    onFatal(error) {
      // What is on disk is unknown from here on: a process that went on could answer what is not there.
      logger.log('error', 'the store failed in a way that ends the process; start it again', {}, error);
      process.exit(70);
    },
  });
}
