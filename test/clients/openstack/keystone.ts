// A real Keystone, as the distribution has it, on SQLite and a free port of this machine.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { installDebian } from '../install.ts';
import { administrator, type CloudAdministrator, type CloudLogin } from './administrator.ts';

const STEP_MS_MAX = 240_000;
const READY_MS_MAX = 120_000;

export interface RealKeystone {
  /** Of the administrator `admin` in the project `admin`. */
  readonly login: CloudLogin;
  readonly administrator: CloudAdministrator;
  stop(): Promise<void>;
}

export async function startKeystone(): Promise<RealKeystone> {
  installDebian('keystone');
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-keystone-'));
  const [fernet, credentials] = [join(directory, 'fernet'), join(directory, 'credentials')];
  for (const path of [fernet, credentials]) mkdirSync(path, { mode: 0o700 });
  const file = join(directory, 'keystone.conf');
  const log = join(directory, 'keystone.log');
  writeFileSync(
    file,
    [
      '[DEFAULT]',
      `log_file = ${log}`,
      '[database]',
      `connection = sqlite:///${join(directory, 'keystone.db')}`,
      '[cache]',
      'enabled = false',
      '[fernet_tokens]',
      `key_repository = ${fernet}`,
      '[fernet_receipts]',
      `key_repository = ${fernet}`,
      '[credential]',
      `key_repository = ${credentials}`,
      '',
    ].join('\n'),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v3`;
  const password = 'an-administrator';
  const owner = ['--keystone-user', user(), '--keystone-group', group()];
  const manage = (...args: readonly string[]) =>
    execFileSync('keystone-manage', ['--config-file', file, ...args], {
      stdio: 'ignore',
      timeout: STEP_MS_MAX,
    });
  manage('db_sync');
  // Keystone leaves readings open while it writes: with a write-ahead log they are not in each other's way.
  const database = new DatabaseSync(join(directory, 'keystone.db'));
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
  manage('fernet_setup', ...owner);
  manage('credential_setup', ...owner);
  const urls = ['admin', 'public', 'internal'].flatMap(name => [`--bootstrap-${name}-url`, url]);
  manage('bootstrap', '--bootstrap-password', password, '--bootstrap-region-id', 'RegionOne', ...urls);
  const server = spawn('keystone-wsgi-public', ['--port', String(port), '--host', '127.0.0.1'], {
    stdio: 'ignore',
    env: { ...process.env, OS_KEYSTONE_CONFIG_FILES: file },
  });
  await untilReady(url, server);
  const login = { authUrl: url, username: 'admin', password, projectName: 'admin' };
  return {
    login,
    administrator: administrator(login, () => lastLines(log)),
    async stop() {
      const ended = new Promise(resolve => server.once('exit', resolve));
      server.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function lastLines(log: string): string {
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-40).join('\n') : '';
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  for (let waited = 0; waited < READY_MS_MAX; waited += 250) {
    if (server.exitCode !== null) throw new Error('Keystone has ended');
    if ((await fetch(url).catch(() => undefined))?.status === 200) return;
    await pause(250);
  }
  throw new Error('Keystone does not answer');
}

/** For a server that must be told a port, and cannot be asked for one. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  await new Promise(resolve => listener.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('a listener has a port');
  return address.port;
}

const user = (): string => execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
const group = (): string => execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
