import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Bytes, utf8 } from '../../base/bytes.ts';
import type { HeaderField } from '../http.ts';
import type { SignedRequest } from './canonical-request.ts';
import { readSignatureClaim } from './claim.ts';
import { splitTarget } from './query.ts';
import { type SignatureFault, SignatureRefusal } from './refusals.ts';
import { type SigningCredential, signRequest } from './sign.ts';
import { deriveSigningKey } from './signing-key.ts';
import { type VerifyOptions, verifySignature } from './verify.ts';

// The published credential of the AWS test suite.
const CREDENTIAL: SigningCredential = {
  accessKeyId: 'AKIDEXAMPLE',
  secret: utf8('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'),
  region: 'us-east-1',
  service: 'kms',
};
const SIGNED_AT_MS = Date.UTC(2015, 7, 30, 12, 36);
const UNSIGNED: SignedRequest = {
  method: 'POST',
  target: '/',
  headers: [
    ['host', 'kms.example.test:7600'],
    ['x-amz-target', 'TrentService.ListKeys'],
  ],
  body: utf8('{}'),
};

function sign(request: SignedRequest = UNSIGNED, credential = CREDENTIAL): SignedRequest {
  return { ...request, headers: signRequest(request, credential, SIGNED_AT_MS) };
}

function verify(
  request: SignedRequest,
  secret: Bytes,
  nowMs = SIGNED_AT_MS,
  options?: Partial<VerifyOptions>,
): void {
  const claim = readSignatureClaim(request);
  verifySignature(claim, request, deriveSigningKey(secret, claim), nowMs, { service: 'kms', ...options });
}

function faultOf(
  request: SignedRequest,
  nowMs = SIGNED_AT_MS,
  options: Partial<VerifyOptions> = {},
): SignatureFault {
  try {
    verify(request, CREDENTIAL.secret, nowMs, options);
  } catch (thrown) {
    assert(thrown instanceof SignatureRefusal);
    return thrown.fault;
  }
  assert.fail('the signature verified');
}

test('a request verifies until five minutes after and from five minutes before its instant, to the millisecond', () => {
  const request = sign();
  for (const offsetMs of [-300_000, 0, 300_000]) verify(request, CREDENTIAL.secret, SIGNED_AT_MS + offsetMs);
  assert.deepEqual(faultOf(request, SIGNED_AT_MS + 300_001), {
    reason: 'expired',
    timestamp: '20150830T123600Z',
    boundary: '20150830T123600Z',
    now: '20150830T124100Z',
    toleranceSeconds: 300,
  });
  assert.deepEqual(faultOf(request, SIGNED_AT_MS - 301_000), {
    reason: 'notYetValid',
    timestamp: '20150830T123600Z',
    boundary: '20150830T123559Z',
    now: '20150830T123059Z',
    toleranceSeconds: 300,
  });
  assert.equal(faultOf(request, SIGNED_AT_MS + 1001, { skewMsMax: 1000 }).reason, 'expired');
});

test('a credential scoped to another service or to a region not served is refused', () => {
  assert.deepEqual(faultOf(sign(), SIGNED_AT_MS, { service: 'kms-xks-proxy' }), {
    reason: 'wrongService',
    expected: 'kms-xks-proxy',
  });
  assert.deepEqual(faultOf(sign(), SIGNED_AT_MS, { regionAllowed: region => region === 'eu-west-1' }), {
    reason: 'wrongRegion',
    region: 'us-east-1',
  });
  verify(sign(), CREDENTIAL.secret, SIGNED_AT_MS, { regionAllowed: region => region === 'us-east-1' });
});

test('host and each x-amz-* header must be signed, other headers need not be', () => {
  const request = sign();
  const adding = (field: HeaderField): SignedRequest => ({
    ...request,
    headers: [...request.headers, field],
  });
  assert.deepEqual(faultOf(adding(['x-amz-security-token', 't'])), {
    reason: 'unsignedHeader',
    header: 'x-amz-security-token',
  });
  verify(adding(['content-type', 'application/json']), CREDENTIAL.secret);
  verify(adding(['x-amzn-trace-id', 'Root=1']), CREDENTIAL.secret);
  const hostUnsigned = request.headers.map(
    ([name, value]): HeaderField => [name, value.replace('=host;', '=')],
  );
  assert.deepEqual(faultOf({ ...request, headers: hostUnsigned }), {
    reason: 'unsignedHeader',
    header: 'host',
  });
});

