// A small AWS KMS client over kept connections, for load that is cut off: it tells an answer from the want of one, and keeps the request
// id of every answer. It never repeats a request.

import { Agent, request } from 'node:http';
import { decodeUtf8, utf8 } from '../../src/base/bytes.ts';
import type { Credentials } from '../../src/server/credentials-file.ts';
import { signRequest } from '../../src/wire/aws-signature/sign.ts';

export interface Answer {
  readonly status: number;
  readonly requestId: string;
  /** `ok`, or the name of the error. */
  readonly outcome: string;
  readonly output: Readonly<Record<string, unknown>>;
}

/** Undefined: the connection ended before the answer was whole, or never began. */
export type Reply = Answer | undefined;

export interface LoadClientOptions {
  readonly url: string;
  readonly credentials: Credentials;
  /** Added to the time of this machine, for a server whose clock is ahead. */
  readonly clockAheadMs?: number;
}

type RawReply = { readonly status: number; readonly requestId: string; readonly text: string } | undefined;

export class LoadClient {
  readonly #url: URL;
  readonly #credentials: Credentials;
  readonly #clockAheadMs: number;
  readonly #agent = new Agent({ keepAlive: true });

  constructor({ url, credentials, clockAheadMs = 0 }: LoadClientOptions) {
    this.#url = new URL(url);
    this.#credentials = credentials;
    this.#clockAheadMs = clockAheadMs;
  }

  async call(action: string, input: object): Promise<Reply> {
    const { region, accessKeyId, secretAccessKey } = this.#credentials.aws;
    const body = utf8(JSON.stringify(input));
    const headers = signRequest(
      {
        method: 'POST',
        target: '/',
        headers: [
          ['host', this.#url.host],
          ['content-type', 'application/x-amz-json-1.1'],
          ['x-amz-target', `TrentService.${action}`],
        ],
        body,
      },
      { accessKeyId, secret: utf8(secretAccessKey), region, service: 'kms' },
      Date.now() + this.#clockAheadMs,
    );
    const reply = await this.#send('POST', '/', Object.fromEntries(headers), body);
    if (reply === undefined) return undefined;
    const output = JSON.parse(reply.text) as Record<string, unknown>;
    return {
      status: reply.status,
      requestId: reply.requestId,
      outcome: reply.status === 200 ? 'ok' : String(output.__type),
      output,
    };
  }

  /** A page of the administrator's protocol as text; undefined when it did not come. */
  async admin(path: string): Promise<{ readonly status: number; readonly text: string } | undefined> {
    const authorization = `Bearer ${this.#credentials.admin.apiKey}`;
    return this.#send('GET', `/admin/v1${path}`, { authorization });
  }

  async ready(): Promise<number | undefined> {
    return (await this.#send('GET', '/ready', {}))?.status;
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array,
  ): Promise<RawReply> {
    const { promise, resolve } = Promise.withResolvers<RawReply>();
    const sent = request(new URL(path, this.#url), { method, headers, agent: this.#agent }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        // A kept connection that breaks in the middle ends here as well.
        if (!response.complete) return resolve(undefined);
        const requestId = String(response.headers['x-amzn-requestid'] ?? '');
        resolve({ status: response.statusCode ?? 0, requestId, text: decodeUtf8(Buffer.concat(chunks)) });
      });
      response.on('error', () => resolve(undefined));
    });
    sent.on('error', () => resolve(undefined));
    sent.end(body);
    return promise;
  }
}
