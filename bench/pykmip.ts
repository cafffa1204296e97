// PyKMIP's server (Debian's python3-pykmip), as a peer to be measured beside: with a database on the same disk, one client, and its log off.

import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CLIENT_AUTHENTICATION, SERVER_AUTHENTICATION, selfSigned } from '../test/support/certificates.ts';
import { askOnce, type KmipTarget, kmipRequest } from './kmip-load.ts';

const PROGRAM = '/usr/bin/pykmip-server';
const START_MS_MAX = 20_000;

export interface Peer {
  readonly target: KmipTarget;
  stop(): Promise<void>;
}

/** Undefined where it is not installed. */
export async function startPykmip(): Promise<Peer | undefined> {
  if (!existsSync(PROGRAM)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-bench-pykmip-'));
  const path = (name: string): string => join(folder, name);
  const server = identity('127.0.0.1', SERVER_AUTHENTICATION);
  const client = identity('bench', CLIENT_AUTHENTICATION);
  writeFileSync(path('server.crt'), server.certificate);
  writeFileSync(path('server.key'), server.privateKey, { mode: 0o600 });
  writeFileSync(path('client.crt'), client.certificate);
  mkdirSync(path('policies'));
  const port = await freePort();
  writeFileSync(
    path('server.conf'),
    `[server]
hostname=127.0.0.1
port=${port}
certificate_path=${path('server.crt')}
key_path=${path('server.key')}
ca_path=${path('client.crt')}
auth_suite=TLS1.2
policy_path=${path('policies')}
enable_tls_client_auth=True
logging_level=CRITICAL
database_path=${path('keys.db')}
`,
  );
  const child = spawn(PROGRAM, ['-f', path('server.conf'), '-l', path('server.log')], {
    cwd: folder,
    stdio: 'ignore',
    // It has a process of its own beside it, which must end with it.
    detached: true,
  });
  const target = { host: '127.0.0.1', port, ...client };
  const stop = async (): Promise<void> => {
    const ended = new Promise(resolve => child.once('exit', resolve));
    // It takes ten seconds to notice that it should end.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const end = performance.now() + START_MS_MAX;
  for (;;) {
    try {
      await askOnce(target, kmipRequest('DiscoverVersions', []));
      return { target, stop };
    } catch (thrown) {
      if (performance.now() > end || child.exitCode !== null) {
        await stop();
        throw new Error('PyKMIP does not answer', { cause: thrown });
      }
      await pause(200);
    }
  }
}

function identity(
  subject: string,
  purpose: string,
): { readonly certificate: string; readonly privateKey: string } {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    certificate: selfSigned({ subject, purposes: [purpose], keys }),
    privateKey: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

/** It must be told a port, and cannot be asked for one. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise(resolve => probe.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
