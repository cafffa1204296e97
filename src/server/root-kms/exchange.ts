// One request to another KMS and its answer: HTTPS with the authorities that the settings name, bounded in time and size, without redirects.
// Only loopback addresses are spoken to without TLS. Bodies hold the root key: they are wiped by whoever made or asked for them.

import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { type Bytes, concatBytes, wipe } from '../../base/bytes.ts';
import { KmsError } from '../../domain/errors.ts';
import type { HeaderField } from '../../wire/http.ts';

const ANSWER_BYTES_MAX = 65_536;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

export interface Endpoint {
  /** Without path, query and user. */
  readonly url: URL;
  /** In PEM; undefined: the authorities that the runtime trusts. */
  readonly authorities?: string | undefined;
  readonly timeoutMs: number;
}

export interface Exchange {
  readonly method: 'POST' | 'GET';
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly HeaderField[];
  readonly body: Bytes;
}

export interface Answer {
  readonly status: number;
  /** The caller's to wipe. */
  readonly body: Bytes;
}

/** Whether the address may be spoken to: over TLS, or on this machine. */
export function isSafeAddress({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

/** Throws `sealed`, saying why, when there is no whole answer in time. */
export async function exchange(
  endpoint: Endpoint,
  { method, target, headers, body }: Exchange,
): Promise<Answer> {
  const { url, authorities, timeoutMs } = endpoint;
  const signal = AbortSignal.timeout(timeoutMs);
  const options = {
    method,
    path: target,
    headers: headers.flat(),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : url.port,
    agent: false,
    signal,
  } as const;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const answered = (response: IncomingMessage): void => {
        readAnswer(response).then(resolve, reject);
      };
      const sent =
        url.protocol === 'https:'
          ? tlsRequest({ ...options, ca: authorities, minVersion: 'TLSv1.2' }, answered)
          : plainRequest(options, answered);
      sent.on('error', reject);
      sent.end(body);
    });
  } catch (cause) {
    const why = signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(cause);
    throw new KmsError(
      'sealed',
      `The KMS at ${url.origin}, which wraps the root key, cannot be reached: ${why}.`,
      {
        url: url.origin,
      },
      cause,
    );
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Bytes>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) throw new Error(`its answer has more than ${ANSWER_BYTES_MAX} bytes`);
  }
  const body = concatBytes(...chunks);
  for (const chunk of chunks) wipe(chunk);
  return { status: response.statusCode ?? 0, body };
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'of an unknown fault';
  return 'code' in cause ? `${String(cause.code)}, ${cause.message}` : cause.message;
}

/** What the other KMS has refused, in its own words; they are not long, and not trusted to be plain. */
export function refusedBy(endpoint: Endpoint, status: number, said: string | undefined): KmsError {
  const words = (said ?? '').replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
  return new KmsError(
    'sealed',
    `The KMS at ${endpoint.url.origin}, which wraps the root key, refuses (HTTP status ${status})${words === '' ? '.' : `: ${words}`}`,
    { url: endpoint.url.origin, status },
  );
}