test('a signed header that did not arrive is refused by name', () => {
  const request = sign();
  const headers = request.headers.filter(([name]) => name !== 'x-amz-target');
  assert.deepEqual(faultOf({ ...request, headers }), { reason: 'absentHeader', header: 'x-amz-target' });
});

test('a declared payload hash must be the hash of the body', () => {
  for (const declared of ['UNSIGNED-PAYLOAD', '0'.repeat(64)]) {
    const request = sign({ ...UNSIGNED, headers: [...UNSIGNED.headers, ['x-amz-content-sha256', declared]] });
    assert.deepEqual(faultOf(request), { reason: 'payloadHashMismatch', header: 'x-amz-content-sha256' });
  }
});

test('a byte that Unicode calls a blank is part of a value', () => {
  const endingIn = (value: string) =>
    sign({
      ...UNSIGNED,
      headers: [
        ['host', 'h'],
        ['x-amz-note', value],
      ],
    });
  const changed = (request: SignedRequest, value: string): SignedRequest => ({
    ...request,
    headers: request.headers.map(([name, old]) => [name, name === 'x-amz-note' ? value : old]),
  });
  // "à" in UTF-8 ends in the byte A0.
  const request = endingIn('\u00c3\u00a0');
  verify(request, CREDENTIAL.secret);
  assert.equal(faultOf(changed(request, '\u00c3')).reason, 'mismatch');
  verify(changed(endingIn('a b'), ' a \t b '), CREDENTIAL.secret);
});

const token = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,11}$/)
  .filter(name => !['host', 'authorization', 'date'].includes(name));
const fieldValue = fc.stringMatching(/^[!-~]([ -~\x80-\xff]{0,20}[!-~])?$/);
const segment = fc.stringMatching(/^[A-Za-z0-9_~%$!-]{1,8}$/);
const queryText = fc.stringMatching(/^[A-Za-z0-9_~$!-]{1,8}$/);
const requestArbitrary: fc.Arbitrary<SignedRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    path: fc.array(segment, { maxLength: 4 }),
    query: fc.array(fc.tuple(queryText, queryText), { maxLength: 4 }),
    headers: fc.array(fc.tuple(token, fieldValue), { maxLength: 5 }),
    body: fc.uint8Array({ maxLength: 200 }),
  })
  .map(({ method, path, query, headers, body }) => ({
    method,
    target: `/${path.join('/')}${query.length === 0 ? '' : `?${query.map(pair => pair.join('=')).join('&')}`}`,
    headers: [['host', 'localhost:7600'], ...headers],
    body,
  }));

test('whatever signRequest signs verifies', () => {
  fc.assert(
    fc.property(requestArbitrary, fc.option(fieldValue, { nil: undefined }), (request, securityToken) => {
      const credential = securityToken === undefined ? CREDENTIAL : { ...CREDENTIAL, securityToken };
      const signed = sign(request, credential);
      verify(signed, CREDENTIAL.secret);
      assert.equal(readSignatureClaim(signed).securityToken, securityToken);
    }),
    { numRuns: 300, verbose: 1 },
  );
});

/** Another character in the place of one. */
function mutateText(text: string, at: number, by: number): string {
  const index = at % text.length;
  return text.slice(0, index) + String.fromCharCode(text.charCodeAt(index) ^ by) + text.slice(index + 1);
}

function mutateBytes(bytes: Bytes, at: number, by: number): Bytes {
  return bytes.map((byte, index) => (index === at % bytes.length ? byte ^ by : byte));
}

/** The value of one signed header changed, in more than the number of its blanks. Authorization comes last and is not signed. */
function mutateHeader(request: SignedRequest, at: number, by: number): SignedRequest | undefined {
  const index = at % (request.headers.length - 1);
  const [name, value] = request.headers[index] ?? ['', ''];
  const changed = mutateText(value, at, by);
  if (blanksCollapsed(changed) === blanksCollapsed(value)) return undefined;
  return { ...request, headers: request.headers.with(index, [name, changed]) };
}

