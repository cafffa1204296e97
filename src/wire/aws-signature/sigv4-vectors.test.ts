// The published cases of the AWS Signature Version 4 test suite, forwards and backwards.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { utf8 } from '../../base/bytes.ts';
import { headerList } from '../http.ts';
import { canonicalRequest, type SignedRequest, stringToSign } from './canonical-request.ts';
import { readSignatureClaim } from './claim.ts';
import { AWS_SIGNATURE } from './profile.ts';
import { SignatureRefusal } from './refusals.ts';
import { deriveSigningKey, signatureOf } from './signing-key.ts';
import { parseTimestamp } from './timestamp.ts';
import { verifySignature } from './verify.ts';

type Vectors = {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly region: string;
    readonly service: string;
    readonly timestamp: string;
  };
  readonly cases: readonly {
    readonly name: string;
    readonly method: string;
    readonly target: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
    readonly canonicalRequest: string;
    readonly stringToSign: string;
    readonly signature: string;
  }[];
};

const VECTORS_URL = new URL('../../../test/vectors/small/sigv4.json', import.meta.url);
const { credentials, cases } = JSON.parse(readFileSync(VECTORS_URL, 'utf8')) as Vectors;
const { region, service } = credentials;
const secret = utf8(credentials.secretAccessKey);
const scope = { date: credentials.timestamp.slice(0, 8), region, service };
const nowMs = parseTimestamp(credentials.timestamp) ?? Number.NaN;

/** As node would hand over the bytes: one character each. */
const received = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function requestOf(vector: Vectors['cases'][number]): SignedRequest {
  const headers = headerList(vector.headers.flat().map(received));
  return { method: vector.method, target: received(vector.target), headers, body: utf8(vector.body) };
}

for (const vector of cases) {
  test(`${vector.name} has the published canonical request, string to sign and signature, and verifies`, () => {
    const request = requestOf(vector);
    const claim = readSignatureClaim(request);
    const canonical = canonicalRequest(
      request,
      claim.signedHeaders,
      hash('sha256', request.body),
      AWS_SIGNATURE,
    );
    assert.equal(canonical, vector.canonicalRequest);
    const toSign = stringToSign(canonical, claim.timestampText, claim, AWS_SIGNATURE);
    assert.equal(toSign, vector.stringToSign);
    const signingKey = deriveSigningKey(secret, scope);
    assert.equal(signatureOf(toSign, signingKey), vector.signature);
    verifySignature(claim, request, signingKey, nowMs, { service });
  });
}

test('a token added after signing is refused, unlike in the published case post-sts-header-after', () => {
  const vector = cases.find(({ name }) => name === 'post-sts-header-after');
  assert(vector !== undefined);
  const request = requestOf(vector);
  const late: SignedRequest = {
    ...request,
    headers: [...request.headers, ['x-amz-security-token', 'token']],
  };
  assert.throws(
    () =>
      verifySignature(readSignatureClaim(late), late, deriveSigningKey(secret, scope), nowMs, { service }),
    (thrown: unknown) =>
      thrown instanceof SignatureRefusal &&
      thrown.fault.reason === 'unsignedHeader' &&
      thrown.fault.header === 'x-amz-security-token',
  );
});
