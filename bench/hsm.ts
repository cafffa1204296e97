// A token (SoftHSM2, on the same machine) under Keyhold: what a root key in it costs each operation, next to a root key in a file, and how much
// of the bare token is left to keys in it, through HTTP, policy and durable audit log. Both sides of each ratio take turns in short slices, and
// the middle one of the ratios counts: what else the machine does falls on both.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Credentials } from '../src/server/credentials-file.ts';
import { compileC } from '../test/clients/install.ts';
import { type SoftHsm, startSoftHsm } from '../test/clients/pkcs11/softhsm.ts';
import { measureRequest, requestBytes } from './http-load.ts';
import type { Latencies } from './latencies.ts';
import { callOnce, signedHeaders } from './load.ts';
import { startSubject } from './servers.ts';
import { benchTokenInProcess } from './token-in-process.ts';
import { row, takeTurns } from './turns.ts';

/** As the servers have it unless told otherwise; the bare token is given as many. */
const SESSIONS = 4;
/** A root key in the token is to cost nothing, which takes longer to tell from noise. */
const ROOT_TURNS = { seconds: 0.5, pairs: 9 };
const KEY_TURNS = { seconds: 0.35, pairs: 7 };
const WARM_SECONDS = 1.5;
const ROOT_CONNECTIONS = 16;

