// A small client for tests: sends what it is told, and checks every answer against the shape that the server publishes for it.

import assert from 'node:assert/strict';
import { PLACED_ROUTES } from '../../../src/protocols/admin/routes.ts';
import { errorShape } from '../../../src/protocols/admin/shapes/common.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape; the shape itself is checked below.
  readonly body: any;
}

export type Caller = (method: string, path: string, body?: unknown) => Promise<Answered>;

/** `apiKey` undefined sends no credential. */
export function caller(url: string, apiKey: string | undefined): Caller {
  return async (method, path, body) => {
    const headers: Record<string, string> = {};
    if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(`${url}/admin/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    // An answer without an end is left after its head.
    const endless = response.ok && path.includes('/audit/follow');
    if (endless) await response.body?.cancel();
    const text = endless ? '' : await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const answered = {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
    checkShape(method, path, answered);
    return answered;
  };
}

/** The body of an answer that must be a success. */
export async function done(answer: Promise<Answered>) {
  const { status, body } = await answer;
  assert.ok(status < 300, `${status} ${JSON.stringify(body)}`);
  return body;
}

/** The error code of an answer that must be a refusal. */
export async function refused(answer: Promise<Answered>): Promise<string> {
  const { status, body } = await answer;
  assert.ok(status >= 400, `${status} ${JSON.stringify(body)}`);
  return body.error.code;
}

const PATTERNS = PLACED_ROUTES.map(({ route, path }) => ({
  route,
  pattern: new RegExp(`^${path.replace(/:[A-Za-z]+/g, '[^/]+')}$`),
}));

function checkShape(method: string, path: string, { status, body }: Answered): void {
  if (status >= 400) {
    errorShape.parse(body);
    return;
  }
  const bare = path.split('?')[0] ?? '';
  const known = PATTERNS.find(({ route, pattern }) => route.method === method && pattern.test(bare));
  if (known === undefined) return;
  const outcome = known.route.reply.safeParse(body);
  assert.ok(outcome.success, `${method} ${bare} answers another shape: ${outcome.error?.message}`);
  assert.equal(status, known.route.status ?? 200);
}
