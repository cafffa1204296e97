// A MariaDB (Debian's mariadb-server) with its own settings for the peers that are measured, in a directory that it loses at the end.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './pykmip.ts';

const SERVER = '/usr/sbin/mariadbd';
const INSTALL = '/usr/bin/mariadb-install-db';
const CLIENT = '/usr/bin/mariadb';
const START_MS_MAX = 30_000;

export interface Mariadb {
  /** For SQLAlchemy: an empty database. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Undefined where it is not installed. */
export async function startMariadb(): Promise<Mariadb | undefined> {
  if (![SERVER, INSTALL, CLIENT].every(path => existsSync(path))) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-bench-mariadb-'));
  const port = await freePort();
  const user = `--user=${userInfo().username}`;
  const place = ['--no-defaults', user, `--datadir=${folder}`];
  const alone = ['--auth-root-authentication-method=normal', '--skip-test-db'];
  execFileSync(INSTALL, [...place, ...alone], { stdio: 'ignore' });
  const where = [`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`];
  const server = spawn(SERVER, [...place, ...where], { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    const ended = new Promise(resolve => server.once('exit', resolve));
    if (server.kill('SIGTERM')) await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilListening(port, server);
    const asRoot = ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, '--user=root'];
    execFileSync(CLIENT, [...asRoot, '--execute=CREATE DATABASE barbican CHARACTER SET utf8']);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { url: `mysql+pymysql://root@127.0.0.1:${port}/barbican?charset=utf8`, stop };
}

async function untilListening(port: number, server: ChildProcess): Promise<void> {
  const end = performance.now() + START_MS_MAX;
  while (server.exitCode === null && performance.now() < end) {
    const listens = await new Promise<boolean>(resolve => {
      const probe = connect({ host: '127.0.0.1', port });
      probe.once('connect', () => resolve(true));
      probe.once('error', () => resolve(false));
      probe.once('connect', () => probe.destroy());
    });
    if (listens) return;
    await pause(100);
  }
  throw new Error('MariaDB does not listen');
}