/** `store`: `sqlite`, or the URL of another one of Keyhold. */
export async function benchHsm(store: string): Promise<void> {
  const hsm = startSoftHsm();
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-bench-hsm-'));
  const token = hsm.addToken('bench');
  const serve = async (rootKey: 'file' | 'pkcs11'): Promise<Server> => {
    const dataDir = join(folder, rootKey);
    const subject = await startSubject('../src/cli/main.ts', ['serve'], {
      KEYHOLD_DATA_DIR: dataDir,
      KEYHOLD_PORT: '0',
      KEYHOLD_KMIP: 'off',
      KEYHOLD_STORE: store,
      KEYHOLD_LOG_LEVEL: 'warn',
      KEYHOLD_ROOT_KEY: rootKey,
      KEYHOLD_PKCS11_LIBRARY: hsm.library,
      KEYHOLD_PKCS11_LABEL: token.label,
      KEYHOLD_PKCS11_PIN_FILE: token.pinFile,
      KEYHOLD_PKCS11_SESSIONS: String(SESSIONS),
    });
    const credentials = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8')) as Credentials;
    return { url: subject.url, credentials, stop: () => subject.stop() };
  };
  const servers: Server[] = [];
  try {
    // One store holds one installation.
    const inFile = await serve('file');
    servers.push(inFile);
    const inToken = await serve('pkcs11');
    servers.push(inToken);
    console.log(`load of the machine at the begin: ${load()}`);
    await compareRoots(inFile, inToken);
    const raw = buildRaw(folder, hsm, token);
    await compareKeys(inToken, raw);
    await benchTokenInProcess({
      settings: {
        pkcs11Library: hsm.library,
        pkcs11Label: token.label,
        pkcs11PinFile: token.pinFile,
        pkcs11Sessions: String(SESSIONS),
      },
      sessions: SESSIONS,
      bare: raw,
    });
    console.log(`\nload of the machine at the end: ${load()}`);
  } finally {
    await Promise.all(servers.map(server => server.stop()));
    hsm[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Server {
  readonly url: string;
  readonly credentials: Credentials;
  stop(): Promise<void>;
}

/** How many processes wanted a core, on average of a minute. */
function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

async function compareRoots(inFile: Server, inToken: Server): Promise<void> {
  console.log(
    `\nRoot key in a token next to one in a file: ${ROOT_CONNECTIONS} connections, ${ROOT_TURNS.pairs} pairs of ${ROOT_TURNS.seconds} s`,
  );
  row(['operation', 'file/s', 'token/s', 'ratio', 'file p99', 'token p99']);
  const keys = new Map<Server, string>();
  for (const server of [inFile, inToken]) {
    const made = await callOnce(server.url, { operation: 'CreateKey', body: {} }, server.credentials.aws);
    keys.set(server, (made.KeyMetadata as { readonly KeyId: string }).KeyId);
  }
  for (const operation of ['Encrypt', 'Decrypt', 'GenerateDataKey'] as const) {
    const requests = new Map<Server, Buffer>();
    for (const server of [inFile, inToken]) {
      const KeyId = keys.get(server) ?? '';
      requests.set(server, await awsRequest(server, operation, KeyId));
    }
    const slice = (server: Server, seconds = ROOT_TURNS.seconds) =>
      measureServer(server, requests.get(server), { connections: ROOT_CONNECTIONS, seconds });
    for (const server of [inFile, inToken]) await slice(server, WARM_SECONDS / 2);
    const { left, right, ratio } = await takeTurns(
      ROOT_TURNS.pairs,
      () => slice(inFile),
      () => slice(inToken),
    );
    row([
      operation,
      left.perSecond.toFixed(0),
      right.perSecond.toFixed(0),
      ratio.toFixed(2),
      `${left.p99Ms.toFixed(1)} ms`,
      `${right.p99Ms.toFixed(1)} ms`,
    ]);
  }
}

async function awsRequest(server: Server, operation: string, KeyId: string): Promise<Buffer> {
  const { aws } = server.credentials;
  const Plaintext = Buffer.alloc(32, 7).toString('base64');
  const bodyOf = async (): Promise<object> => {
    if (operation === 'Encrypt') return { KeyId, Plaintext };
    if (operation === 'GenerateDataKey') return { KeyId, KeySpec: 'AES_256' };
    const sealed = await callOnce(server.url, { operation: 'Encrypt', body: { KeyId, Plaintext } }, aws);
    return { KeyId, CiphertextBlob: sealed.CiphertextBlob };
  };
  const body = await bodyOf();
  const headers = signedHeaders(server.url, { operation, body }, aws);
  return requestBytes(server.url, { method: 'POST', target: '/', headers, body: JSON.stringify(body) });
}

interface KeyUse {
  readonly title: string;
  readonly algorithm: string;
  /** What the program of the bare token calls it. */
  readonly raw: 'rsa' | 'ecdsa' | 'gcm';
  readonly path: string;
  readonly body: object;
}

const MESSAGE = Buffer.alloc(32, 7).toString('base64');

const KEY_USES: readonly KeyUse[] = [
  {
    title: 'RSA-2048 sign',
    algorithm: 'rsa-2048',
    raw: 'rsa',
    path: '/sign',
    body: { mechanism: 'rsassa-pkcs1-v15-sha-256', message: MESSAGE },
  },
  {
    title: 'ECDSA P-256 sign',
    algorithm: 'ec-p256',
    raw: 'ecdsa',
    path: '/sign',
    body: { mechanism: 'ecdsa-sha-256', message: MESSAGE },
  },
  {
    title: 'AES-256-GCM encrypt',
    algorithm: 'aes-256',
    raw: 'gcm',
    path: '/encrypt-by',
    body: { mechanism: 'aes-gcm', plaintext: MESSAGE },
  },
];

async function compareKeys(server: Server, raw: RawToken): Promise<void> {
  console.log(
    `\nKeys in the token next to the bare token with as many sessions: ${KEY_TURNS.pairs} pairs of ${KEY_TURNS.seconds} s`,
  );
  row(['operation', 'in flight', 'token/s', 'keyhold/s', 'ratio', 'p50', 'p99']);
  const { credentials } = server;
  const keys = `/admin/v1/projects/${credentials.project.id}/keys`;
  const headers = {
    authorization: `Bearer ${credentials.admin.apiKey}`,
    'content-type': 'application/json',
  };
  for (const { title, algorithm, raw: name, path, body } of KEY_USES) {
    const made = await fetch(`${server.url}${keys}`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ algorithm, protection: 'hsm' }),
    });
    const { id } = (await made.json()) as { readonly id: string };
    const target = `${keys}/${id}${path}`;
    const request = requestBytes(server.url, { method: 'POST', target, headers, body: JSON.stringify(body) });
    await measureServer(server, request, { connections: 30, seconds: WARM_SECONDS });
    for (const inFlight of [1, 30]) {
      const threads = Math.min(inFlight, SESSIONS);
      const { left, right, ratio } = await takeTurns(
        KEY_TURNS.pairs,
        async () => ({ perSecond: await raw(name, id, threads), p50Ms: 0, p99Ms: 0 }),
        () => measureServer(server, request, { connections: inFlight, seconds: KEY_TURNS.seconds }),
      );
      row([
        title,
        String(inFlight),
        left.perSecond.toFixed(0),
        right.perSecond.toFixed(0),
        ratio.toFixed(2),
        `${right.p50Ms.toFixed(2)} ms`,
        `${right.p99Ms.toFixed(2)} ms`,
      ]);
    }
  }
}

async function measureServer(
  { url }: Server,
  request: Buffer | undefined,
  options: { readonly connections: number; readonly seconds: number },
): Promise<Latencies> {
  if (request === undefined) throw new Error('each server has its request');
  const measured = await measureRequest(url, request, { ...options, status: 200 });
  if (measured.refused > 0) throw new Error(`${measured.refused} requests were refused`);
  return measured;
}

/** The operations of a second by a key that has the part in its label. */
type RawToken = (kind: string, labelPart: string, threads: number) => Promise<number>;

/** By a program in C, so that nothing of ours is between it and the token. */
function buildRaw(
  folder: string,
  { library }: SoftHsm,
  token: { readonly label: string; readonly pinFile: string },
): RawToken {
  const program = join(folder, 'raw-token');
  const source = fileURLToPath(new URL('raw-token.c', import.meta.url));
  compileC('-O2', '-o', program, source, '-ldl', '-lpthread');
  return async (kind, labelPart, threads) => {
    const given = [
      library,
      token.label,
      token.pinFile,
      kind,
      labelPart,
      String(threads),
      String(KEY_TURNS.seconds),
    ];
    const { stdout } = await promisify(execFile)(program, given, { timeout: 30_000 });
    return Number(stdout);
  };
}
