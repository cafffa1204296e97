import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { CompactSign, compactVerify, importJWK } from 'jose';
import { must } from '../../base/assert.ts';
import { base64Url, decodeUtf8, utf8 } from '../../base/bytes.ts';
import { fitsJwsAlgorithm, JWS_ALGORITHMS, type JwsAlgorithm, verifyJwsSignature } from './algorithms.ts';
import { isWithinTime, readRegisteredClaims } from './claims.ts';
import { printJwkSet } from './jwk.ts';
import { printJws, printSigningInput, readJws } from './jws.ts';

const PAIRS: Readonly<Record<JwsAlgorithm, { publicKey: KeyObject; privateKey: KeyObject }>> = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
};
const ALGORITHMS = Object.keys(JWS_ALGORITHMS) as JwsAlgorithm[];

const part = (value: unknown) => base64Url(utf8(typeof value === 'string' ? value : JSON.stringify(value)));
const joseText = (payload: object, header: { alg: string; kid?: string }, key: KeyObject) =>
  new CompactSign(utf8(JSON.stringify(payload))).setProtectedHeader(header).sign(key);

for (const alg of ALGORITHMS) {
  test(`a token that another library signs by ${alg} reads and verifies here`, async () => {
    const { publicKey, privateKey } = PAIRS[alg];
    const text = await joseText({ sub: 'somebody', n: 1 }, { alg, kid: 'k1' }, privateKey);
    const { header, payload, signingInput, signature } = must(readJws(text), 'it is well-formed');
    assert.deepEqual(header, { alg, kid: 'k1', typ: undefined });
    assert.deepEqual({ ...payload }, { sub: 'somebody', n: 1 });
    assert.ok(verifyJwsSignature(alg, publicKey, signingInput, signature));
  });

  test(`no changed bit of a token by ${alg} verifies, and no key for another algorithm`, async () => {
    const { publicKey, privateKey } = PAIRS[alg];
    const text = await joseText({ sub: 'somebody' }, { alg }, privateKey);
    const { signingInput, signature } = must(readJws(text), 'it is well-formed');
    for (const bytes of [signingInput, signature]) {
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        assert.ok(!verifyJwsSignature(alg, publicKey, signingInput, signature), `byte ${at}`);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
      }
    }
    assert.ok(!verifyJwsSignature(alg, publicKey, signingInput, signature.subarray(1)));
    for (const other of ALGORITHMS.filter(name => name !== alg)) {
      assert.ok(!fitsJwsAlgorithm(other, publicKey));
      assert.ok(!verifyJwsSignature(other, publicKey, signingInput, signature));
      assert.ok(!verifyJwsSignature(alg, PAIRS[other].publicKey, signingInput, signature));
    }
  });
}

test('what is printed here is verified by another library, with the key that the set publishes', async () => {
  const { publicKey, privateKey } = PAIRS.RS256;
  const input = printSigningInput({ alg: 'RS256', kid: 'k1', typ: 'JWT' }, { sub: 'somebody' });
  const text = decodeUtf8(printJws(input, sign('sha256', utf8(input), privateKey)));
  const set = JSON.parse(
    printJwkSet([{ kid: 'k1', alg: 'RS256', publicKey: publicKey.export({ format: 'der', type: 'spki' }) }]),
  );
  assert.deepEqual(Object.keys(set.keys[0]).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
  const { payload, protectedHeader } = await compactVerify(text, await importJWK(set.keys[0], 'RS256'));
  assert.deepEqual(JSON.parse(decodeUtf8(payload)), { sub: 'somebody' });
  assert.deepEqual(protectedHeader, { alg: 'RS256', kid: 'k1', typ: 'JWT' });
});

test('keys too small, private or of another curve fit no algorithm', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  assert.ok(!fitsJwsAlgorithm('RS256', small.publicKey));
  assert.ok(!fitsJwsAlgorithm('RS256', PAIRS.RS256.privateKey));
  assert.ok(!fitsJwsAlgorithm('ES256', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey));
});

