// The real Barbican (Debian's barbican-api), as a peer to be measured beside: under uWSGI with Debian's settings but for two workers, as many as
// there are cores here, with MariaDB on the same disk, and without the check of a token that ours has to do. (On SQLite its two workers are in
// each other's way: most of what is stored is refused. On PostgreSQL it cannot read its keys again.)

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startMariadb } from './mariadb.ts';
import { freePort } from './pykmip.ts';

const SERVER = '/usr/bin/uwsgi_python3';
const MANAGE = '/usr/bin/barbican-manage';
const PIPELINE = '/usr/share/barbican-common/barbican-api-paste.ini';
const UWSGI_SETTINGS = '/etc/barbican/barbican-api-uwsgi.ini';
const START_MS_MAX = 60_000;

export interface BarbicanPeer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Undefined where it is not installed, or no MariaDB. */
export async function startBarbican(): Promise<BarbicanPeer | undefined> {
  if (![SERVER, MANAGE, PIPELINE, UWSGI_SETTINGS].every(path => existsSync(path))) return undefined;
  const database = await startMariadb();
  if (database === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-bench-barbican-'));
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const url = `http://127.0.0.1:${await freePort()}`;
  // Where its programs look first is below the home directory.
  mkdirSync(join(folder, '.barbican'));
  write(
    '.barbican/barbican.conf',
    `[DEFAULT]
sql_connection = ${database.url}
db_auto_create = False
host_href = ${url}
log_file = ${join(folder, 'barbican.log')}
[queue]
enable = False
[simple_crypto_plugin]
kek = ${Buffer.alloc(32, 7).toString('base64')}
`,
  );
  const environment = { ...process.env, HOME: folder };
  const made = spawnSync(MANAGE, ['db', 'upgrade', '--db-url', database.url], { env: environment });
  if (made.status !== 0) {
    await database.stop();
    throw new Error(`barbican-manage: ${made.stderr.toString()}`);
  }
  const pipeline = write(
    'paste.ini',
    readFileSync(PIPELINE, 'utf8').replace(/^\/v1: .*$/m, '/v1: barbican_api'),
  );
  const application = write(
    'application.py',
    `from paste import deploy\napplication = deploy.loadapp("config:${pipeline}")\n`,
  );
  const settings = write('uwsgi.ini', settingsOf(readFileSync(UWSGI_SETTINGS, 'utf8'), application));
  const address = url.replace('http://', '');
  const child = spawn(SERVER, ['--http-socket', address, '--ini', settings], {
    cwd: folder,
    env: environment,
    stdio: 'ignore',
  });
  const stop = async (): Promise<void> => {
    const ended = new Promise(resolve => child.once('exit', resolve));
    // Its workers end with it.
    if (child.kill('SIGINT')) await ended;
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const end = performance.now() + START_MS_MAX;
  while ((await fetch(url).catch(() => undefined)) === undefined) {
    if (performance.now() > end || child.exitCode !== null) {
      await stop();
      throw new Error('Barbican does not answer');
    }
    await pause(200);
  }
  return { url, stop };
}

/** Debian's, as this user and in this directory, with two processes of one thread: more of them are slower on two cores. */
function settingsOf(text: string, application: string): string {
  const replaced = /^(?:#|$|(?:logto|uid|gid|chdir|paste|processes|threads|wsgi-file) *=)/;
  const kept = text.split('\n').filter(line => !replaced.test(line));
  return [
    ...kept,
    'processes = 2',
    'threads = 1',
    'disable-logging = true',
    `wsgi-file = ${application}`,
    '',
  ].join('\n');
}
