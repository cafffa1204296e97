import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_BYTES } from '../../base/bytes.ts';
import type { HeaderField } from '../http.ts';
import type { SignedRequest } from './canonical-request.ts';
import { readSignatureClaim } from './claim.ts';
import { type SignatureFault, SignatureRefusal } from './refusals.ts';

const SIGNATURE = '0f'.repeat(32);
const CREDENTIAL = 'Credential=AKIDEXAMPLE/20150830/us-east-1/kms/aws4_request';
const AUTHORIZATION = `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=${SIGNATURE}`;
const DATE: HeaderField = ['x-amz-date', '20150830T123600Z'];
const QUERY = [
  'X-Amz-Algorithm=AWS4-HMAC-SHA256',
  'X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fkms%2Faws4_request',
  'X-Amz-Date=20150830T123600Z',
  'X-Amz-Expires=60',
  'X-Amz-SignedHeaders=host',
  `X-Amz-Signature=${SIGNATURE}`,
];

function headerForm(authorization: string, ...others: readonly HeaderField[]): SignedRequest {
  const fields = others.length === 0 ? [DATE] : others;
  const headers: HeaderField[] = [['host', 'h'], ['authorization', authorization], ...fields];
  return { method: 'POST', target: '/', headers, body: EMPTY_BYTES };
}

function queryForm(parameters: readonly string[], ...others: readonly HeaderField[]): SignedRequest {
  return {
    method: 'GET',
    target: `/?${parameters.join('&')}`,
    headers: [['host', 'h'], ...others],
    body: EMPTY_BYTES,
  };
}

function faultOf(request: SignedRequest): SignatureFault {
  try {
    readSignatureClaim(request);
  } catch (thrown) {
    assert(thrown instanceof SignatureRefusal);
    return thrown.fault;
  }
  assert.fail('the claim was read');
}

test('the header form is read whatever the order of its parts and the blanks between them', () => {
  const shuffled = `AWS4-HMAC-SHA256   Signature=${SIGNATURE},${CREDENTIAL}  ,SignedHeaders=host;x-amz-date`;
  for (const authorization of [AUTHORIZATION, shuffled]) {
    const claim = readSignatureClaim(headerForm(authorization, DATE, ['x-amz-security-token', 'token']));
    const { profile: _, signature, ...rest } = claim;
    assert.equal(signature, SIGNATURE);
    assert.deepEqual(rest, {
      accessKeyId: 'AKIDEXAMPLE',
      date: '20150830',
      region: 'us-east-1',
      service: 'kms',
      signedHeaders: ['host', 'x-amz-date'],
      timestampText: '20150830T123600Z',
      instantMs: Date.UTC(2015, 7, 30, 12, 36),
      securityToken: 'token',
      presigned: undefined,
    });
  }
});

test('the presigned form is read from the query alone', () => {
  const claim = readSignatureClaim(queryForm([...QUERY, 'X-Amz-Security-Token=a%2Fb']));
  assert.equal(claim.accessKeyId, 'AKIDEXAMPLE');
  assert.equal(claim.securityToken, 'a/b');
  assert.deepEqual(claim.presigned, { expiresSeconds: 60 });
});

test('the Date header stands in for a missing X-Amz-Date, in either notation', () => {
  for (const date of ['20150830T123600Z', 'Sun, 30 Aug 2015 12:36:00 GMT']) {
    assert.equal(
      readSignatureClaim(headerForm(AUTHORIZATION, ['date', date])).timestampText,
      '20150830T123600Z',
    );
  }
});

test('a request without a signature, with two, or with another scheme says so', () => {
  assert.equal(faultOf(queryForm(['a=b'])).reason, 'missingAuthentication');
  assert.equal(faultOf(queryForm(QUERY, ['authorization', AUTHORIZATION])).reason, 'ambiguousAuthentication');
  assert.equal(faultOf(queryForm(QUERY, ['x-amz-security-token', 't'])).reason, 'ambiguousAuthentication');
  for (const scheme of ['Bearer abc', 'AWS4-HMAC-SHA512 x', 'aws4-hmac-sha256 x', 'AWS4-HMAC-SHA256x']) {
    assert.equal(faultOf(headerForm(scheme)).reason, 'wrongAlgorithm');
  }
});