test('forged headers are refused: none, a shared secret, unknown and inherited names, critical members', () => {
  const payload = part({ sub: 'somebody' });
  const spki = PAIRS.RS256.publicKey.export({ format: 'pem', type: 'spki' });
  const hs256 = `${part({ alg: 'HS256' })}.${payload}`;
  const texts = [
    `${part({ alg: 'none' })}.${payload}.`,
    `${part({ alg: 'none' })}.${payload}.AAAA`,
    `${part({ alg: 'RS256' })}.${payload}.`,
    `${hs256}.${createHmac('sha256', spki).update(hs256).digest('base64url')}`,
    ...['rs256', 'RS512', 'PS256', 'toString', '__proto__', '', 1, null, ['RS256']].map(
      alg => `${part({ alg })}.${payload}.AAAA`,
    ),
    `${part({})}.${payload}.AAAA`,
    `${part({ alg: 'RS256', crit: ['exp'] })}.${payload}.AAAA`,
    `${part({ alg: 'RS256', crit: [] })}.${payload}.AAAA`,
    `${part({ alg: 'RS256', kid: 7 })}.${payload}.AAAA`,
    `${part({ alg: 'RS256', typ: null })}.${payload}.AAAA`,
    `${part('{"alg":"RS256","alg":"RS256"}')}.${payload}.AAAA`,
  ];
  for (const text of texts) assert.equal(readJws(text), undefined, text);
  assert.ok(readJws(`${part({ alg: 'RS256', jwk: {}, x5u: 'https://example.test' })}.${payload}.AAAA`));
});

test('texts of another shape are refused: truncated, padded, huge, not JSON objects', async () => {
  const text = await joseText({ sub: 'somebody' }, { alg: 'EdDSA' }, PAIRS.EdDSA.privateKey);
  const [header = '', payload = '', signature = ''] = text.split('.');
  const texts = [
    '',
    '.',
    '..',
    header,
    `${header}.${payload}`,
    `${text}.`,
    `${text}.${signature}`,
    `${text}=`,
    ` ${text}`,
    `${text}\n`,
    `${header}.${payload}.${signature.replace(/.$/, last => (last === 'A' ? 'B' : '+'))}`,
    `${header}.${part('[]')}.${signature}`,
    `${header}.${part('"text"')}.${signature}`,
    `${header}.${part('null')}.${signature}`,
    `${header}.${part('{')}.${signature}`,
    `${header}.${part('{"a":1,"a":2}')}.${signature}`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
    `${header}.${part({ text: 'x'.repeat(20_000) })}.${signature}`,
    `${header}.${part(`${'['.repeat(40)}${']'.repeat(40)}`)}.${signature}`,
  ];
  for (const other of texts) assert.equal(readJws(other), undefined, other.slice(0, 80));
  for (let length = 0; length < text.length; length += 1) {
    const cut = readJws(text.slice(0, length));
    assert.ok(
      cut === undefined ||
        !verifyJwsSignature('EdDSA', PAIRS.EdDSA.publicKey, cut.signingInput, cut.signature),
      `${length} characters`,
    );
  }
});

test('no text whatever makes the reader throw', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'.=eyJhbGciOiJub25lIn0{}"') });
  fc.assert(
    fc.property(fc.oneof(fc.string(), letters), text => void readJws(text)),
    { verbose: 1 },
  );
});

test('registered claims have exactly their types, and a claim of another type spoils the token', () => {
  const claims = { iss: 'a', sub: 'b', aud: ['c', 'd'], jti: 'e', exp: 2, nbf: 1, iat: 1.5 };
  assert.deepEqual(readRegisteredClaims(claims), claims);
  assert.deepEqual(readRegisteredClaims({ aud: 'c' })?.aud, ['c']);
  assert.deepEqual(readRegisteredClaims({})?.aud, []);
  for (const wrong of [
    { exp: '2' },
    { exp: -1 },
    { exp: null },
    { nbf: true },
    { iat: {} },
    { aud: 1 },
    { aud: ['a', 1] },
    { aud: null },
    { iss: 1 },
    { sub: [] },
    { jti: {} },
  ]) {
    assert.equal(readRegisteredClaims(wrong), undefined, JSON.stringify(wrong));
  }
});

test('a token counts from nbf on, to just before exp, and never without exp', () => {
  const within = (claims: object, at: number) => isWithinTime({ aud: [], ...claims }, at);
  assert.ok(within({ exp: 10 }, 9_999));
  assert.ok(!within({ exp: 10 }, 10_000));
  assert.ok(within({ exp: 10, nbf: 5 }, 5_000));
  assert.ok(!within({ exp: 10, nbf: 5 }, 4_999));
  assert.ok(!within({}, 0));
  assert.ok(!within({ nbf: 5 }, 6_000));
});