const blanksCollapsed = (text: string): string => text.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '');

/** Paths and queries that mean the same are signed alike: `%2f` and `%2F`, `//` and `/./`. */
function sameMeaning(left: string, right: string): boolean {
  const meaning = (target: string) => {
    const { path, query } = splitTarget(target);
    return JSON.stringify([path.split('/').filter(each => each !== '' && each !== '.'), [...query].sort()]);
  };
  try {
    return meaning(left) === meaning(right);
  } catch {
    return false;
  }
}

const MUTATIONS: Readonly<
  Record<string, (request: SignedRequest, at: number, by: number) => SignedRequest | undefined>
> = {
  method: (request, at, by) => ({ ...request, method: mutateText(request.method, at, by) }),
  target: (request, at, by) => {
    const target = mutateText(request.target, at, by);
    return sameMeaning(target, request.target) ? undefined : { ...request, target };
  },
  'signed header': mutateHeader,
  body: (request, at, by) =>
    request.body.length === 0 ? undefined : { ...request, body: mutateBytes(request.body, at, by) },
};

for (const [part, mutate] of Object.entries(MUTATIONS)) {
  test(`a request with one byte of its ${part} changed is refused`, () => {
    fc.assert(
      fc.property(requestArbitrary, fc.nat(10_000), fc.integer({ min: 1, max: 255 }), (request, at, by) => {
        const mutated = mutate(sign(request), at, by);
        fc.pre(mutated !== undefined);
        assert.throws(() => verify(mutated, CREDENTIAL.secret), SignatureRefusal);
      }),
      { numRuns: 500, verbose: 1 },
    );
  });
}

test('a request is refused under a secret with one byte changed', () => {
  fc.assert(
    fc.property(requestArbitrary, fc.nat(10_000), fc.integer({ min: 1, max: 255 }), (request, at, by) => {
      const secret = mutateBytes(CREDENTIAL.secret, at, by);
      assert.throws(() => verify(sign(request), secret), SignatureRefusal);
    }),
    { numRuns: 200, verbose: 1 },
  );
});

test('an Authorization header with one byte changed is refused, names another key, or differs in blanks alone', () => {
  const request = sign();
  const original = readSignatureClaim(request);
  const index = request.headers.length - 1;
  const authorization = request.headers[index]?.[1] ?? '';
  for (let at = 0; at < authorization.length; at += 1) {
    for (let by = 1; by < 256; by += 1) {
      const mutated = mutateText(authorization, at, by);
      const headers = request.headers.with(index, ['authorization', mutated]);
      try {
        verify({ ...request, headers }, CREDENTIAL.secret);
      } catch (thrown) {
        assert(thrown instanceof SignatureRefusal);
        continue;
      }
      const { accessKeyId } = readSignatureClaim({ ...request, headers });
      assert(
        accessKeyId !== original.accessKeyId ||
          mutated.replace(/\s/g, '') === authorization.replace(/\s/g, ''),
      );
    }
  }
});

test('arbitrary Authorization headers and targets end in a refusal and nothing else', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'Credential=',
      'SignedHeaders=',
      'Signature=',
      'a/20150830/b/kms/aws4_request',
      ',',
      'host',
    ),
  );
  const text = fc.array(part, { maxLength: 12 }).map(parts => parts.join(''));
  fc.assert(
    fc.property(text, text, (authorization, query) => {
      const headers: HeaderField[] = [
        ['authorization', `AWS4-HMAC-SHA256 ${authorization}`],
        ...UNSIGNED.headers,
      ];
      assert.throws(() => verify({ ...UNSIGNED, headers }, CREDENTIAL.secret), SignatureRefusal);
      const target = `/?X-Amz-Signature=${query}`;
      assert.throws(() => verify({ ...UNSIGNED, target }, CREDENTIAL.secret), SignatureRefusal);
    }),
    { numRuns: 500, verbose: 1 },
  );
});
