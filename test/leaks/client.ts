// Requests as clients make them, with every answer kept as bytes.

import { Agent, request as httpRequest } from 'node:http';
import { utf8 } from '../../src/base/bytes.ts';
import { signRequest } from '../../src/wire/aws-signature/sign.ts';
import type { HeaderField } from '../../src/wire/http.ts';

export interface Answer {
  readonly what: string;
  readonly status: number;
  /** Head and body. */
  readonly bytes: Buffer;
  readonly text: string;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const BODY_BYTES_TAKEN = 1_048_576;

export class Client {
  readonly #url: URL;
  /** One connection that stays open: what belongs to its last request is to be let go of nevertheless. */
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly answers: Answer[] = [];

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** `what` names the request in reports. */
  send(
    what: string,
    method: string,
    path: string,
    headers: readonly HeaderField[],
    body: string | Uint8Array = '',
  ): Promise<Answer> {
    const { hostname, port } = this.#url;
    const fields = headers.flat() as unknown as Record<string, string>;
    const bytes = Buffer.from(body);
    const list = [...Object.values(fields), 'content-length', String(bytes.length)];
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          hostname,
          port,
          method,
          path,
          agent: this.#agent,
          headers: list as unknown as Record<string, string>,
        },
        incoming => {
          const pieces: Buffer[] = [];
          incoming.on('data', (piece: Buffer) => pieces.push(piece));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const content = Buffer.concat(pieces);
            const answer = {
              what,
              status: incoming.statusCode ?? 0,
              bytes: Buffer.concat([Buffer.from(incoming.rawHeaders.join('\n')), content]),
              text: content.toString('utf8'),
            };
            this.answers.push(answer);
            resolve(answer);
          });
        },
      );
      // A server that refuses a body unread may be gone before its answer is there.
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (bytes.length <= BODY_BYTES_TAKEN) reject(error);
        else resolve({ what, status: 413, bytes: Buffer.alloc(0), text: '' });
      });
      outgoing.end(bytes);
    });
  }

  admin(what: string, apiKey: string, method: string, path: string, body?: string): Promise<Answer> {
    const headers: HeaderField[] = [
      ['host', this.#url.host],
      ['authorization', `Bearer ${apiKey}`],
    ];
    if (body !== undefined) headers.push(['content-type', 'application/json']);
    return this.send(what, method, `/admin/v1${path}`, headers, body);
  }

  /** A form to the token endpoint, of a client that names itself. */
  tokens(what: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const headers: HeaderField[] = [
      ['host', this.#url.host],
      ['authorization', `Basic ${Buffer.from('bx:bx').toString('base64')}`],
      ['content-type', 'application/x-www-form-urlencoded'],
    ];
    return this.send(what, 'POST', '/identity/token', headers, new URLSearchParams(fields).toString());
  }

  bearer(what: string, token: string, path: string): Promise<Answer> {
    const headers: HeaderField[] = [
      ['host', this.#url.host],
      ['authorization', `Bearer ${token}`],
    ];
    return this.send(what, 'GET', path, headers);
  }

  aws(
    what: string,
    key: AccessKey,
    operation: string,
    body: string,
    securityToken?: string,
  ): Promise<Answer> {
    const headers: HeaderField[] = [
      ['host', this.#url.host],
      ['content-type', 'application/x-amz-json-1.1'],
      ['x-amz-target', `TrentService.${operation}`],
    ];
    const credential = {
      accessKeyId: key.accessKeyId,
      secret: utf8(key.secretAccessKey),
      region: 'us-east-1',
      service: 'kms',
      ...(securityToken === undefined ? {} : { securityToken }),
    };
    const request = { method: 'POST', target: '/', headers, body: utf8(body) };
    return this.send(what, 'POST', '/', signRequest(request, credential, Date.now()), body);
  }

  close(): void {
    this.#agent.destroy();
  }
}
