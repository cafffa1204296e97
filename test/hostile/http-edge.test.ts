// Requests that are no good HTTP, or good HTTP that means harm: each one is refused in a known shape or its connection is closed, and the
// server goes on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RawExchange, requestText, type SendOptions, send } from './raw.ts';
import { type HostileSubject, requireRefusal, startHostile, voiceAt } from './subject.ts';

let subject: HostileSubject;
before(async () => {
  subject = await startHostile({ requestTimeoutMs: '1000' });
});
after(() => subject.stop());

const HOST = ['host', 'kms.example'] as const;
const JSON_TYPE = ['content-type', 'application/json'] as const;
const AWS_TYPE = ['content-type', 'application/x-amz-json-1.1'] as const;
const AMZ_JSON = ['content-type', 'application/x-amz-json-1.1'] as const;
const TARGET = ['x-amz-target', 'TrentService.ListKeys'] as const;

type Header = readonly [string, string];

const bearer = (): Header => ['authorization', `Bearer ${subject.keyhold.credentials.admin.apiKey}`];

function attack(
  pieces: string | readonly (string | Uint8Array)[],
  options?: SendOptions,
): Promise<RawExchange> {
  // A source that fails again and again is answered late: time passes here instead.
  subject.keyhold.clock.advance(20_000);
  return send(subject.port, typeof pieces === 'string' ? [pieces] : pieces, options);
}

/** No answer at all and a closed connection is a refusal as well. */
function requireRefusedOrClosed({ answers, closed }: RawExchange, sent: string): void {
  for (const answer of answers) requireRefusal(answer, undefined, sent);
  assert.ok(answers.length > 0 || closed, sent.slice(0, 200));
}

