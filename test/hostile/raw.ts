// Bytes to the server over a plain socket, and what comes back: nothing here knows how to send a good request, or corrects a bad one.

import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface RawExchange {
  readonly answers: readonly RawAnswer[];
  /** What arrived and is no whole HTTP response. */
  readonly rest: Buffer;
  /** Whether the server closed the connection, or left it open for more. */
  readonly closed: boolean;
}

export interface SendOptions {
  /** Between two pieces. */
  readonly pauseMs?: number;
  /** How many answers are awaited; for HEAD requests none has a body. */
  readonly answers?: number;
  readonly method?: string;
}

/** After this long without the awaited answers the sending side is closed: the server has to end the connection then. */
const PATIENCE_MS = 4_000;
const CLOSING_MS = 8_000;

export function open(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  socket.on('error', () => {});
  return socket;
}

/** Sends the pieces and collects answers until there are enough of them or the server closes. Throws when it does neither. */
export async function send(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  { pauseMs = 0, answers: awaited = 1, method }: SendOptions = {},
): Promise<RawExchange> {
  const socket = open(port);
  let received: Buffer = Buffer.alloc(0);
  const { promise: closed, resolve: close } = Promise.withResolvers<'closed'>();
  const { promise: answered, resolve: enough } = Promise.withResolvers<'answered'>();
  socket.on('data', (piece: Buffer) => {
    received = Buffer.concat([received, piece]);
    if (parseAnswers(received, method).answers.filter(isFinal).length >= awaited) enough('answered');
  });
  socket.once('end', () => close('closed'));
  socket.once('close', () => close('closed'));
  const ended = Promise.race([closed, answered]);

  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && pauseMs > 0) await Promise.race([pause(pauseMs), ended]);
    if (socket.destroyed || socket.writableEnded) break;
    if (typeof piece === 'string') socket.write(piece, 'latin1');
    else socket.write(piece);
  }
  const outcome = await first(ended, PATIENCE_MS);
  if (outcome === undefined) {
    socket.end();
    if ((await first(closed, CLOSING_MS)) === undefined) {
      socket.destroy();
      throw new Error(
        `the server neither answered nor closed: ${received.subarray(0, 200).toString('latin1')}`,
      );
    }
  }
  socket.destroy();
  const { answers, rest } = parseAnswers(received, method);
  return { answers: answers.filter(isFinal), rest, closed: outcome !== 'answered' };
}

async function first<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const waiting = new AbortController();
  try {
    return await Promise.race([promise, pause(ms, undefined, { signal: waiting.signal })]);
  } finally {
    waiting.abort();
  }
}

const isFinal = ({ status }: RawAnswer): boolean => status >= 200;

/** Whole responses with a Content-Length, chunks, or no body at all (RFC 9112 section 6.3). */
function parseAnswers(bytes: Buffer, method = 'POST'): { answers: RawAnswer[]; rest: Buffer } {
  const answers: RawAnswer[] = [];
  let rest = bytes;
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    const [startLine = '', ...lines] = rest
      .subarray(0, Math.max(headEnd, 0))
      .toString('latin1')
      .split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(startLine)?.[1]);
    if (headEnd < 0 || Number.isNaN(status)) return { answers, rest };
    const headers = new Map(
      lines.map(line => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const after = rest.subarray(headEnd + 4);
    const bodiless = method === 'HEAD' || status < 200 || status === 204;
    const framed = bodiless
      ? { body: Buffer.alloc(0), length: 0 }
      : headers.get('transfer-encoding') === 'chunked'
        ? readChunks(after)
        : readLength(after, Number(headers.get('content-length') ?? 0));
    if (framed === undefined) return { answers, rest };
    answers.push({ status, headers, body: framed.body });
    rest = after.subarray(framed.length);
  }
}

function readLength(bytes: Buffer, length: number): { body: Buffer; length: number } | undefined {
  return bytes.length < length ? undefined : { body: bytes.subarray(0, length), length };
}

function readChunks(bytes: Buffer): { body: Buffer; length: number } | undefined {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    const start = lineEnd + 2;
    if (Number.isNaN(size) || bytes.length < start + size + 2) return undefined;
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + 2;
    if (size === 0) return { body: Buffer.concat(chunks), length: at };
  }
}

/** A request as text: the head, then the body. Header fields are sent as they are given, none is added. */
export function requestText(
  line: string,
  headers: readonly (readonly [string, string])[],
  body = '',
): string {
  return `${line}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}
