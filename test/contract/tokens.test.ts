// Tokens and client certificates on a real store and real custody: what proves somebody, and everything that must not. Forgeries are
// written by another library.

import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { must } from '../../src/base/assert.ts';
import { decodeUtf8, utf8 } from '../../src/base/bytes.ts';
import { revealSecretBytes } from '../../src/base/secret-bytes.ts';
import type { RequestContext } from '../../src/core/context.ts';
import { execute } from '../../src/core/execute.ts';
import type { Operation } from '../../src/core/operation.ts';
import * as credentials from '../../src/core/operations/identity/credentials.ts';
import { createPrincipal, updatePrincipal } from '../../src/core/operations/identity/principals.ts';
import { issueTokens } from '../../src/core/operations/identity/tokens.ts';
import { updateProject } from '../../src/core/operations/projects/projects.ts';
import { rotateTokenKey } from '../../src/core/operations/system/token-keys.ts';
import type { Proof, TokenKind } from '../../src/core/ports/identity.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { createIdentity } from '../../src/identity/identity.ts';
import { printJwkSet } from '../../src/wire/jwt/jwk.ts';
import { CLIENT_AUTHENTICATION, SERVER_AUTHENTICATION, selfSigned } from '../support/certificates.ts';
import { startKeyhold, type TestKeyhold } from '../support/keyhold.ts';
import { systemContext } from '../support/system.ts';
import { isCode } from './store-samples.ts';

const HOUR_MS = 3_600_000;
let keyhold: TestKeyhold;
before(async () => {
  keyhold = await startKeyhold();
});
after(() => keyhold.stop());

const now = () => keyhold.clock.now();
const kms = () => keyhold.kms;

const system = (projectId = keyhold.credentials.project.id): RequestContext => systemContext(projectId);

const run = <I, T, O, P>(operation: Operation<I, T, O, P>, input: I, context = system()): Promise<O> =>
  execute(kms(), operation, context, input);

async function somebody(expiresAt?: number): Promise<Proof> {
  const principal = await run(createPrincipal, { name: `p-${kms().random.uuid()}`, kind: 'serviceAccount' });
  const input = { principal: principal.id, kind: 'apiKey', expiresAt } as const;
  const { credential, secret } = await run(credentials.issueCredential, input);
  secret[Symbol.dispose]();
  return { principal, credentialId: credential.id };
}

async function tokenOf(proof: Proof, kind: TokenKind = 'access', ttlMs = HOUR_MS): Promise<string> {
  const token = { kind, audience: 'test', ttlMs, claims: { iss: 'here', account: { bss: 'a' } } };
  const issued = await kms().identity.issueToken(proof, token, now());
  using text = issued.text;
  return decodeUtf8(revealSecretBytes(text));
}

const prove = (text: string, kind: TokenKind = 'access', audience = 'test') =>
  kms().identity.proveToken(text, { kind, audience, at: now() });

