// Requests as the AWS SDK for JavaScript signs and sends them, taken from a real server.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { SignatureV4 } from '@smithy/signature-v4';
import { concatBytes, utf8 } from '../../base/bytes.ts';
import { headerList } from '../http.ts';
import type { SignedRequest } from './canonical-request.ts';
import { readSignatureClaim } from './claim.ts';
import { type SignatureFault, SignatureRefusal } from './refusals.ts';
import { deriveSigningKey } from './signing-key.ts';
import { verifySignature } from './verify.ts';

// The published credential of the AWS test suite.
const ACCESS_KEY_ID = 'AKIDEXAMPLE';
const SECRET_ACCESS_KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

let received: SignedRequest | undefined;
const server = createServer(async (request: IncomingMessage, response) => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = '', url: target = '', rawHeaders } = request;
  received = { method, target, headers: headerList(rawHeaders), body: concatBytes(...chunks) };
  response.setHeader('content-type', 'application/x-amz-json-1.1').end('{}');
});
let endpoint = '';

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

function lastReceived(): SignedRequest {
  assert(received !== undefined);
  return received;
}

function verify(request: SignedRequest, laterMs = 0): void {
  const claim = readSignatureClaim(request);
  const signingKey = deriveSigningKey(utf8(SECRET_ACCESS_KEY), claim);
  verifySignature(claim, request, signingKey, claim.instantMs + laterMs, { service: 'kms' });
}

function refusedFor(request: SignedRequest, reason: SignatureFault['reason'], laterMs = 0): void {
  assert.throws(
    () => verify(request, laterMs),
    (thrown: unknown) => thrown instanceof SignatureRefusal && thrown.fault.reason === reason,
  );
}

for (const sessionToken of [undefined, 'session/token+1==']) {
  test(`a request of the KMS client ${sessionToken === undefined ? 'without' : 'with'} a session token verifies`, async () => {
    const identity = { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY };
    const client = new KMSClient({
      region: 'eu-west-1',
      endpoint,
      credentials: sessionToken === undefined ? identity : { ...identity, sessionToken },
    });
    const EncryptionContext = { tenant: 'naïve ☃' };
    await client.send(
      new EncryptCommand({ KeyId: 'alias/a', Plaintext: new Uint8Array(32), EncryptionContext }),
    );
    client.destroy();
    const request = lastReceived();
    verify(request);
    const claim = readSignatureClaim(request);
    assert.equal(claim.region, 'eu-west-1');
    assert.equal(claim.securityToken, sessionToken);
    refusedFor({ ...request, body: utf8('{}') }, 'payloadHashMismatch');
    refusedFor({ ...request, target: '/x' }, 'mismatch');
  });
}

/** The hash that the SDK's signer asks for. */
class Sha256 {
  readonly #hash;
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as Uint8Array);
  }
  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

test('a URL presigned by the SDK verifies from its first to its last second, and not with a parameter changed', async () => {
  const signer = new SignatureV4({
    service: 'kms',
    region: 'eu-west-1',
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY, sessionToken: 'a b/c+d' },
    sha256: Sha256,
  });
  const { hostname, port, host } = new URL(endpoint);
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/keys/a%20b/',
      query: { Action: 'List Keys', tag: ['z', 'a&=+/', '~é'] },
      headers: { host, 'X-Custom': '  one   two ' },
    },
    { expiresIn: 60, unhoistableHeaders: new Set() },
  );
  const query = Object.entries(signed.query ?? {}).flatMap(([name, value]) =>
    [value ?? ''].flat().map(each => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`),
  );
  await fetch(`${endpoint}${signed.path}?${query.join('&')}`, {
    headers: { 'X-Custom': signed.headers['X-Custom'] ?? '' },
  });
  const request = lastReceived();
  verify(request);
  verify(request, 60_000);
  refusedFor(request, 'expired', 60_001);
  refusedFor(request, 'notYetValid', -300_001);
  assert.equal(readSignatureClaim(request).securityToken, 'a b/c+d');
  refusedFor({ ...request, target: request.target.replace('List%20Keys', 'List%20Keyz') }, 'mismatch');
  refusedFor({ ...request, target: request.target.replace('Expires=60', 'Expires=61') }, 'mismatch');
});
