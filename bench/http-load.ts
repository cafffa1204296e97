// Load by one HTTP request over and over. Connections are kept where the server keeps them, and made anew where it closes them after each
// answer, as Barbican's does.

import { connect } from 'node:net';
import { summaryOf } from './latencies.ts';

export interface Measurement {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly refused: number;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  /** Of answers that count. What else comes is refused. */
  readonly status: number;
}

/** A closed loop on each connection: the next request leaves when the answer to the last one is complete. Refused ones do not count as done. */
export async function measureRequest(
  url: string,
  request: Buffer,
  { connections, seconds, status: wanted }: LoadOptions,
): Promise<Measurement> {
  const latenciesMs: number[] = [];
  let refused = 0;
  const begun = performance.now();
  const end = begun + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        await converse(url, request, end, (latencyMs, status) => {
          if (status === wanted) latenciesMs.push(latencyMs);
          else refused += 1;
        });
      }
    }),
  );
  const elapsed = (performance.now() - begun) / 1000;
  return { ...summaryOf(latenciesMs, elapsed), refused };
}

/** Requests on one connection until the time is over or the server closes it. */
function converse(
  url: string,
  request: Buffer,
  end: number,
  onAnswer: (latencyMs: number, status: number) => void,
): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    // A new connection is part of what its first answer takes.
    let sentAt = performance.now();
    let pending: Buffer = Buffer.alloc(0);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const answered = (bytes: number): void => {
      const status = Number(pending.toString('latin1', 9, 12));
      pending = pending.subarray(bytes);
      onAnswer(performance.now() - sentAt, status);
    };
    const send = (): void => {
      sentAt = performance.now();
      socket.write(request);
    };
    socket.on('connect', () => socket.write(request));
    socket.on('error', reject);
    // An answer that does not say its length ends with the connection.
    socket.on('end', () => pending.length > 0 && answered(pending.length));
    socket.on('close', () => resolve());
    socket.on('data', (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const answer = completeAnswer(pending);
      if (answer === undefined) return;
      answered(answer.bytes);
      if (answer.closes || performance.now() >= end) socket.end();
      else send();
    });
  });
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** The first answer once it is complete; undefined before that, and for one without a Content-Length. */
function completeAnswer(bytes: Buffer): { readonly bytes: number; readonly closes: boolean } | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = /content-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) return undefined;
  const whole = headEnd + HEAD_END.length + Number(length);
  return bytes.length < whole ? undefined : { bytes: whole, closes: /connection: *close/i.test(head) };
}

export interface HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As it goes over the wire. */
export function requestBytes(url: string, { method, target, headers, body = '' }: HttpRequest): Buffer {
  const all = { host: new URL(url).host, ...headers, 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`, 'latin1');
}