describe('tokens', () => {
  it('prove the principal of the credential that they were issued for', async () => {
    const proof = await somebody();
    const proven = await prove(await tokenOf(proof));
    assert.equal(proven?.principal.id, proof.principal.id);
    assert.equal(proven.credentialId, proof.credentialId);
  });

  it('prove nothing once anything in them is changed, however often the right one was proven', async () => {
    const text = await tokenOf(await somebody());
    for (let times = 0; times < 3; times += 1) assert.ok(await prove(text));
    const [header = '', payload = '', signature = ''] = text.split('.');
    const claims = { ...decodeJwt(text), account: { bss: 'b' } };
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    assert.equal(await prove(`${header}.${changed}.${signature}`), undefined);
    assert.equal(
      await prove(`${header}.${payload}.${signature.replace(/^./, one => (one === 'A' ? 'B' : 'A'))}`),
      undefined,
    );
    assert.equal(await prove(text, 'refresh'), undefined);
    assert.ok(await prove(text));
  });

  it('are read and verified by another library with the published keys', async () => {
    const text = await tokenOf(await somebody());
    const keys = await kms().identity.tokenVerificationKeys(now());
    const set = createLocalJWKSet(
      JSON.parse(
        printJwkSet(keys.map(({ id, algorithm, publicKey }) => ({ kid: id, alg: algorithm, publicKey }))),
      ),
    );
    const { payload, protectedHeader } = await jwtVerify(text, set, {
      audience: 'test',
      issuer: 'here',
      currentDate: new Date(now()),
    });
    assert.equal(protectedHeader.alg, 'RS256');
    assert.deepEqual(payload.account, { bss: 'a' });
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), HOUR_MS / 1000);
  });

  it('prove nothing to another audience, and no kind is taken for another', async () => {
    const proof = await somebody();
    const access = await tokenOf(proof, 'access');
    const refresh = await tokenOf(proof, 'refresh');
    assert.ok(await prove(refresh, 'refresh'));
    assert.equal(await prove(access, 'access', 'other'), undefined);
    assert.equal(await prove(access, 'refresh'), undefined);
    assert.equal(await prove(refresh, 'access'), undefined);
  });

  it('end with their time, and with the credential at the latest', async () => {
    const short = await tokenOf(await somebody(), 'access', 60_000);
    const expiresAt = now() + 90_000;
    const bounded = await tokenOf(await somebody(expiresAt));
    assert.ok((decodeJwt(bounded).exp ?? 0) * 1000 <= expiresAt);
    keyhold.clock.advance(58_000);
    assert.ok(await prove(short));
    keyhold.clock.advance(2_000);
    assert.equal(await prove(short), undefined);
    assert.ok(await prove(bounded));
    keyhold.clock.advance(30_000);
    assert.equal(await prove(bounded), undefined);
  });

  it('prove nothing once the credential is revoked, or the principal or its project is disabled', async () => {
    const revoked = await somebody();
    const revokedToken = await tokenOf(revoked);
    const { principal, credentialId } = revoked;
    await run(credentials.revokeCredential, { principal: principal.id, credentialId });
    assert.equal(await prove(revokedToken), undefined);
    await assert.rejects(tokenOf(revoked), isCode('unauthenticated'));

    const disabled = await somebody();
    const disabledToken = await tokenOf(disabled);
    const setEnabled = (enabled: boolean) =>
      run(updatePrincipal, { principal: disabled.principal.id, enabled });
    await setEnabled(false);
    assert.equal(await prove(disabledToken), undefined);
    await assert.rejects(tokenOf(disabled), isCode('unauthenticated'));
    await setEnabled(true);
    assert.ok(await prove(disabledToken));

    await run(updateProject, { enabled: false });
    assert.equal(await prove(disabledToken), undefined);
    await run(updateProject, { enabled: true });
    assert.ok(await prove(disabledToken));
  });

  it('count on after a rotation of the key, to their own end, unless they are revoked', async () => {
    const proof = await somebody();
    const old = await tokenOf(proof, 'refresh', LIMITS.refreshTokenLifetimeMsMax);
    await run(rotateTokenKey, { revoke: false }, systemContext());
    const young = await tokenOf(proof);
    assert.notEqual(decodeProtectedHeader(old).kid, decodeProtectedHeader(young).kid);
    assert.ok(await prove(old, 'refresh'));
    assert.ok(await prove(young));
    assert.equal((await kms().identity.tokenVerificationKeys(now())).length, 2);

    keyhold.clock.advance(LIMITS.refreshTokenLifetimeMsMax);
    assert.equal((await kms().identity.tokenVerificationKeys(now())).length, 1);
    const latest = await tokenOf(proof);
    assert.ok(await prove(latest));
    await run(rotateTokenKey, { revoke: true }, systemContext());
    assert.equal(await prove(latest), undefined);
    assert.equal((await kms().store.tokenKeys.list()).length, 1);
    assert.ok(await prove(await tokenOf(proof)));
  });

  it('prove nothing from the end of their key on, which then signs no more', async () => {
    const proof = await somebody();
    const text = await tokenOf(proof);
    assert.ok(await prove(text));
    const { kid = '' } = decodeProtectedHeader(text);
    const end = now();
    await kms().store.transaction(tx => tx.tokenKeys.setEnd(kid, end));
    const proveAt = (at: number) => kms().identity.proveToken(text, { kind: 'access', audience: 'test', at });
    assert.ok(await proveAt(end - 1));
    assert.equal(await proveAt(end), undefined);
    const next = await tokenOf(proof);
    assert.notEqual(decodeProtectedHeader(next).kid, kid);
    assert.ok(await prove(next));
  });

  it('say of themselves what no protocol says for them', async () => {
    const claims = { exp: 1 };
    const token = { kind: 'access', audience: 'test', ttlMs: HOUR_MS, claims } as const;
    await assert.rejects(kms().identity.issueToken(await somebody(), token, now()), /our claims/);
  });

  it('of two nodes that need the first key at once one makes it', async () => {
    const proof = await somebody();
    const { store, custody, random } = kms();
    await store.transaction(async tx => {
      for (const { id } of await tx.tokenKeys.list()) await tx.tokenKeys.delete(id);
    });
    const nodes = [1, 2, 3].map(() => createIdentity({ store, custody, random }));
    const token = { kind: 'access', audience: 'test', ttlMs: HOUR_MS, claims: {} } as const;
    await Promise.all(nodes.map(node => node.issueToken(proof, token, now())));
    assert.equal((await store.tokenKeys.list()).length, 1);
  });

  it('of two that need the first key at once one makes it', async () => {
    const proof = await somebody();
    await kms().store.transaction(async tx => {
      for (const { id } of await tx.tokenKeys.list()) await tx.tokenKeys.delete(id);
    });
    const texts = await Promise.all([1, 2, 3].map(() => tokenOf(proof)));
    assert.equal((await kms().store.tokenKeys.list()).length, 1);
    for (const text of texts) assert.ok(await prove(text));
  });

  it('that anybody has forged prove nothing', async () => {
    const proof = await somebody();
    const genuine = await tokenOf(proof);
    const payload: JWTPayload = decodeJwt(genuine);
    const { kid = '' } = decodeProtectedHeader(genuine);
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const row = must(await kms().store.tokenKeys.find(kid), 'it has just signed');
    const published = createPublicKey({ key: Buffer.from(row.publicKey), format: 'der', type: 'spki' });
    const forge = (header: { alg: string; kid?: string; typ?: string }, claims: JWTPayload = payload) =>
      new SignJWT(claims).setProtectedHeader(header);
    const RS256 = { alg: 'RS256', kid, typ: 'JWT' };
    const [head = '', body = '', signature = ''] = genuine.split('.');
    const json = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const hs256 = `${json({ alg: 'HS256', kid, typ: 'JWT' })}.${body}`;
    const pem = published.export({ format: 'pem', type: 'spki' });
    const forgeries = {
      none: `${json({ alg: 'none', kid, typ: 'JWT' })}.${body}.`,
      'none with a signature': `${json({ alg: 'none', kid, typ: 'JWT' })}.${body}.${signature}`,
      'the public key as a shared secret': await forge({ ...RS256, alg: 'HS256' }).sign(utf8(String(pem))),
      'the public key in DER as one': `${hs256}.${createHmac('sha256', row.publicKey).update(hs256).digest('base64url')}`,
      'the key of another': await forge(RS256).sign(other.privateKey),
      'the key of another, under its own id': await forge({ ...RS256, kid: kms().random.uuid() }).sign(
        other.privateKey,
      ),
      'no key id': await forge({ alg: 'RS256', typ: 'JWT' }).sign(other.privateKey),
      'a path as key id': await forge({ ...RS256, kid: '../../root' }).sign(other.privateKey),
      'another algorithm': await forge({ ...RS256, alg: 'PS256' }).sign(other.privateKey),
      'claims changed': `${head}.${json({ ...payload, credential_id: kms().random.uuid() })}.${signature}`,
      'header changed': `${json({ ...RS256, typ: 'refresh+jwt' })}.${body}.${signature}`,
      truncated: genuine.slice(0, -1),
      'without its signature': `${head}.${body}`,
      huge: `${genuine}${'A'.repeat(100_000)}`,
      empty: '',
    };
    for (const [what, text] of Object.entries(forgeries)) {
      assert.equal(await prove(text), undefined, what);
      assert.equal(await prove(text, 'refresh'), undefined, what);
    }
    assert.ok(await prove(genuine));
  });

  it('signed by the key itself are still judged by their claims', async () => {
    const proof = await somebody();
    const genuine = await tokenOf(proof);
    const { kid = '' } = decodeProtectedHeader(genuine);
    const claims = decodeJwt(genuine);
    const row = must(await kms().store.tokenKeys.find(kid), 'it has just signed');
    using der = await kms().custody.unwrapSecret(undefined, `token key ${kid}`, row.wrapped);
    const privateKey = await crypto.subtle.importKey(
      'pkcs8',
      Uint8Array.from(revealSecretBytes(der)),
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const sign = (changes: JWTPayload, typ = 'JWT') =>
      new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'RS256', kid, typ }).sign(privateKey);
    const at = Math.floor(now() / 1000);
    assert.ok(await prove(await sign({})));
    const { exp: _exp, ...endless } = claims;
    const wrong: Record<string, string> = {
      expired: await sign({ exp: at - 1 }),
      'not yet valid': await sign({ nbf: at + 60 }),
      'for others as well': await sign({ aud: ['test', 'other'] }),
      'for nobody': await sign({ aud: [] }),
      'of no credential': await sign({ credential_id: kms().random.uuid() }),
      'of a credential that is no id': await sign({ credential_id: 'x' }),
      'of a credential that is no text': await sign({ credential_id: 7 }),
      'without an end': await new SignJWT(endless)
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .sign(privateKey),
      'of another type': await sign({}, 'at+jwt'),
    };
    for (const [what, text] of Object.entries(wrong)) assert.equal(await prove(text), undefined, what);
  });

  it('are issued behind the one door, which records them without themselves', async () => {
    const proof = await somebody();
    const context: RequestContext = { ...system(), actor: { type: 'principal', ...proof } };
    const input = { audience: 'test', claims: {}, accessTtlMs: HOUR_MS, refreshTtlMs: HOUR_MS };
    const { access, refresh } = await run(issueTokens, input, context);
    assert.ok(refresh !== undefined);
    const text = decodeUtf8(revealSecretBytes(access.text));
    const found = await kms().store.log.search(
      { operation: 'token.issue', principalId: proof.principal.id },
      { limit: 10, newestFirst: true },
    );
    assert.equal(found.length, 1);
    const entry = decodeUtf8(must(found[0], 'there is one').leaf);
    assert.ok(entry.includes(proof.credentialId) && !entry.includes(text.slice(-40)));
    for (const ttl of [{ accessTtlMs: 0 }, { refreshTtlMs: LIMITS.refreshTokenLifetimeMsMax + 1 }]) {
      await assert.rejects(run(issueTokens, { ...input, ...ttl }, context), isCode('invalidInput'));
    }
  });
});

