// Load over HTTP keep-alive. A SigV4 signature is good for five minutes, so each run signs its request once: the generator then costs the
// machine the same for both servers.

import { connect } from 'node:net';
import { utf8 } from '../src/base/bytes.ts';
import { signRequest } from '../src/wire/aws-signature/sign.ts';

export interface AwsAccount {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Call {
  readonly operation: string;
  readonly body: object;
}

export interface Measurement {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly refused: number;
}

/** Headers of one signed call; valid for any number of repetitions within the skew. */
export function signedHeaders(url: string, call: Call, account: AwsAccount): Record<string, string> {
  const headers = signRequest(
    {
      method: 'POST',
      target: '/',
      headers: [
        ['host', new URL(url).host],
        ['content-type', 'application/x-amz-json-1.1'],
        ['x-amz-target', `TrentService.${call.operation}`],
      ],
      body: utf8(JSON.stringify(call.body)),
    },
    {
      accessKeyId: account.accessKeyId,
      secret: utf8(account.secretAccessKey),
      region: account.region,
      service: 'kms',
    },
    Date.now(),
  );
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

export async function callOnce(
  url: string,
  call: Call,
  account: AwsAccount,
): Promise<Record<string, unknown>> {
  const { host: _host, ...headers } = signedHeaders(url, call, account);
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(call.body) });
  const answer = (await response.json()) as Record<string, unknown>;
  if (response.status !== 200) throw new Error(`${call.operation}: ${JSON.stringify(answer)}`);
  return answer;
}

/** A closed loop on each connection: the next request leaves when the answer to the last one is complete. */
export async function measure(
  url: string,
  call: Call,
  account: AwsAccount,
  options: { readonly connections: number; readonly seconds: number },
): Promise<Measurement> {
  const request = requestBytes(url, call, account);
  const latenciesMs: number[] = [];
  let refused = 0;
  const begun = performance.now();
  const end = begun + options.seconds * 1000;
  await Promise.all(
    Array.from({ length: options.connections }, () =>
      repeatUntil(url, request, end, (latencyMs, status) => {
        latenciesMs.push(latencyMs);
        if (status !== 200) refused += 1;
      }),
    ),
  );
  const seconds = (performance.now() - begun) / 1000;
  latenciesMs.sort((left, right) => left - right);
  const quantile = (share: number): number =>
    latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN;
  return { perSecond: latenciesMs.length / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99), refused };
}

function requestBytes(url: string, call: Call, account: AwsAccount): Buffer {
  const body = JSON.stringify(call.body);
  const headers = { ...signedHeaders(url, call, account), 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`, 'latin1');
}

function repeatUntil(
  url: string,
  request: Buffer,
  end: number,
  onAnswer: (latencyMs: number, status: number) => void,
): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let sentAt = 0;
    let pending: Buffer = Buffer.alloc(0);
    const send = (): void => {
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const answerBytes = completeAnswerBytes(pending);
      if (answerBytes === undefined) return;
      const status = Number(pending.toString('latin1', 9, 12));
      pending = pending.subarray(answerBytes);
      const now = performance.now();
      onAnswer(now - sentAt, status);
      if (now < end) send();
      else socket.end();
    });
  });
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Length of the first answer once it is complete. Both servers answer with a Content-Length. */
function completeAnswerBytes(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const length = /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, headEnd))?.[1];
  if (length === undefined) throw new Error('an answer without Content-Length');
  const whole = headEnd + HEAD_END.length + Number(length);
  return bytes.length >= whole ? whole : undefined;
}
