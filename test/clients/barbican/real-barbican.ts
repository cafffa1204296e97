// A real Barbican, as the distribution has it, on SQLite and a free port of this machine. It asks nobody for a token and believes what the
// headers of a request say of who asks.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { installDebian } from '../install.ts';
import { freePort } from '../openstack/keystone.ts';
import { iniOf } from './stage.ts';

const READY_MS_MAX = 60_000;

export interface RealBarbican {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRealBarbican(): Promise<RealBarbican> {
  installDebian('python3-barbican', 'uwsgi-plugin-python3');
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-real-barbican-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  // Where it looks for its settings first is below the home directory.
  mkdirSync(join(folder, '.barbican'));
  const settings = iniOf({
    DEFAULT: {
      sql_connection: `sqlite:///${join(folder, 'barbican.db')}`,
      db_auto_create: true,
      host_href: url,
      log_file: join(folder, 'barbican.log'),
    },
    queue: { enable: false },
    simple_crypto_plugin: { kek: Buffer.alloc(32, 7).toString('base64') },
  });
  writeFileSync(join(folder, '.barbican', 'barbican.conf'), settings, { mode: 0o600 });
  const options = ['--master', '--die-on-term', '--need-app', '--processes', '1', '--lazy-apps'];
  // It ends every connection, which the header tells its clients.
  options.push('--add-header', 'Connection: close');
  const application = join(import.meta.dirname, 'real_barbican.py');
  const server = spawn(
    'uwsgi_python3',
    [...options, '--http-socket', url.replace('http://', ''), '--wsgi-file', application],
    {
      cwd: folder,
      env: { ...process.env, HOME: folder, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' },
      stdio: 'ignore',
    },
  );
  const stop = async (): Promise<void> => {
    const ended = new Promise(resolve => server.once('exit', resolve));
    if (server.kill('SIGTERM')) await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let waited = 0; waited < READY_MS_MAX; waited += 200) {
    if (server.exitCode !== null) break;
    if ((await fetch(url).catch(() => undefined))?.status === 300) return { url, stop };
    await pause(200);
  }
  await stop();
  throw new Error('Barbican does not answer');
}