describe('client certificates', () => {
  const der = (pem: string) => new Uint8Array(new X509Certificate(pem).raw);
  const add = async (certificate: string, more: { principal?: string; expiresAt?: number } = {}) => {
    const principal = more.principal ?? (await somebody()).principal.id;
    return run(credentials.addCertificate, { principal, certificate, expiresAt: more.expiresAt });
  };
  const proveIt = (pem: string) => kms().identity.proveCertificate(der(pem), now());

  it('prove the principal that they were added for, and nobody before or after', async () => {
    const pem = selfSigned({ subject: 'pump-7', purposes: [CLIENT_AUTHENTICATION] });
    assert.equal(await proveIt(pem), undefined);
    const credential = await add(pem);
    assert.equal((await proveIt(pem))?.credentialId, credential.id);
    assert.equal(credential.certificate?.subject, 'CN=pump-7');
    assert.equal(credential.certificate.issuer, 'CN=pump-7');
    assert.equal(credential.certificate.notAfter, Date.UTC(2049, 0));
    const { principalId: principal } = credential;
    const { items } = await run(credentials.listCredentials, { principal });
    assert.deepEqual(
      items.find(({ id }) => id === credential.id),
      credential,
    );
    await run(credentials.revokeCredential, { principal, credentialId: credential.id });
    assert.equal(await proveIt(pem), undefined);
  });

  it('are in the installation once', async () => {
    const pem = selfSigned();
    await add(pem);
    await assert.rejects(add(pem), isCode('alreadyExists'));
  });

  it('count within their own time and the time that they were given', async () => {
    const at = Math.floor(now() / 1000) * 1000;
    const later = selfSigned({ notBefore: at + 60_000, notAfter: at + 180_000 });
    const bounded = selfSigned();
    await add(later);
    await add(bounded, { expiresAt: at + 60_000 });
    assert.equal(await proveIt(later), undefined);
    assert.ok(await proveIt(bounded));
    keyhold.clock.advance(65_000);
    assert.ok(await proveIt(later));
    assert.equal(await proveIt(bounded), undefined);
    keyhold.clock.advance(120_000);
    assert.equal(await proveIt(later), undefined);
  });

  it('that are no such thing are refused', async () => {
    const good = selfSigned();
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    const wrong: Record<string, string> = {
      empty: '',
      'no PEM': 'certificate',
      'not a certificate within': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'two of them': good + selfSigned(),
      'a private key with it': `${good}${key}`,
      expired: selfSigned({ notAfter: now() - 60_000 }),
      'over before it begins': selfSigned({ notBefore: now() + 120_000, notAfter: now() + 60_000 }),
      'for servers alone': selfSigned({ purposes: [SERVER_AUTHENTICATION] }),
      'a weak key': selfSigned({ keys: weak }),
      'a curve that is not accepted': selfSigned({ keys: curve }),
    };
    for (const [what, pem] of Object.entries(wrong)) {
      await assert.rejects(add(pem), isCode('invalidInput'), what);
    }
    await assert.rejects(add(`${good}${' '.repeat(20_000)}`), isCode('tooLarge'));
    await assert.rejects(add(good, { expiresAt: now() }), isCode('invalidInput'));
    for (const keys of [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ]) {
      assert.ok(await proveIt(await addAndReturn(selfSigned({ keys }))));
    }
  });

  async function addAndReturn(pem: string): Promise<string> {
    await add(pem);
    return pem;
  }

  it('are counted apart from other credentials', async () => {
    const { principal } = await somebody();
    for (let count = 0; count <= LIMITS.credentialsPerPrincipalMax; count += 1) {
      await add(selfSigned(), { principal: principal.id });
    }
    const { secret } = await run(credentials.issueCredential, { principal: principal.id, kind: 'apiKey' });
    secret[Symbol.dispose]();
  });
});