test('each absent, malformed, repeated or oversized part is named', () => {
  const part = (text: string, replacement: string) => headerForm(AUTHORIZATION.replace(text, replacement));
  const dropped = (name: string) => queryForm(QUERY.filter(text => !text.startsWith(`X-Amz-${name}=`)));
  const expires = (text: string) =>
    queryForm(QUERY.map(each => each.replace('Expires=60', `Expires=${text}`)));
  const rows: readonly (readonly [SignedRequest, string, string])[] = [
    [part(`${CREDENTIAL}, `, ''), 'Credential', 'absent'],
    [part('SignedHeaders=host;x-amz-date, ', ''), 'SignedHeaders', 'absent'],
    [part('SignedHeaders=host;x-amz-date', 'SignedHeaders='), 'SignedHeaders', 'absent'],
    [part(`, Signature=${SIGNATURE}`, ''), 'Signature', 'absent'],
    [headerForm('AWS4-HMAC-SHA256'), 'Credential', 'absent'],
    [part('AKIDEXAMPLE/', ''), 'Credential', 'malformed'],
    [part('AKIDEXAMPLE/', '/'), 'Credential', 'malformed'],
    [part('AKIDEXAMPLE/', 'AKIDEXAMPLE/more/'), 'Credential', 'malformed'],
    [part('0f0f', '0F0F'), 'Signature', 'malformed'],
    [part('0f0f', '0f'), 'Signature', 'malformed'],
    [part('0f0f', '0f0g'), 'Signature', 'malformed'],
    [headerForm(`${AUTHORIZATION}, Extra=1`), 'Authorization', 'malformed'],
    [headerForm(`${AUTHORIZATION},`), 'Authorization', 'malformed'],
    [headerForm(`${AUTHORIZATION}, ${CREDENTIAL}`), 'Credential', 'repeated'],
    [headerForm(AUTHORIZATION, DATE, ['authorization', AUTHORIZATION]), 'authorization', 'repeated'],
    [headerForm(AUTHORIZATION, DATE, DATE), 'x-amz-date', 'repeated'],
    [headerForm(AUTHORIZATION, DATE, ['host', 'h']), 'host', 'repeated'],
    [headerForm(AUTHORIZATION, ['x-other', '']), 'x-amz-date', 'absent'],
    [headerForm(AUTHORIZATION, ['x-amz-date', '20150230T123600Z']), 'x-amz-date', 'malformed'],
    [headerForm(AUTHORIZATION, ['date', 'Mon, 30 Aug 2015 12:36:00 GMT']), 'x-amz-date', 'malformed'],
    [
      part('host;', `${Array.from({ length: 64 }, (_, index) => `a${100 + index};`).join('')}host;`),
      'SignedHeaders',
      'tooLarge',
    ],
    [headerForm(`${AUTHORIZATION}${' '.repeat(5000)}`), 'Authorization', 'tooLarge'],
    [
      headerForm(AUTHORIZATION, DATE, ['x-amz-security-token', 't'.repeat(9000)]),
      'x-amz-security-token',
      'tooLarge',
    ],
    [
      headerForm(AUTHORIZATION, ...Array.from({ length: 256 }, (): HeaderField => ['a', 'b'])),
      'headers',
      'tooLarge',
    ],
    [dropped('Credential'), 'Credential', 'absent'],
    [dropped('Algorithm'), 'Algorithm', 'absent'],
    [dropped('Date'), 'Date', 'absent'],
    [dropped('Expires'), 'Expires', 'absent'],
    [dropped('SignedHeaders'), 'SignedHeaders', 'absent'],
    [queryForm([...QUERY, 'X-Amz-Date=20150830T123600Z']), 'Date', 'repeated'],
    [queryForm([...QUERY, 'X-Amz-Signature=0']), 'Signature', 'repeated'],
    [queryForm([...QUERY, 'a=%zz']), 'query', 'malformed'],
    [queryForm([...QUERY, ...Array.from({ length: 128 }, () => 'a')]), 'query', 'tooLarge'],
    [expires('0'), 'Expires', 'malformed'],
    [expires('-1'), 'Expires', 'malformed'],
    [expires('6e1'), 'Expires', 'malformed'],
    [expires('604801'), 'Expires', 'tooLarge'],
  ];
  for (const [request, name, problem] of rows) {
    assert.deepEqual(faultOf(request), { reason: 'incomplete', part: name, problem });
  }
});

test('a scope with another terminator or another day is refused', () => {
  assert.deepEqual(faultOf(headerForm(AUTHORIZATION.replace('aws4_request', 'aws4_requesu'))), {
    reason: 'wrongTerminator',
    expected: 'aws4_request',
  });
  assert.deepEqual(faultOf(headerForm(AUTHORIZATION.replace('/20150830/', '/20150831/'))), {
    reason: 'dateMismatch',
    scopeDate: '20150831',
    requestDate: '20150830',
  });
});

test('signed headers out of order, twice, empty or in upper case are refused', () => {
  for (const names of [
    'x-amz-date;host',
    'host;host',
    'Host;x-amz-date',
    'host;;x-amz-date',
    ';host',
    'host;',
  ]) {
    const request = headerForm(AUTHORIZATION.replace('host;x-amz-date', names));
    assert.equal(faultOf(request).reason, 'headersNotSorted');
  }
});
