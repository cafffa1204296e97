// A running server: the house, its listener and its timers, started in order and stopped in the reverse one. Tests start the same.

import { mkdirSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import packageFile from '../../package.json' with { type: 'json' };
import type { Logger } from '../base/logger.ts';
import { runDueWork } from '../core/schedule/due-work.ts';
import { KmsError } from '../domain/errors.ts';
import type { ServerIdentity } from './authority.ts';
import { type BuildOptions, buildHouse, type House } from './build.ts';
import { readCredentials } from './credentials-file.ts';
import { type FirstStart, prepareInstallation } from './first-start.ts';
import { createHttpServer } from './http.ts';
import { type KmipListener, listenForKmip } from './kmip.ts';
import { PROTOCOLS } from './protocols.ts';
import { passSelfTest, recordSelfTest } from './self-test.ts';
import type { Settings } from './settings.ts';
import { SETTINGS } from './settings-table.ts';
import { SYSTEM_RANDOM, systemClock } from './time-and-chance.ts';

const DUE_WORK_INTERVAL_MS = 15_000;
const CHECKPOINT_INTERVAL_MS = 60_000;
/** Requests under way at a stop have this long to end. */
const DRAIN_MS = 10_000;

const VERSION: string = packageFile.version;

export interface RunningServer {
  readonly house: House;
  /** The URL that clients use, without a slash at its end. */
  readonly url: string;
  /** Of a server that starts sealed: what is known without the root key. */
  readonly firstStart: FirstStart;
  /** Where KMIP is spoken over TLS; undefined where it is not, and mostly while the server is sealed. */
  readonly kmipPort?: number | undefined;
  /** Takes no new requests, lets those under way end, writes a checkpoint and closes. May be called twice. */
  stop(): Promise<void>;
}

/** Throws what keeps it from starting, as one `KmsError` where the operator can do something about it; nothing stays open then. */
export async function startServer(options: BuildOptions): Promise<RunningServer> {
  const { settings, logger } = options;
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  const selfTest = await passSelfTest(options, { clock: systemClock(), random: SYSTEM_RANDOM });
  const house = await buildHouse(options);
  let url = settings.publicUrl ?? '';
  let draining = false;
  let app: FastifyInstance | undefined;
  let kmip: KmipListener | undefined;
  try {
    await recordSelfTest(house.auditLog, house.kms, selfTest);
    app = await createHttpServer({
      kms: house.kms,
      selfTest,
      randomSource: house.randomSource,
      settings,
      protocols: PROTOCOLS,
      metrics: house.metrics,
      logger,
      version: VERSION,
      url: () => url,
      isDraining: () => draining,
    });
    await listen(app, settings);
    url = settings.publicUrl ?? listeningUrl(app, settings);
    let firstStart: FirstStart = { isNew: false, credentials: readCredentials(settings.dataDir) };
    // With a certificate of the own authority, whose keys come and go with the root key; KMIP with another one answers for itself that it is sealed.
    const kmipStays = settings.kmip?.tls !== undefined;
    if (kmipStays) kmip = await openKmip(house);
    await house.sealing.attend({
      async open() {
        kmip ??= await openKmip(house);
        firstStart = await prepareInstallation(house, url, kmip?.port);
      },
      async close() {
        if (kmipStays) return;
        await kmip?.stop(0);
        kmip = undefined;
      },
    });
    // What the first start has made stays with the caller alone: the services above hold this variable for as long as the server runs.
    const shown = firstStart;
    firstStart = { isNew: false, credentials: undefined };
    const timers = startTimers(house, logger);
    const listener = app;
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      draining = true;
      house.sealing.stop();
      await timers.stop();
      await Promise.all([closeListener(listener), kmip?.stop(DRAIN_MS)]);
      await house.close();
    };
    return {
      house,
      url,
      firstStart: shown,
      get kmipPort() {
        return kmip?.port;
      },
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    await kmip?.stop(0);
    await app?.close();
    await house.close();
    throw error;
  }
}

async function openKmip(house: House): Promise<KmipListener | undefined> {
  const { kms, settings, logger, metrics, authority } = house;
  const { kmip, host, location, requestTimeoutMs } = settings;
  if (kmip === undefined) return undefined;
  const { tls, names } = kmip;
  const identity = async (): Promise<ServerIdentity> =>
    tls === undefined ? authority.serverIdentity(names, kms.clock.now()) : readIdentity(tls);
  const parts = { kms, settings: kmip, identity, host, location, requestTimeoutMs, logger, metrics };
  return explainingPort(host, kmip.port, 'kmipPort', () => listenForKmip(parts));
}

function readIdentity(files: { readonly certificateFile: string; readonly keyFile: string }): ServerIdentity {
  return {
    certificate: readFileSync(files.certificateFile, 'utf8'),
    privateKey: readFileSync(files.keyFile, 'utf8'),
  };
}

async function listen(app: FastifyInstance, { host, port }: Settings): Promise<void> {
  await explainingPort(host, port, 'port', () => app.listen({ host, port }));
}

async function explainingPort<Result>(
  host: string,
  port: number,
  setting: 'port' | 'kmipPort',
  open: () => Promise<Result>,
): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    const why = code === 'EADDRINUSE' ? 'something listens there already' : 'the system does not allow it';
    const { environment, option } = SETTINGS[setting];
    const offer = setting === 'kmipPort' ? ', or do without by --kmip off' : '';
    throw new KmsError(
      'conflict',
      `Cannot listen on ${host} port ${port}: ${why}. Choose another with --host or --${option}${offer}.`,
      { setting: environment },
      error,
    );
  }
}

function listeningUrl(app: FastifyInstance, settings: Settings): string {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  // Clients cannot connect to "any address": the loopback one is what works on this machine.
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? '127.0.0.1' : settings.host;
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return `${settings.tls === undefined ? 'http' : 'https'}://${bracketed}:${port}`;
}

/** Idle connections are closed at once, others when their answer is out or the time is over. */
async function closeListener(app: FastifyInstance): Promise<void> {
  const closed = app.close();
  app.server.closeIdleConnections();
  const deadline = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
  try {
    await closed;
  } finally {
    clearTimeout(deadline);
  }
}

function startTimers(house: House, logger: Logger): { stop(): Promise<void> } {
  const dueWork = repeat(DUE_WORK_INTERVAL_MS, async () => {
    if (!house.sealing.isOpen) return;
    const { failures } = await runDueWork(house.kms);
    for (const { keyId, error } of failures)
      logger.log('error', 'scheduled work on a key failed', { keyId }, error);
  });
  const checkpoints = repeat(CHECKPOINT_INTERVAL_MS, () => house.auditLog.storeCheckpoint());
  return {
    async stop() {
      await Promise.all([dueWork.stop(), checkpoints.stop()]);
    },
  };

  /** Runs the work again so long after its last end; a failure is logged and the next turn tries again. */
  function repeat(intervalMs: number, work: () => Promise<void>): { stop(): Promise<void> } {
    let timer: NodeJS.Timeout | undefined;
    let running: Promise<void> = Promise.resolve();
    let stopping = false;
    const arm = (): void => {
      if (!stopping) timer = setTimeout(turn, intervalMs).unref();
    };
    const turn = (): void => {
      running = work()
        .catch(error => logger.log('error', 'timed work failed', {}, error))
        .finally(arm);
    };
    arm();
    return {
      async stop() {
        stopping = true;
        clearTimeout(timer);
        await running;
      },
    };
  }
}
