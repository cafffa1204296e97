// A server to be attacked, and what must hold of every answer: the shape of the protocol that it is asked in, no fault of the house, and
// nothing about its inside. Its log is watched: an error in it is a bug, however harmless the answer looked.

import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Logger } from '../../src/base/logger.ts';
import { ERROR_CODES } from '../../src/domain/errors.ts';
import { errorShape } from '../../src/protocols/admin/shapes/common.ts';
import { AWS_ERRORS } from '../../src/protocols/aws-kms/fault.ts';
import type { SettingTexts } from '../../src/server/settings.ts';
import { type AwsSubject, startAws } from '../conformance/aws-kms/support.ts';
import type { RawAnswer } from './raw.ts';

export interface HostileSubject extends AwsSubject {
  readonly port: number;
  /** Everything that was logged as an error since the last call. */
  takeErrors(): readonly string[];
  /** Asserts that a good request of either protocol is still answered, and that nothing went wrong inside. */
  requireSound(): Promise<void>;
}

export async function startHostile(settings: SettingTexts = {}): Promise<HostileSubject> {
  const errors: string[] = [];
  const logger: Logger = {
    log(level, message, fields, cause) {
      if (level === 'error') errors.push(`${message} ${JSON.stringify(fields)} ${String(cause)}`);
    },
  };
  const subject = await startAws({ settings, logger });
  const takeErrors = (): readonly string[] => errors.splice(0);
  return {
    ...subject,
    port: Number(new URL(subject.keyhold.url).port),
    takeErrors,
    async requireSound() {
      const random = await subject.send({ operation: 'GenerateRandom', body: '{"NumberOfBytes":8}' });
      assert.equal(random.status, 200, random.body);
      const me = await fetch(`${subject.keyhold.url}/admin/v1/whoami`, {
        headers: { authorization: `Bearer ${subject.keyhold.credentials.admin.apiKey}` },
      });
      assert.equal(me.status, 200, await me.text());
      assert.deepEqual(takeErrors(), []);
    },
  };
}

/** Who answers: a protocol in its own shape, the listener where none has seen the request, or node where there was no request at all. */
export type Voice = 'aws' | 'admin' | 'barbican' | 'keystone' | 'listener' | 'unparsed';

/** The protocol that answers at a path. */
export function voiceAt(path: string): Voice {
  if (/^\/(?:\?|$)/.test(path)) return 'aws';
  if (/^(?:\/identity)?\/v3(?:\/|\?|$)/.test(path)) return 'keystone';
  if (/^\/v1(?:\/|\?|$)/.test(path)) return 'barbican';
  return /^\/admin\/v1(?:\/|\?|$)/.test(path) ? 'admin' : 'listener';
}

function voiceOf({ headers, body }: RawAnswer): Voice {
  if (headers.has('x-amzn-requestid')) return 'aws';
  if (headers.has('x-request-id')) return 'admin';
  // A token is refused by both alike, as by the middleware that stands before services of OpenStack.
  if (headers.has('x-openstack-request-id')) return body.includes('"error"') ? 'keystone' : 'barbican';
  return body.includes('"requestId"') ? 'listener' : 'unparsed';
}

const SHAPES = {
  aws: z.strictObject({ __type: z.enum(Object.keys(AWS_ERRORS)), message: z.string().optional() }),
  admin: errorShape,
  barbican: z.union([
    z.strictObject({ code: z.int(), title: z.string().min(1), description: z.string() }),
    z.strictObject({ code: z.string(), title: z.string().min(1), message: z.string() }),
  ]),
  keystone: z.strictObject({
    error: z.strictObject({ code: z.int(), title: z.string().min(1), message: z.string() }),
  }),
  listener: z.strictObject({ error: z.string(), requestId: z.uuid() }),
  unparsed: z.strictObject({ error: z.string() }),
} as const satisfies Record<Voice, z.ZodType>;

/** What only the inside of the server could say. */
const INSIDES = [
  /\n\s+at \S/,
  /node:internal|node_modules|\.[cm]?[jt]s:\d/,
  /\/(?:src|home|root|tmp|work|usr)\//,
  /sqlite|\bSELECT\b|\bINSERT\b|\bUPDATE\b.*\bSET\b|constraint failed/i,
  /TypeError|RangeError|SyntaxError|ReferenceError|Cannot read prop|is not a function|undefined|\[object /,
  /FST_ERR|fastify|ERR_[A-Z]|ECONN/i,
];

/**
 * Asserts that an answer refuses, tells what it may tell in the words of whoever it comes from, and comes from `voice` where one is
 * expected. `sent` is what the caller itself has said.
 */
export function requireRefusal(answer: RawAnswer, voice?: Voice, sent = ''): void {
  const text = answer.body.toString('utf8');
  const said = `${answer.status} ${text.slice(0, 400)}`;
  assert.ok(answer.status >= 400 && answer.status < 500, said);
  const from = voiceOf(answer);
  if (voice !== undefined)
    assert.equal(from, answer.status === 401 && voice === 'barbican' ? 'keystone' : voice, said);
  // Node's own refusals of an expectation and of a request without a host have no body.
  if (from === 'unparsed' && text === '') return;
  requireSilence(text, sent);
  // So does the middleware that reads microversions.
  if (from === 'barbican' && answer.headers.get('content-type') === 'text/plain') return;
  assert.match(answer.headers.get('content-type') ?? '', /^application\/(?:x-amz-json-1\.1|json)/, said);
  const parsed = SHAPES[from].safeParse(JSON.parse(text));
  assert.ok(parsed.success, `${said} is not in the shape of ${from}`);
  if (from === 'aws') assert.ok(!/Internal|DependencyTimeout/.test(text.slice(0, 40)), said);
  if (from === 'admin') {
    const { code } = (parsed.data as z.output<typeof errorShape>).error;
    assert.ok(Object.hasOwn(ERROR_CODES, code) && code !== 'internal', said);
  }
  if (from === 'unparsed') assert.equal(answer.headers.get('connection')?.toLowerCase(), 'close', said);
}

export function requireSilence(text: string, sent: string): void {
  for (const inside of INSIDES) {
    const found = inside.exec(text)?.[0];
    assert.ok(found === undefined || sent.includes(found), `${text.slice(0, 400)} tells about the inside`);
  }
}