test('what is not HTTP/1.1 is refused or closed', async () => {
  const http2 = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  const tlsHello = Buffer.from('16030100f1010000ed0303', 'hex');
  const lines: readonly (string | Uint8Array)[] = [
    http2,
    Buffer.concat([tlsHello, Buffer.alloc(230, 0x41)]),
    Buffer.alloc(4096),
    Buffer.alloc(70_000, 0xff),
    '\r\n\r\n\r\n\r\nGARBAGE\r\n\r\n',
    'GET\r\n\r\n',
    'GET /nowhere\r\n\r\n',
    'GET /nowhere HTTP/0.9\r\n\r\n',
    'GET /nowhere HTTP/9.9\r\nhost: x\r\n\r\n',
    'GET /nowhere HTTPS/1.1\r\nhost: x\r\n\r\n',
    'GET  /nowhere HTTP/1.1\r\nhost: x\r\n\r\n',
    'GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n',
    'get /nowhere HTTP/1.1\r\nhost: x\r\n\r\n',
    'FROB / HTTP/1.1\r\nhost: x\r\n\r\n',
    'POST / HTTP/1.1\r\n\r\n',
    'POST / HTTP/1.1\nhost: x\n\n',
    'POST / HTTP/1.1\rhost: x\r\r',
    'GET /nowhere HTTP/1.1\r\nhost: x\r\nbad header: x\r\n\r\n',
    'GET /nowhere HTTP/1.1\r\nhost: x\r\n: nameless\r\n\r\n',
    'GET /nowhere HTTP/1.1\r\nhost: x\r\n folded: x\r\n\r\n',
    'GET /nowhere HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n',
    'GET /nowhere HTTP/1.1\r\nhost: x\r\nx: a\rb\r\n\r\n',
    `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    `GET /nowhere HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`,
    `GET /nowhere HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(8_000)}\r\n`,
  ];
  for (const line of lines) {
    requireRefusedOrClosed(await attack([line]), Buffer.from(line).toString('latin1'));
  }
  await subject.requireSound();
});

test('a body whose end is told twice or wrongly is refused or closed', async () => {
  const post = (headers: readonly Header[], body: string) =>
    requestText('POST / HTTP/1.1', [HOST, AWS_TYPE, TARGET, ...headers], body);
  const chunked: Header = ['transfer-encoding', 'chunked'];
  const length = (text: string): Header => ['content-length', text];
  for (const text of [
    post([length('2'), chunked], '0\r\n\r\n'),
    post([chunked, length('2')], '2\r\n{}\r\n0\r\n\r\n'),
    post([length('2'), length('3')], '{}'),
    post([length('2'), length('2')], '{}'),
    post([length('2, 2')], '{}'),
    post([length('-1')], '{}'),
    post([length('+2')], '{}'),
    post([length('0x2')], '{}'),
    post([length('2e0')], '{}'),
    post([length('99999999999999999999')], '{}'),
    post([length('')], '{}'),
    post([['transfer-encoding', 'gzip']], '{}'),
    post([['transfer-encoding', 'chunked, gzip']], '0\r\n\r\n'),
    post([['transfer-encoding', 'xchunked']], '0\r\n\r\n'),
    post([['transfer-encoding', ' chunked ']], 'zz\r\n{}\r\n0\r\n\r\n'),
    post([chunked], '-1\r\n{}\r\n0\r\n\r\n'),
    post([chunked], 'ffffffffffffffffff\r\n{}\r\n0\r\n\r\n'),
    post([chunked], '2\n{}\n0\n\n'),
    post([chunked], '2\r\n{}x\r\n0\r\n\r\n'),
    post([chunked], `2;${'e'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`),
    post([chunked], `0\r\n${'t: v\r\n'.repeat(10_000)}\r\n`),
    post([length('10')], '{}'),
    post([chunked], '5\r\n{}'),
  ]) {
    requireRefusedOrClosed(await attack(text), text);
  }
  await subject.requireSound();
});

test('a second request cannot be hidden in the first one', async () => {
  const hidden = requestText('GET /health HTTP/1.1', [HOST]);
  for (const headers of [
    [
      ['content-length', String(hidden.length)],
      ['transfer-encoding', 'chunked'],
    ],
    [
      ['transfer-encoding', 'chunked'],
      ['transfer-encoding', 'identity'],
    ],
    [['transfer-encoding', 'identity']],
    [['content-length ', '0']],
  ] as const) {
    const text = requestText('POST / HTTP/1.1', [HOST, AWS_TYPE, ...headers], `0\r\n\r\n${hidden}`);
    const { answers } = await attack(text, { answers: 2 });
    assert.ok(
      answers.every(({ status }) => status !== 200),
      text,
    );
  }
  await subject.requireSound();
});

test('a body where none is taken is refused, and no request is found in it', async () => {
  const hidden = requestText('GET /health HTTP/1.1', [HOST]);
  const chunks = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
  const framings: readonly (readonly [Header, string])[] = [
    [['content-length', String(hidden.length)], hidden],
    [['transfer-encoding', 'chunked'], chunks],
  ];
  for (const [framing, body] of framings) {
    for (const line of [
      'GET /admin/v1/whoami HTTP/1.1',
      'GET /admin/v1/projects/default/keys?limit=1 HTTP/1.1',
      'DELETE /admin/v1/projects/default/rules/none HTTP/1.1',
    ]) {
      const first = requestText(line, [HOST, bearer(), framing], body);
      const second = requestText('GET /admin/v1/whoami HTTP/1.1', [HOST, bearer()]);
      // A third answer would be one to what the body holds.
      const { answers, rest } = await attack(first + second + hidden, { answers: 3 });
      const told = answers.map(({ status, body: text }) => [status, JSON.parse(text.toString())]);
      assert.deepEqual(
        told.map(([status]) => status),
        [400, 200, 200],
        line,
      );
      assert.equal(told[0]?.[1].error.message, 'body must be empty: this route takes none');
      assert.ok(told[1]?.[1].principal, line);
      assert.equal(told[2]?.[1].status, 'ok', line);
      assert.equal(rest.length, 0);
    }
  }
  await subject.requireSound();
});

test('pipelined requests are answered in order, good and bad ones', async () => {
  const one = (path: string) => requestText(`GET ${path} HTTP/1.1`, [HOST]);
  const paths = ['/health', '/nowhere', '/admin/v1/whoami', '/health', '/', '/ready'];
  const { answers } = await attack(paths.map(one).join(''), { answers: paths.length, method: 'GET' });
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 404, 401, 200, 300, 200],
  );
  const flood = await attack(one('/health').repeat(500), { answers: 500, method: 'GET' });
  assert.equal(flood.answers.length, 500);
  await subject.requireSound();
});

test('odd methods, targets and upgrades are refused in the shape of whoever answers there', async () => {
  const lines = [
    'TRACE / HTTP/1.1',
    'PROPFIND / HTTP/1.1',
    'QUERY / HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'OPTIONS / HTTP/1.1',
    'GET http://other.example/health HTTP/1.1',
    'GET http://other.example/admin/v1/whoami HTTP/1.1',
    'POST http://other.example/ HTTP/1.1',
    'GET //admin/v1/whoami HTTP/1.1',
    'GET /admin/v1/../../etc/passwd HTTP/1.1',
    'GET /../../../etc/passwd HTTP/1.1',
    'GET /admin/v1/%2e%2e/%2e%2e/etc/passwd HTTP/1.1',
    'GET /admin/v1/projects%2fdefault HTTP/1.1',
    'GET /admin/v1/projects/default%2fkeys HTTP/1.1',
    'GET /admin/v1/projects/..%2f..%2fkeys HTTP/1.1',
    'GET /admin/v1/projects/%00 HTTP/1.1',
    'GET /admin/v1/projects/%zz HTTP/1.1',
    'GET /admin/v1/projects/%ff%fe HTTP/1.1',
    'GET /admin/v1/projects/%ed%a0%80 HTTP/1.1',
    'GET /%zz HTTP/1.1',
    'POST /%zz HTTP/1.1',
    'GET /;/admin/v1/whoami HTTP/1.1',
    'GET /admin/v1/whoami;x=y HTTP/1.1',
    'GET /admin/v1/whoami%00 HTTP/1.1',
    'GET /ADMIN/v1/whoami HTTP/1.1',
    'GET /admin/v1/projects/__proto__ HTTP/1.1',
    'GET /admin/v1/projects/constructor/keys HTTP/1.1',
    'GET /admin/v1/keys/?%zz HTTP/1.1',
    'GET /admin/v1/projects/default/keys?limit=%zz HTTP/1.1',
    'GET /admin/v1/projects/default/keys?__proto__=1&constructor=2 HTTP/1.1',
    'GET /admin/v1/projects/default/keys?limit[]=1&limit[a]=2 HTTP/1.1',
    `GET /admin/v1/projects/default/keys?${'a=b&'.repeat(5_000)} HTTP/1.1`,
    `GET /admin/v1/projects/${'a'.repeat(8_193)} HTTP/1.1`,
    `GET /admin/v1/projects/${'%61'.repeat(8_000)} HTTP/1.1`,
  ];
  for (const line of lines) {
    const { answers } = await attack(requestText(line, [HOST, bearer()]), { method: 'GET' });
    const [answer] = answers;
    assert.ok(answer, line.slice(0, 80));
    if (answer.status === 200) {
      assert.match(line, /other\.example|limit=%zz/, `${line.slice(0, 80)} is no request to grant`);
      continue;
    }
    requireRefusal(answer, undefined, line);
  }
  await subject.requireSound();
});

test('tunnels and upgrades get none', async () => {
  const upgrade = [HOST, ['connection', 'Upgrade'] as const];
  for (const text of [
    'CONNECT other.example:443 HTTP/1.1\r\nhost: other.example:443\r\n\r\n',
    'CONNECT / HTTP/1.1\r\nhost: x\r\n\r\n',
    requestText('GET /nowhere HTTP/1.1', [
      ...upgrade,
      ['upgrade', 'websocket'],
      ['sec-websocket-version', '13'],
      ['sec-websocket-key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
    ]),
    requestText('GET /admin/v1/whoami HTTP/1.1', [
      ...upgrade,
      ['upgrade', 'h2c'],
      ['http2-settings', 'AAMAAABk'],
    ]),
  ]) {
    const { answers, closed } = await attack(text, { method: 'GET' });
    assert.ok(closed || answers.length > 0, text);
    for (const { status } of answers) assert.ok(status >= 400 && status < 500, `${status} for ${text}`);
  }
  await subject.requireSound();
});

test('odd headers of a good request do no harm', async () => {
  const many = Array.from({ length: 1_500 }, (_, index): Header => [`x-${index}`, 'v']);
  const cases: readonly (readonly Header[])[] = [
    [['expect', '100-continue']],
    [['expect', 'the-unexpected']],
    [['connection', 'close, keep-alive, upgrade']],
    [['content-type', 'application/json;']],
    [['content-type', ';;;;']],
    [['content-type', 'application/json; charset=utf-16']],
    [['content-type', '\xff\xfe']],
    [['content-type', 'a'.repeat(10_000)]],
    [JSON_TYPE, ['content-encoding', 'gzip']],
    [JSON_TYPE, ['content-encoding', 'br, gzip, deflate']],
    [JSON_TYPE, ['x-forwarded-for', "1.1.1.1, '; DROP TABLE keys"]],
    [JSON_TYPE, ['accept', 'text/html'], ['accept-encoding', '*;q=0']],
    [JSON_TYPE, ['cookie', 'a=b; '.repeat(1_000)]],
    [JSON_TYPE, ['range', 'bytes=0-1']],
    [JSON_TYPE, ['__proto__', 'x'], ['constructor', 'y']],
    [JSON_TYPE, ['x-http-method-override', 'DELETE']],
    [JSON_TYPE, ...many],
    [JSON_TYPE, ['host', 'second.example']],
    [JSON_TYPE, ['authorization', 'Bearer kh_a_b']],
    [JSON_TYPE, JSON_TYPE],
    [JSON_TYPE, TARGET],
    [AMZ_JSON, AMZ_JSON],
    [['x-amz-target', 'TrentService.CreateKey'], AMZ_JSON],
  ];
  for (const headers of cases) {
    for (const [path, proof] of [
      ['/admin/v1/projects/default/keys', bearer()],
      ['/', TARGET],
      ['/nowhere', TARGET],
    ] as const) {
      const body = '\x1f\x8b\x08\0garbage';
      const all = [HOST, proof, ...headers, ['content-length', String(body.length)] as const];
      const exchange = await attack(requestText(`POST ${path} HTTP/1.1`, all, body));
      requireRefusedOrClosed(exchange, JSON.stringify(headers));
    }
  }
  await subject.requireSound();
});

test('proofs, media types and hosts that are given twice are refused, good ones too', async () => {
  const AUTHORIZATION = bearer();
  const once = [HOST, AUTHORIZATION, JSON_TYPE, ['content-length', '2']] as const;
  for (const path of [
    '/admin/v1/projects/default/key-rings',
    '/api/v2/keys',
    '/v3/projects',
    '/v1/secrets',
    '/nowhere',
  ]) {
    for (const again of [
      AUTHORIZATION,
      ['Authorization', 'Bearer kh_a_b'],
      ['CONTENT-TYPE', 'application/json'],
      ['host', 'second.example'],
    ] as const) {
      for (const headers of [
        [...once, again],
        [again, ...once],
      ]) {
        const exchange = await attack(requestText(`POST ${path} HTTP/1.1`, headers, '{}'));
        assert.deepEqual(
          exchange.answers.map(({ status }) => status),
          [400],
          `${path} ${again.join(': ')}`,
        );
      }
    }
  }
  await subject.requireSound();
});

test('bodies beyond the bound are refused without being held', async () => {
  const size = 10 * 1_048_576;
  const body = Buffer.alloc(size, 0x61);
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), body.subarray(0, 0x100000), Buffer.from('\r\n')]);
  const framings: readonly (readonly [Header, readonly Uint8Array[]])[] = [
    [['content-length', String(size)], [body]],
    [['transfer-encoding', 'chunked'], Array.from({ length: 10 }, () => chunk)],
  ];
  for (const [framing, pieces] of framings) {
    for (const [path, headers] of [
      ['/admin/v1/projects/default/keys', [bearer(), JSON_TYPE]],
      ['/', [AWS_TYPE, TARGET]],
      ['/nowhere', []],
    ] as const) {
      const head = requestText(`POST ${path} HTTP/1.1`, [HOST, ...headers, framing]);
      const { answers, closed } = await attack([head, ...pieces]);
      assert.ok(answers.length > 0 || closed, path);
      for (const answer of answers) {
        assert.ok([413, 404].includes(answer.status), `${answer.status} ${path}`);
        requireRefusal(answer, voiceAt(path));
      }
    }
  }
  await subject.requireSound();
});

test('a caller that goes away in the middle of its body is no fault of the house', async () => {
  for (const [path, headers] of [
    ['/admin/v1/projects/default/keys', [bearer(), JSON_TYPE]],
    ['/', [AWS_TYPE, TARGET]],
  ] as const) {
    for (const framing of [
      ['content-length', '100000'],
      ['transfer-encoding', 'chunked'],
    ] as const) {
      const head = requestText(`POST ${path} HTTP/1.1`, [HOST, ...headers, framing]);
      requireRefusedOrClosed(await attack([head, '3e8\r\n{"a":"']), head);
    }
  }
  await subject.requireSound();
});
