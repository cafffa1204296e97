import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../base/assert.ts';
import { concatBytes, equalBytes } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import { ALL_KEY_ALGORITHMS, KEY_ALGORITHMS, type KeyAlgorithm } from '../domain/algorithms.ts';
import { generateKeyMaterial, importKeyMaterial, openKeyMaterial } from './key-material.ts';
import { encodePublicKey, isAsymmetric, parsePublicKey } from './key-parsing.ts';

const refusedMaterial = { name: 'KmsError', code: 'invalidKeyMaterial' };
const importBytes = (algorithm: KeyAlgorithm, bytes: Uint8Array) =>
  importKeyMaterial(algorithm, SecretBytes.copyOf(bytes));

/** SLH-DSA proves a pair with a signature; the small variants take seconds for one. */
const QUICK = ALL_KEY_ALGORITHMS.filter(algorithm => !/^slh-dsa.*s$/.test(algorithm));

test('generated material comes in again unchanged', async () => {
  for (const algorithm of QUICK) {
    const made = await generateKeyMaterial(algorithm);
    const taken = await importKeyMaterial(algorithm, made.material);
    assert.ok(equalBytes(revealSecretBytes(made.material), revealSecretBytes(taken.material)), algorithm);
    assert.deepEqual(taken.publicKey, made.publicKey, algorithm);
    if (made.publicKey === undefined) continue;
    const opened = openKeyMaterial(algorithm, made.material);
    assert.ok(equalBytes(encodePublicKey(opened), made.publicKey), algorithm);
  }
});

test('no two algorithms take the same encoded key', async () => {
  const pairs = QUICK.filter(isAsymmetric);
  for (const algorithm of pairs) {
    const { material, publicKey } = await generateKeyMaterial(algorithm);
    for (const other of pairs.filter(name => name !== algorithm)) {
      assert.throws(() => openKeyMaterial(other, material), refusedMaterial, `${algorithm} as ${other}`);
      assert.throws(() => parsePublicKey(other, must(publicKey, 'a pair has a public key')), refusedMaterial);
    }
  }
});

test('a key that is a row of bytes of another length is refused', async () => {
  for (const algorithm of ALL_KEY_ALGORITHMS) {
    const facts = KEY_ALGORITHMS[algorithm];
    if (facts.kind === 'asymmetric') continue;
    const { min, max } = facts.materialBytes;
    for (const bytes of [min - 1, max + 1])
      await assert.rejects(importBytes(algorithm, new Uint8Array(bytes)), refusedMaterial);
  }
});

test('a length can be chosen where the algorithm leaves it free, and nowhere else', async () => {
  assert.equal((await generateKeyMaterial('generic-secret', 100)).material.length, 100);
  assert.equal((await generateKeyMaterial('hmac-sha-256', 64)).material.length, 64);
  assert.equal((await generateKeyMaterial('opaque')).material.length, 32);
  assert.equal((await generateKeyMaterial('opaque', 65_536)).material.length, 65_536);
  await assert.rejects(generateKeyMaterial('hmac-sha-256', 8), { code: 'invalidInput' });
  await assert.rejects(generateKeyMaterial('aes-128', 32), { code: 'invalidInput' });
});

test('an XTS key whose halves are the same is refused', async () => {
  const half = new Uint8Array(16).fill(1);
  await assert.rejects(importBytes('aes-128-xts', concatBytes(half, half)), refusedMaterial);
  await importBytes('aes-128-xts', concatBytes(half, new Uint8Array(16).fill(2)));
});

test('a pair whose halves do not fit is refused', async () => {
  const first = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const second = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // In the encoding the public point stands at the end, behind the scalar.
  const point = second.publicKey.export({ format: 'raw-public', type: 'uncompressed' });
  const encoded = first.privateKey.export({ format: 'der', type: 'pkcs8' });
  encoded.set(point, encoded.length - point.length);
  await assert.rejects(importBytes('ec-p256', encoded), refusedMaterial);
});

test('a curve described by its parameters is refused even when they are those of a named one', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    paramEncoding: 'explicit',
  });
  assert.throws(
    () => parsePublicKey('ec-p256', publicKey.export({ format: 'der', type: 'spki' })),
    refusedMaterial,
  );
  await assert.rejects(
    importBytes('ec-p256', privateKey.export({ format: 'der', type: 'pkcs8' })),
    refusedMaterial,
  );
});

test('an RSA key with a small exponent, another modulus, or bound to PSS is refused', async () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const bound = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  for (const { privateKey, publicKey } of [small, short, bound]) {
    await assert.rejects(
      importBytes('rsa-2048', privateKey.export({ format: 'der', type: 'pkcs8' })),
      refusedMaterial,
    );
    assert.throws(
      () => parsePublicKey('rsa-2048', publicKey.export({ format: 'der', type: 'spki' })),
      refusedMaterial,
    );
  }
});

test('bytes behind the key, an encrypted key and noise are refused', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const encoded = privateKey.export({ format: 'der', type: 'pkcs8' });
  const encrypted = privateKey.export({
    format: 'der',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  });
  await importBytes('ed25519', encoded);
  for (const wrong of [
    concatBytes(encoded, Uint8Array.of(0)),
    encrypted,
    encoded.subarray(1),
    new Uint8Array(0),
  ]) {
    await assert.rejects(importBytes('ed25519', wrong), refusedMaterial);
  }
});

test('a public key is written uncompressed however it was read', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const plain = publicKey.export({ format: 'der', type: 'spki' });
  const compressed = publicKey.export({ format: 'raw-public', type: 'compressed' });
  // SEQUENCE, AlgorithmIdentifier, BIT STRING around the shorter point.
  const encoded = concatBytes(
    Uint8Array.of(0x30, 0x46),
    plain.subarray(2, 20),
    Uint8Array.of(0x03, 0x32, 0x00),
    compressed,
  );
  assert.ok(equalBytes(encodePublicKey(parsePublicKey('ec-p384', encoded)), plain));
});

test('a refused key leaves nothing of itself in the message', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const encoded = privateKey.export({ format: 'der', type: 'pkcs8' });
  await assert.rejects(importBytes('ed25519', encoded), {
    message: /^The key material of ed25519 must be [a-zA-Z0-9 ,-]+\.$/,
  });
});
