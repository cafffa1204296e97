// Barbican's API, next to the real Barbican in the same run where it is installed: to store a secret and to read a payload. Ours checks a token
// with each request, and has each answer in its audit log before it leaves; the other is asked without tokens and keeps no such log.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '../src/server/credentials-file.ts';
import { startBarbican } from './barbican-peer.ts';
import { type HttpRequest, type Measurement, measureRequest, requestBytes } from './http-load.ts';
import { startSubject } from './servers.ts';

export interface BarbicanBenchOptions {
  readonly seconds: number;
  readonly rounds: number;
  /** Of requests of each kind before they are measured: code is compiled as it runs. */
  readonly warmSeconds: number;
  /** `sqlite`, or the URL of another store of Keyhold. */
  readonly store: string;
}

const CONNECTIONS = [1, 16];
/** The whole should take less than a minute and a half. */
const WARM_SECONDS_MAX = 5;
/** Nothing is compiled there as it runs. */
const PEER_WARM_SECONDS = 1;

/** A server with what opens its doors. */
interface Target {
  readonly url: string;
  readonly proof: Readonly<Record<string, string>>;
}

export async function benchBarbican(options: BarbicanBenchOptions): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyhold-bench-secrets-'));
  const keyhold = await startSubject('../src/cli/main.ts', ['serve'], {
    KEYHOLD_DATA_DIR: dataDir,
    KEYHOLD_PORT: '0',
    KEYHOLD_KMIP: 'off',
    KEYHOLD_STORE: options.store,
    KEYHOLD_LOG_LEVEL: 'warn',
  });
  const barbican = await startBarbican();
  if (barbican === undefined)
    console.log('Barbican and MariaDB are not installed here: Keyhold is measured alone');
  try {
    const servers = {
      ours: { url: keyhold.url, proof: { 'x-auth-token': await tokenOf(dataDir, keyhold.url) } },
      theirs: barbican && { url: barbican.url, proof: { 'x-project-id': 'bench' } },
    };
    console.log("\nBarbican's API");
    row(['operation', 'connections', 'barbican/s', 'keyhold/s', 'ratio', 'barbican p50', 'p50', 'p99']);
    for (const [what, operation] of Object.entries(OPERATIONS))
      await compare(what, operation, servers, options);
  } finally {
    await Promise.all([keyhold.stop(), barbican?.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function compare(
  what: string,
  operation: Operation,
  { ours, theirs }: { readonly ours: Target; readonly theirs: Target | undefined },
  { seconds, rounds, warmSeconds }: BarbicanBenchOptions,
): Promise<void> {
  const load = async (target: Target, warmFor: number) => {
    const { status } = operation;
    const request = requestBytes(target.url, await operation.of(target));
    await measureRequest(target.url, request, { connections: 16, seconds: warmFor, status });
    return async (connections: number, best: Measurement | undefined): Promise<Measurement> => {
      const measured = await measureRequest(target.url, request, { connections, seconds, status });
      if (measured.refused > 0) throw new Error(`${what}: ${measured.refused} requests were refused`);
      return best === undefined || measured.perSecond > best.perSecond ? measured : best;
    };
  };
  const measureTheirs = theirs && (await load(theirs, PEER_WARM_SECONDS));
  const measureOurs = await load(ours, Math.min(warmSeconds, WARM_SECONDS_MAX));
  for (const connections of CONNECTIONS) {
    let best: Measurement | undefined;
    let peer: Measurement | undefined;
    // One connection alone tells how long an answer takes, and not how many there are.
    for (let round = 0; round < (connections === 1 ? 1 : rounds); round += 1) {
      peer = measureTheirs && (await measureTheirs(connections, peer));
      best = await measureOurs(connections, best);
    }
    if (best === undefined) throw new Error('at least one round');
    row([
      what,
      String(connections),
      peer?.perSecond.toFixed(1) ?? '-',
      best.perSecond.toFixed(1),
      peer === undefined ? '-' : (best.perSecond / peer.perSecond).toFixed(1),
      peer === undefined ? '-' : `${peer.p50Ms.toFixed(1)} ms`,
      `${best.p50Ms.toFixed(1)} ms`,
      `${best.p99Ms.toFixed(1)} ms`,
    ]);
  }
}

function row(cells: readonly string[]): void {
  console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(16) : cell.padStart(12))).join(' '));
}

async function tokenOf(dataDir: string, url: string): Promise<string> {
  const file = readFileSync(join(dataDir, 'credentials.json'), 'utf8');
  const { openstack } = JSON.parse(file) as Credentials;
  if (openstack === undefined) throw new Error('the first start makes a user of OpenStack');
  const domain = { name: 'Default' };
  const user = { name: openstack.username, domain, password: openstack.password };
  const scope = { project: { name: openstack.projectName, domain } };
  const answer = await fetch(`${url}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity: { methods: ['password'], password: { user } }, scope } }),
  });
  const token = answer.headers.get('x-subject-token');
  if (token === null) throw new Error(`no token: ${await answer.text()}`);
  return token;
}

const storeRequest = ({ proof }: Target): HttpRequest & { readonly body: string } => ({
  method: 'POST',
  target: '/v1/secrets',
  headers: { ...proof, 'content-type': 'application/json' },
  body: JSON.stringify({
    name: 'bench',
    payload: Buffer.alloc(32, 7).toString('base64'),
    payload_content_type: 'application/octet-stream',
    payload_content_encoding: 'base64',
  }),
});

/** How each request is put together for a server, and the status of its answer. */
interface Operation {
  /** Of its answer. */
  readonly status: number;
  /** How its request is put together for a server. */
  of(target: Target): Promise<HttpRequest>;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'get payload': {
    status: 200,
    async of(target) {
      const { method, headers, body } = storeRequest(target);
      const made = await fetch(`${target.url}/v1/secrets`, { method, headers, body });
      const { secret_ref } = (await made.json()) as { readonly secret_ref: string };
      const { pathname } = new URL(secret_ref);
      const accept = 'application/octet-stream';
      return { method: 'GET', target: `${pathname}/payload`, headers: { ...target.proof, accept } };
    },
  },
  'store secret': { status: 201, of: async target => storeRequest(target) },
};
