// The token endpoints over real HTTP, as clients use them, and the proof that the protocol makes of a token.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { IamAuthenticator } from '@ibm-cloud/ibm-key-protect/auth/index.js';
import Fastify, { type FastifyInstance } from 'fastify';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { must } from '../../../src/base/assert.ts';
import { decodeUtf8 } from '../../../src/base/bytes.ts';
import { SILENT_LOGGER } from '../../../src/base/logger.ts';
import { revealSecretBytes } from '../../../src/base/secret-bytes.ts';
import { execute } from '../../../src/core/execute.ts';
import { issueCredential, revokeCredential } from '../../../src/core/operations/identity/credentials.ts';
import { createPrincipal } from '../../../src/core/operations/identity/principals.ts';
import type { AuditEntry } from '../../../src/domain/audit-entry.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import type { Principal, PrincipalKind } from '../../../src/domain/principal.ts';
import { authenticate } from '../../../src/protocols/key-protect/authenticate.ts';
import { tokenPlugin } from '../../../src/protocols/key-protect/tokens.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { systemContext } from '../../support/system.ts';

const API_KEY_GRANT = 'urn:ibm:params:oauth:grant-type:apikey';

let keyhold: TestKeyhold;
let app: FastifyInstance;
let url = '';

before(async () => {
  keyhold = await startKeyhold();
  // The endpoints alone, with one route that says who the bearer of a token is.
  app = Fastify({
    genReqId: () => keyhold.kms.random.uuid(),
    requestIdHeader: false,
    exposeHeadRoutes: false,
  });
  const options = {
    get url() {
      return url;
    },
    logger: SILENT_LOGGER,
  };
  await app.register(tokenPlugin(keyhold.kms, options));
  app.get('/bearer', async (request, reply) => {
    const { id: requestId, headers, ip: sourceAddress } = request;
    try {
      return await authenticate(keyhold.kms, {
        requestId,
        authorization: headers.authorization,
        sourceAddress,
      });
    } catch (thrown) {
      return reply.code(401).send(thrown);
    }
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
after(async () => {
  await app.close();
  await keyhold.stop();
});

interface Client {
  readonly principal: Principal;
  readonly apiKey: string;
  readonly credentialId: string;
}

async function client(
  kind: PrincipalKind = 'serviceAccount',
  projectId: string | undefined = keyhold.credentials.project.id,
): Promise<Client> {
  const context = systemContext(projectId);
  const name = `p-${keyhold.kms.random.uuid()}`;
  const principal = await execute(keyhold.kms, createPrincipal, context, { name, kind });
  const input = { principal: principal.id, kind: 'apiKey' } as const;
  const { credential, secret } = await execute(keyhold.kms, issueCredential, context, input);
  using scoped = secret;
  return { principal, credentialId: credential.id, apiKey: decodeUtf8(revealSecretBytes(scoped)) };
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of every shape.
  readonly body: any;
}

async function post(
  fields: Readonly<Record<string, string>> | string,
  { path = '/identity/token', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

async function bearer(token: string): Promise<{ status: number; principal?: string; credential?: string }> {
  const response = await fetch(`${url}/bearer`, { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as { principal?: Principal; credentialId?: string };
  if (response.status !== 200) return { status: response.status };
  return {
    status: 200,
    principal: must(body.principal, 'somebody is proven').id,
    credential: must(body.credentialId, 'by a credential'),
  };
}

async function entries(operation: string): Promise<readonly AuditEntry[]> {
  const found = await keyhold.kms.store.log.search({ operation }, { limit: 100, newestFirst: true });
  return found.map(({ leaf }) => JSON.parse(decodeUtf8(leaf)) as AuditEntry);
}

describe('an API key at the token endpoint', () => {
  for (const path of ['/identity/token', '/oidc/token']) {
    it(`brings an access token from ${path}`, async () => {
      const { principal, apiKey, credentialId } = await client();
      const { status, headers, body } = await post({ grant_type: API_KEY_GRANT, apikey: apiKey }, { path });
      assert.equal(status, 200);
      assert.equal(headers.get('cache-control'), 'no-store');
      const { access_token: token, expiration, ...rest } = body;
      assert.deepEqual(rest, {
        refresh_token: 'not_supported',
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'ibm openid',
      });
      const claims = decodeJwt(token);
      assert.equal(claims.exp, expiration);
      assert.equal(claims.iat, expiration - 3600);
      assert.deepEqual(await bearer(token), {
        status: 200,
        principal: principal.id,
        credential: credentialId,
      });
    });
  }

  it('of a service account says so in the claims', async () => {
    const { principal, apiKey } = await client('serviceAccount');
    const { body } = await post({ grant_type: API_KEY_GRANT, apikey: apiKey, response_type: 'cloud_iam' });
    const { aud, credential_id, exp, iat, jti, ...claims } = decodeJwt(body.access_token);
    assert.equal(aud, 'key-protect');
    assert.match(String(jti), /^[0-9a-f-]{36}$/);
    assert.ok(exp !== undefined && iat !== undefined && credential_id !== undefined);
    assert.deepEqual(claims, {
      iam_id: `iam-ServiceId-${principal.id}`,
      id: `iam-ServiceId-${principal.id}`,
      realmid: 'iam',
      identifier: `ServiceId-${principal.id}`,
      name: principal.name,
      sub: `ServiceId-${principal.id}`,
      sub_type: 'ServiceId',
      account: { valid: true, bss: keyhold.credentials.project.id.replaceAll('-', '') },
      iss: `${url}/identity`,
      grant_type: API_KEY_GRANT,
      scope: 'ibm openid',
      client_id: 'default',
    });
  });

  it('of a user of the system names no account', async () => {
    const { apiKey } = { apiKey: keyhold.credentials.admin.apiKey };
    const { status, body } = await post({ grant_type: API_KEY_GRANT, apikey: apiKey });
    assert.equal(status, 200);
    const claims = decodeJwt(body.access_token);
    assert.match(String(claims.iam_id), /^IBMid-[0-9a-f-]{36}$/);
    assert.equal(claims.sub_type, undefined);
    assert.deepEqual(claims.account, { valid: true, bss: '0'.repeat(32) });
    assert.equal((await bearer(body.access_token)).status, 200);
  });

  it("is exchanged by the vendor's own client, which then sends the token", async () => {
    const { principal, apiKey } = await client();
    const authenticator = new IamAuthenticator({ apikey: apiKey, url });
    const request: { headers?: Record<string, string> } = {};
    await authenticator.authenticate(request);
    const token = must(request.headers?.Authorization, 'the client has set it').replace(/^Bearer /, '');
    assert.equal((await bearer(token)).principal, principal.id);
  });

  it('is published for readers: its signature verifies with the keys of /identity/keys', async () => {
    const { apiKey } = await client();
    const { body } = await post({ grant_type: API_KEY_GRANT, apikey: apiKey });
    const { payload } = await jwtVerify(
      body.access_token,
      createRemoteJWKSet(new URL(`${url}/identity/keys`)),
      { issuer: `${url}/identity`, audience: 'key-protect' },
    );
    assert.equal(payload.scope, 'ibm openid');
  });

  it('that is revoked ends its tokens and brings no more', async () => {
    const { principal, apiKey, credentialId } = await client();
    const { body } = await post({ grant_type: API_KEY_GRANT, apikey: apiKey });
    await execute(keyhold.kms, revokeCredential, systemContext(principal.projectId), {
      principal: principal.id,
      credentialId,
    });
    assert.equal((await bearer(body.access_token)).status, 401);
    const refused = await post({ grant_type: API_KEY_GRANT, apikey: apiKey });
    assert.equal(refused.body.errorCode, 'BXNIM0415E');
  });
});

describe('a client that names itself by Basic authentication', () => {
  it('gets a refresh token, which brings access tokens and stays itself', async () => {
    const { principal, apiKey } = await client();
    const first = await post({ grant_type: API_KEY_GRANT, apikey: apiKey }, { headers: basic('bx', 'bx') });
    const { refresh_token: refreshToken, access_token: accessToken } = first.body;
    assert.equal(decodeJwt(accessToken).client_id, 'bx');
    const { body } = await post({ grant_type: 'refresh_token', refresh_token: refreshToken });
    assert.equal((await bearer(body.access_token)).principal, principal.id);
    assert.equal(decodeJwt(body.access_token).grant_type, 'refresh_token');
    assert.equal(body.refresh_token, refreshToken);
    assert.equal((await bearer(refreshToken)).status, 401);
  });

  it('cannot refresh with an access token, a forged one, or after its time', async () => {
    const { apiKey } = await client();
    const { body } = await post(
      { grant_type: API_KEY_GRANT, apikey: apiKey },
      { headers: basic('bx', 'bx') },
    );
    const refresh = (token: string) => post({ grant_type: 'refresh_token', refresh_token: token });
    for (const token of [body.access_token, `${body.refresh_token}A`, 'not_supported', 'x.y.z']) {
      const { status, body: fault } = await refresh(token);
      assert.equal(status, 400);
      assert.equal(fault.errorCode, 'BXNIM0407E');
    }
    keyhold.clock.advance(LIMITS.refreshTokenLifetimeMsMax);
    assert.equal((await refresh(body.refresh_token)).body.errorCode, 'BXNIM0407E');
  });
});

describe('a request that the token endpoint refuses', () => {
  it('is told so in the shape of the identity service', async () => {
    const { status, headers, body } = await post({ grant_type: API_KEY_GRANT, apikey: 'kh_nobody' });
    assert.equal(status, 400);
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(body.errorCode, 'BXNIM0415E');
    assert.equal(body.errorMessage, 'Provided API key could not be found.');
    assert.match(body.context.requestId, /^[0-9a-f-]{36}$/);
  });

  it('is told what is missing or not offered', async () => {
    keyhold.clock.advance(3_600_000);
    const { apiKey } = await client();
    const good = { grant_type: API_KEY_GRANT, apikey: apiKey };
    const cases: readonly (readonly [Parameters<typeof post>[0], string, Record<string, string>?])[] = [
      ['', 'BXNIM0109E'],
      [{ apikey: apiKey }, 'BXNIM0109E'],
      [{ grant_type: API_KEY_GRANT }, 'BXNIM0109E'],
      [{ grant_type: API_KEY_GRANT, apikey: '' }, 'BXNIM0109E'],
      [{ grant_type: 'refresh_token', apikey: apiKey }, 'BXNIM0109E'],
      [{ ...good, grant_type: 'password' }, 'BXNIM0106E'],
      [{ ...good, response_type: 'uaa' }, 'BXNIM0106E'],
      [{ ...good, scope: 'everything' }, 'BXNIM0106E'],
      [{ ...good, bss_account: 'f'.repeat(32) }, 'BXNIM0106E'],
      [{ ...good, profile_id: 'x' }, 'BXNIM0106E'],
      [`${new URLSearchParams(good)}&apikey=again`, 'BXNIM0106E'],
      ['%', 'BXNIM0106E'],
      [good, 'BXNIM0106E', { authorization: 'Bearer x' }],
      [good, 'BXNIM0106E', { authorization: 'Basic !' }],
      [good, 'BXNIM0106E', basic('', 'x')],
    ];
    for (const [fields, code, headers = {}] of cases) {
      const { status, body } = await post(fields, { headers });
      assert.equal(status, 400, JSON.stringify(fields));
      assert.equal(body.errorCode, code, JSON.stringify(fields));
      assert.ok(!JSON.stringify(body).includes(apiKey), 'nothing that was sent is repeated');
      keyhold.clock.advance(1_000);
    }
    const account = keyhold.credentials.project.id.replaceAll('-', '');
    assert.equal((await post({ ...good, bss_account: account, scope: 'openid' })).status, 200);
  });

  it('is told the method, the media type and the size that it should have had', async () => {
    for (const [path, method, allow] of [
      ['/identity/token', 'GET', 'POST'],
      ['/oidc/token', 'DELETE', 'POST'],
      ['/identity/keys', 'POST', 'GET'],
    ] as const) {
      const response = await fetch(`${url}${path}`, { method });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), allow);
      assert.equal(((await response.json()) as { errorCode: string }).errorCode, 'BXNIM0060E');
    }
    const json = await post('{}', { headers: { 'content-type': 'application/json' } });
    assert.equal(json.status, 415);
    const large = await post(`apikey=${'x'.repeat(70_000)}`);
    assert.equal(large.status, 413);
    assert.equal(large.body.errorCode, 'BXNIM0060E');
  });

  it('is recorded without the secret, and slowed down when it comes again and again', async () => {
    keyhold.clock.advance(3_600_000);
    const { apiKey } = await client();
    const changed = apiKey.replace(/.$/, last => (last === 'a' ? 'b' : 'a'));
    const wrong = { grant_type: API_KEY_GRANT, apikey: changed };
    const first = await post(wrong);
    const entry = must((await entries('authenticate'))[0], 'it is recorded');
    assert.equal(entry.requestId, first.body.context.requestId);
    assert.equal(entry.outcome, 'unauthenticated');
    assert.equal(entry.protocol, 'key-protect');
    assert.equal(entry.details.claimed, apiKey.slice(0, 19));
    assert.ok(!JSON.stringify(entry).includes(changed));
    const replies = await Promise.all(
      Array.from({ length: LIMITS.authenticationFailuresBurst + 5 }, () => post(wrong)),
    );
    const throttled = replies.filter(({ status }) => status === 429);
    assert.ok(throttled.length >= 5);
    assert.equal(throttled[0]?.headers.get('retry-after'), '1');
    // Who proves himself is never limited.
    assert.equal((await post({ grant_type: API_KEY_GRANT, apikey: apiKey })).status, 200);
  });
});

describe('a bearer', () => {
  it('is somebody until the token has ended', async () => {
    const { apiKey } = await client();
    const { body } = await post({ grant_type: API_KEY_GRANT, apikey: apiKey });
    keyhold.clock.advance(3_590_000);
    assert.equal((await bearer(body.access_token)).status, 200);
    keyhold.clock.advance(10_000);
    assert.equal((await bearer(body.access_token)).status, 401);
  });

  it('without a token of ours is nobody, and that is recorded', async () => {
    keyhold.clock.advance(3_600_000);
    const since = keyhold.kms.clock.now();
    for (const authorization of [undefined, 'Bearer', 'Bearer x', 'Basic YTpi', 'Bearer a.b.c']) {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(`${url}/bearer`, { headers });
      assert.equal(response.status, 401);
      await response.body?.cancel();
    }
    const refused = (await entries('authenticate')).filter(({ at }) => at >= since);
    assert.deepEqual(
      refused.map(({ details, outcome }) => [details.claimed, outcome]),
      Array.from({ length: 5 }, () => [undefined, 'unauthenticated']),
    );
  });
});
