import assert from 'node:assert/strict';
import { createHash, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { must } from '../../base/assert.ts';
import { concatBytes, decodeHex, utf8 } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { ALL_KEY_ALGORITHMS, KEY_ALGORITHMS, MECHANISMS } from '../../domain/algorithms.ts';
import { generateKeyMaterial, importKeyMaterial, openKeyMaterial } from '../key-material.ts';
import { NODE_DIGESTS } from '../node-crypto.ts';
import { PAIR_KINDS } from '../pair-kinds.ts';
import { mechanismRow } from './table.ts';

const message = utf8('a message that is hashed by its owner');

for (const algorithm of ALL_KEY_ALGORITHMS) {
  const mechanisms = KEY_ALGORITHMS[algorithm].mechanisms.filter(mechanism => {
    const { kind, digest, verifyOnly } = MECHANISMS[mechanism];
    return kind === 'signature' && digest !== undefined && !verifyOnly;
  });
  if (mechanisms.length === 0) continue;
  test(`${algorithm} signs a digest as it signs the message`, async () => {
    const privateKey = openKeyMaterial(algorithm, (await generateKeyMaterial(algorithm)).material);
    const publicKey = createPublicKey(privateKey);
    for (const mechanism of mechanisms) {
      const row = mechanismRow('signature', mechanism, algorithm);
      const digest = createHash(NODE_DIGESTS[MECHANISMS[mechanism].digest ?? 'sha-512'])
        .update(message)
        .digest();
      const overDigest = await row.sign(privateKey, digest, { prehashed: true });
      assert.equal(await row.verify(publicKey, message, overDigest), true, mechanism);
      const overMessage = await row.sign(privateKey, message);
      assert.equal(await row.verify(publicKey, digest, overMessage, { prehashed: true }), true, mechanism);
      const otherDigest = digest.map(byte => byte ^ 1);
      assert.equal(
        await row.verify(publicKey, otherDigest, overMessage, { prehashed: true }),
        false,
        mechanism,
      );
      await assert.rejects(row.sign(privateKey, digest.subarray(1), { prehashed: true }), {
        code: 'invalidInput',
      });
    }
  });
}

test('an ECDSA signature has a fixed length when r and s are asked for, over a digest too', async () => {
  for (const [algorithm, bytes] of [
    ['ec-p224', 56],
    ['ec-p521', 132],
    ['ec-secp256k1', 64],
  ] as const) {
    const privateKey = openKeyMaterial(algorithm, (await generateKeyMaterial(algorithm)).material);
    const row = mechanismRow('signature', 'ecdsa-sha-256', algorithm);
    const digest = createHash('sha256').update(message).digest();
    const parameters = { rawSignature: true } as const;
    const signature = await row.sign(privateKey, digest, { ...parameters, prehashed: true });
    assert.equal(signature.length, bytes);
    assert.equal(await row.verify(createPublicKey(privateKey), message, signature, parameters), true);
    assert.equal((await row.sign(privateKey, message, parameters)).length, bytes);
  }
});

test('a digest of zeros is signed and verified like any other', async () => {
  const privateKey = openKeyMaterial('ec-p256', (await generateKeyMaterial('ec-p256')).material);
  const row = mechanismRow('signature', 'ecdsa-sha-256', 'ec-p256');
  const zeros = new Uint8Array(32);
  const signature = await row.sign(privateKey, zeros, { prehashed: true });
  assert.equal(await row.verify(createPublicKey(privateKey), zeros, signature, { prehashed: true }), true);
});

/** FIPS 204 algorithm 2 step 10 with algorithm 7 step 6: mu = H(H(pk) || 0 || |ctx| || ctx || M). */
test('ML-DSA over mu is ML-DSA over the message with its context', async () => {
  const shake = (...parts: Uint8Array[]) => {
    const hash = createHash('shake256', { outputLength: 64 });
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  for (const algorithm of ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'] as const) {
    const privateKey = openKeyMaterial(algorithm, (await generateKeyMaterial(algorithm)).material);
    const publicKey = createPublicKey(privateKey);
    const context = utf8('purpose');
    const tr = shake(publicKey.export({ format: 'raw-public' }));
    const mu = shake(tr, Uint8Array.of(0, context.length), context, message);
    const row = mechanismRow('signature', 'ml-dsa', algorithm);
    const overMu = await row.sign(privateKey, mu, { prehashed: true });
    assert.equal(await row.verify(publicKey, message, overMu, { context }), true);
    const overMessage = await row.sign(privateKey, message, { context });
    assert.equal(await row.verify(publicKey, mu, overMessage, { prehashed: true }), true);
    await assert.rejects(row.sign(privateKey, mu, { prehashed: true, context }), { code: 'unsupported' });
  }
});

test('an ML-DSA key that came without its seed signs messages, and says that it does not sign mu', async () => {
  const { secretKey } = ml_dsa44.keygen(new Uint8Array(32).fill(1));
  // RFC 9881 section 6: an octet string in the octet string, each with a length of two bytes.
  const octets = (content: Uint8Array) =>
    concatBytes(Uint8Array.of(0x04, 0x82, content.length >> 8, content.length & 0xff), content);
  const identifier = must(decodeHex(PAIR_KINDS['ml-dsa-44'].identifier), 'hex');
  const body = concatBytes(Uint8Array.of(0x02, 0x01, 0x00), identifier, octets(octets(secretKey)));
  const encoded = concatBytes(Uint8Array.of(0x30, 0x82, body.length >> 8, body.length & 0xff), body);
  const { material } = await importKeyMaterial('ml-dsa-44', SecretBytes.own(encoded));
  const privateKey = openKeyMaterial('ml-dsa-44', material);
  const row = mechanismRow('signature', 'ml-dsa', 'ml-dsa-44');
  const signature = await row.sign(privateKey, message);
  assert.equal(await row.verify(createPublicKey(privateKey), message, signature), true);
  await assert.rejects(row.sign(privateKey, new Uint8Array(64), { prehashed: true }), {
    code: 'unsupported',
  });
});

test('SLH-DSA, Ed25519 and Ed448 sign whole messages only', async () => {
  for (const algorithm of ['slh-dsa-sha2-128f', 'ed25519', 'ed448'] as const) {
    const privateKey = openKeyMaterial(algorithm, (await generateKeyMaterial(algorithm)).material);
    const mechanism = algorithm === 'slh-dsa-sha2-128f' ? 'slh-dsa' : algorithm;
    const row = mechanismRow('signature', mechanism, algorithm);
    await assert.rejects(row.sign(privateKey, message, { prehashed: true }), { code: 'unsupported' });
  }
});
