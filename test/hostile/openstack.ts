// What the attacks on Barbican's and Keystone's APIs share: a server with users of every kind, and requests whose answers are good, or refusals
// in the words of whoever is asked.

import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { type BarbicanSubject, barbicanOn, type User } from '../conformance/barbican/support.ts';
import type { RawAnswer } from './raw.ts';
import { type HostileSubject, requireRefusal, startHostile, voiceAt } from './subject.ts';

export interface Attack {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Uint8Array | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Undefined: an administrator; null: nobody. */
  readonly as?: Pick<User, 'token'> | null | undefined;
}

export interface OpenStackTarget {
  readonly hostile: HostileSubject;
  readonly barbican: BarbicanSubject;
  /** An administrator of the installation. */
  readonly system: Pick<User, 'token'>;
  /** Sends it, and asserts that it is served or refused in the shape of its protocol. */
  attack(request: Attack): Promise<RawAnswer>;
  /** The same, and that it is refused. */
  refused(request: Attack): Promise<RawAnswer>;
  stop(): Promise<void>;
}

/** Those who fail again and again are answered late: so much time passes with each request that it is none too many. */
const STEP_MS = 1_000;

export async function startOpenStackTarget(): Promise<OpenStackTarget> {
  const hostile = await startHostile();
  const barbican = await barbicanOn(hostile.keyhold);

  async function attack({ method, path, body, headers, as = barbican.admin }: Attack): Promise<RawAnswer> {
    hostile.keyhold.clock.advance(STEP_MS);
    const answer = await exchange(hostile.port, method, path, body, {
      'content-type': 'application/json',
      ...(as && { 'x-auth-token': as.token }),
      ...headers,
    });
    const sent = `${path} ${JSON.stringify(headers ?? {})} ${Buffer.from(body ?? '').toString('latin1')}`;
    try {
      if (answer.status >= 400) requireRefusal(answer, voiceAt(path), sent);
      else assert.ok(answer.status >= 200 && answer.status <= 300, String(answer.status));
    } catch (cause) {
      throw new Error(`${method} ${sent.slice(0, 500)}`, { cause });
    }
    return answer;
  }

  return {
    hostile,
    barbican,
    system: { token: hostile.keyhold.credentials.admin.apiKey },
    attack,
    async refused(request) {
      const answer = await attack(request);
      assert.ok(answer.status >= 400, `${request.method} ${request.path}: ${answer.status}`);
      return answer;
    },
    stop: () => hostile.stop(),
  };
}

function exchange(
  port: number,
  method: string,
  path: string,
  body: string | Uint8Array | undefined,
  headers: Readonly<Record<string, string | readonly string[]>>,
): Promise<RawAnswer> {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, method, path, headers: { ...length, ...headers } as Record<string, string> },
      incoming => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const fields = Object.entries(incoming.headers).map(
            ([name, value]) => [name, String(value)] as const,
          );
          resolve({
            status: incoming.statusCode ?? 0,
            headers: new Map(fields),
            body: Buffer.concat(chunks),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
