// One request written by hand, and all that came back: for what the clients of vendors would not send, or would not show.

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

// biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of every shape.
export type Json = any;

export interface Sending {
  readonly method: string;
  readonly target: string;
  /** Those that are undefined are not sent. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | Uint8Array | undefined;
}

export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Undefined of another media type, and of nothing. */
  readonly json: Json;
}

export function exchange(url: string, { method, target, headers, body }: Sending): Promise<Exchange> {
  const { hostname, port } = new URL(url);
  // Node frames the body of a DELETE by itself in no way at all.
  const framed =
    body === undefined ? headers : { 'content-length': String(Buffer.byteLength(body)), ...headers };
  const given = Object.fromEntries(Object.entries(framed).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { hostname, port, method, path: target, headers: given as Record<string, string> },
      incoming => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString('utf8');
          const isJson = /json/.test(String(incoming.headers['content-type']));
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            bytes,
            text,
            json: isJson && text !== '' ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
