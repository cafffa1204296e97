// Good requests on every protocol's path, mutated at random on the level of bytes: each is answered in a known shape or its connection is
// closed, and the server goes on.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../src/base/bytes.ts';
import { signRequest } from '../../src/wire/aws-signature/sign.ts';
import { requestText, send } from './raw.ts';
import { inParallel, rounds } from './rounds.ts';
import { type HostileSubject, requireRefusal, startHostile } from './subject.ts';

const AT_ONCE = 40;
/** Those who fail again and again are answered late: so much time passes with each request that it is none too many. */
const STEP_MS = 1_000;

let subject: HostileSubject;
before(async () => {
  subject = await startHostile({ requestTimeoutMs: '500' });
});
after(() => subject.stop());

type Field = readonly [string, string];

function goodRequests(): readonly string[] {
  const host: Field = ['host', '127.0.0.1'];
  const { accessKeyId, secretAccessKey } = subject.account;
  const key: Field = ['authorization', `Bearer ${subject.keyhold.credentials.admin.apiKey}`];
  const json: Field = ['content-type', 'application/json'];
  const length = (body: string): Field => ['content-length', String(body.length)];
  const body = '{"NumberOfBytes":8}';
  const headers: readonly Field[] = [
    host,
    ['content-type', 'application/x-amz-json-1.1'],
    ['x-amz-target', 'TrentService.GenerateRandom'],
  ];
  const signed = signRequest(
    { method: 'POST', target: '/', headers, body: utf8(body) },
    { accessKeyId, secret: utf8(secretAccessKey), region: subject.region, service: 'kms' },
    subject.keyhold.clock.now(),
  );
  const chunked: Field = ['transfer-encoding', 'chunked'];
  const chunks = `5\r\n${body.slice(0, 5)}\r\ne;x=y\r\n${body.slice(5)}\r\n0\r\nt: v\r\n\r\n`;
  const random = '{"bytes":8}';
  const token: Field = ['x-auth-token', subject.keyhold.credentials.admin.apiKey];
  const version: Field = ['openstack-api-version', 'key-manager 1.1'];
  const secret = '{"name":"a","payload":"b","payload_content_type":"text/plain"}';
  const login = `{"auth":{"identity":{"methods":["token"],"token":{"id":"${token[1]}"}}}}`;
  return [
    requestText('POST / HTTP/1.1', [...signed, length(body)], body),
    requestText('POST / HTTP/1.1', [...signed, chunked], chunks),
    requestText('POST /admin/v1/projects/default/random HTTP/1.1', [host, key, json, length(random)], random),
    requestText('GET /admin/v1/projects/default/keys?limit=5 HTTP/1.1', [host, key]),
    requestText('POST /v1/secrets HTTP/1.1', [host, token, json, length(secret)], secret),
    requestText('GET /v1/secrets?limit=5&sort=name HTTP/1.1', [host, token, version]),
    requestText('POST /v3/auth/tokens HTTP/1.1', [host, json, length(login)], login),
    requestText('GET /v3/auth/tokens HTTP/1.1', [host, token, ['x-subject-token', token[1]]]),
    requestText('GET /health HTTP/1.1', [host, ['connection', 'keep-alive']]),
    requestText('GET /metrics HTTP/1.1', [host]),
  ];
}

const SPLINTERS = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  ':',
  '%',
  '%00',
  '/../',
  '"',
  '\\',
  '{',
  '\xff',
  '\xed\xa0\x80',
  'content-length: 5\r\n',
  'transfer-encoding: chunked\r\n',
  'host: other\r\n',
  'connection: upgrade\r\nupgrade: h2c\r\n',
  'expect: 100-continue\r\n',
  'a'.repeat(9_000),
];

const mutation = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'delete', 'repeat', 'cut'),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.integer({ min: 1, max: 40 }),
  splinter: fc.oneof(
    fc.constantFrom(...SPLINTERS),
    fc.nat(255).map(code => String.fromCharCode(code)),
  ),
});
const attack = fc.record({
  request: fc.nat(9),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
  pieces: fc.integer({ min: 1, max: 4 }),
});

type Attack = typeof attack extends fc.Arbitrary<infer T> ? T : never;

function mutate(text: string, { mutations }: Attack): string {
  return mutations.reduce((mutated, { kind, at: place, length, splinter }) => {
    const at = Math.floor(place * mutated.length);
    const [head, tail] = [mutated.slice(0, at), mutated.slice(at)];
    if (kind === 'replace') return head + splinter + tail.slice(splinter.length > 1 ? length : 1);
    if (kind === 'insert') return head + splinter + tail;
    if (kind === 'delete') return head + tail.slice(length);
    return kind === 'repeat' ? head + tail.slice(0, length).repeat(3) + tail : head;
  }, text);
}

function inPieces(text: string, count: number): readonly string[] {
  const size = Math.ceil(text.length / count) || 1;
  return Array.from({ length: count }, (_, index) => text.slice(index * size, (index + 1) * size));
}

test('mutated requests are answered in a known shape or closed', { timeout: 600_000 }, async t => {
  const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
  t.diagnostic(`FUZZ_SEED=${seed}`);
  const attacks = fc.sample(attack, { numRuns: rounds(1_000), seed });
  let answered = 0;
  await inParallel(
    attacks,
    async tried => {
      subject.keyhold.clock.advance(STEP_MS);
      const text = mutate(goodRequests()[tried.request] ?? '', tried);
      try {
        const { answers, closed } = await send(subject.port, inPieces(text, tried.pieces), { pauseMs: 1 });
        assert.ok(answers.length > 0 || closed);
        for (const answer of answers) if (answer.status >= 300) requireRefusal(answer, undefined, text);
        answered += answers.length;
      } catch (thrown) {
        throw new Error(`seed ${seed}: ${JSON.stringify(text.slice(0, 2_000))}`, { cause: thrown });
      }
    },
    AT_ONCE,
  );
  t.diagnostic(`${attacks.length} requests, ${answered} answers`);
  await subject.requireSound();
});
