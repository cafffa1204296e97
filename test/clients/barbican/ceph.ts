// The smallest Ceph cluster (Debian's packages): a monitor, one store that keeps its objects in memory, and an object gateway whose objects are
// encrypted with keys from Barbican's API. Nobody has to prove who he is within the cluster; it listens on this machine alone.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { installDebian } from '../install.ts';
import type { CloudLogin } from '../openstack/administrator.ts';
import { freePort } from '../openstack/keystone.ts';
import { run } from '../run.ts';
import { iniOf } from './stage.ts';

const STEP_MS_MAX = 60_000;
const READY_MS_MAX = 60_000;

export interface Ceph {
  /** Where the gateway speaks S3. */
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The bytes that the cluster keeps of the objects in buckets, by the keys of the objects. */
  storedObjects(): Promise<ReadonlyMap<string, Buffer>>;
  stop(): Promise<void>;
}

export interface BarbicanAccess {
  readonly barbicanUrl: string;
  readonly login: CloudLogin;
}

export async function startCeph({ barbicanUrl, login }: BarbicanAccess): Promise<Ceph> {
  installDebian('ceph-mon', 'ceph-osd', 'radosgw');
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-ceph-'));
  const path = (name: string): string => join(folder, name);
  for (const name of ['mon', 'osd']) mkdirSync(path(name));
  const cluster = randomUUID();
  const monitor = `v1:127.0.0.1:${await freePort()}`;
  const gatewayPort = await freePort();
  const url = `http://127.0.0.1:${gatewayPort}`;
  writeFileSync(
    path('ceph.conf'),
    iniOf({
      global: {
        fsid: cluster,
        'mon host': monitor,
        'mon initial members': 'a',
        'ms bind msgr2': false,
        'public addr': '127.0.0.1',
        'cluster addr': '127.0.0.1',
        ...Object.fromEntries(
          ['cluster', 'service', 'client'].map(whose => [`auth ${whose} required`, 'none']),
        ),
        'run dir': folder,
        'crash dir': folder,
        'admin socket': path('$name.asok'),
        'pid file': path('$name.pid'),
        'log file': path('$name.log'),
        'mon cluster log file': path('cluster.log'),
        'mon data': path('mon'),
        'osd data': path('osd'),
        'osd objectstore': 'memstore',
        'memstore device bytes': 268_435_456,
        // Of its place in the cluster it is told by command: as it starts, it may ask the monitor before it knows its cluster, and is refused.
        'osd crush update on start': false,
        'osd class update on start': false,
        'osd crush chooseleaf type': 0,
        'osd pool default size': 1,
        'osd pool default min size': 1,
        'osd pool default pg num': 4,
        'osd pool default pg autoscale mode': 'off',
        'mon allow pool size one': true,
        'mon max pg per osd': 1_000,
        // However full the disk of this machine is: nothing of note is written there.
        'mon data avail crit': 0,
      },
      'client.gateway': {
        'rgw frontends': `beast endpoint=127.0.0.1:${gatewayPort}`,
        'rgw crypt s3 kms backend': 'barbican',
        'rgw crypt require ssl': false,
        'rgw barbican url': barbicanUrl,
        // It adds the version itself.
        'rgw keystone url': login.authUrl.replace(/\/v3$/, ''),
        'rgw keystone api version': 3,
        'rgw keystone barbican user': login.username,
        'rgw keystone barbican password': login.password,
        'rgw keystone barbican project': login.projectName,
        'rgw keystone barbican domain': 'Default',
      },
    }),
    { mode: 0o600 },
  );
  const env = { PATH: process.env.PATH, HOME: folder, CEPH_CONF: path('ceph.conf') };
  const servers: ChildProcess[] = [];
  const serve = (command: string, ...args: readonly string[]): ChildProcess => {
    const server = spawn(command, ['-f', ...args], { env, cwd: folder, stdio: 'ignore' });
    servers.push(server);
    return server;
  };
  const step = async (command: string, ...args: readonly string[]): Promise<string> => {
    const { status, report } = await run(command, args, { env, cwd: folder, msMax: STEP_MS_MAX });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${report}`);
    return report;
  };
  const stop = async (): Promise<void> => {
    for (const server of servers) {
      if (server.exitCode !== null || server.signalCode !== null) continue;
      const ended = new Promise(resolve => server.once('exit', resolve));
      // Nothing of it is kept.
      server.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await step('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', `[${monitor}]`, path('monitors'));
    await step('ceph-mon', '--mkfs', '-i', 'a', '--monmap', path('monitors'));
    serve('ceph-mon', '-i', 'a');
    const store = randomUUID();
    await step('ceph', 'osd', 'new', store);
    await step('ceph', 'osd', 'crush', 'add', 'osd.0', '1', 'root=default', 'host=here');
    await step('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', store);
    const keeper = serve('ceph-osd', '-i', '0');
    await until(keeper, path('osd.0.log'), async () => (await step('ceph', 'osd', 'stat')).includes(' 1 up'));
    const gateway = serve('radosgw', '-n', 'client.gateway');
    const answers = () => fetch(url).catch(() => undefined);
    await until(gateway, path('client.gateway.log'), async () => (await answers()) !== undefined);
    const keys = { accessKeyId: 'SOMEBODY', secretAccessKey: 'a-secret-of-somebody' };
    const { accessKeyId, secretAccessKey } = keys;
    const names = ['--uid=somebody', '--display-name=somebody'];
    const access = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
    await step('radosgw-admin', 'user', 'create', ...names, ...access);
    return {
      url,
      ...keys,
      async storedObjects() {
        const pool = ['--pool', 'default.rgw.buckets.data'];
        const found = new Map<string, Buffer>();
        for (const name of (await step('rados', ...pool, 'ls')).trim().split('\n')) {
          await step('rados', ...pool, 'get', name, path('object'));
          // The name of what is stored ends with the key of the object.
          found.set(name.slice(name.indexOf('_') + 1), readFileSync(path('object')));
        }
        return found;
      },
      stop,
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function until(server: ChildProcess, log: string, isReady: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + READY_MS_MAX;
  while (server.exitCode === null && performance.now() < end) {
    if (await isReady()) return;
    await pause(250);
  }
  throw new Error(`${server.spawnargs.join(' ')} is not ready: ${readFileSync(log, 'utf8').slice(-4_000)}`);
}
