// Keys that wrap and derive keys, through custody as a whole; what comes out is opened and made again by node:crypto.

import assert from 'node:assert/strict';
import {
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  privateDecrypt,
} from 'node:crypto';
import { test } from 'node:test';
import { custodyOver } from '../../test/contract/custody.ts';
import { custodyStore } from '../../test/support/custody-store.ts';
import {
  bindingFor,
  generateKey,
  importKey,
  makeProject,
  type StoredKey,
  storedKey,
} from '../../test/support/custody-subject.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { BrokenInvariant } from '../base/assert.ts';
import { hex, utf8 } from '../base/bytes.ts';
import { revealSecretBytes } from '../base/secret-bytes.ts';
import {
  ALL_KEY_ALGORITHMS,
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  MECHANISMS,
  servesUsage,
} from '../domain/algorithms.ts';
import { fileRootKeyProvider } from './root/file.ts';

async function subject() {
  const store = await custodyStore();
  const provider = fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom });
  const custody = custodyOver(store, provider);
  await custody.unseal();
  const projectId = await makeProject(custody, store);
  const generate = (algorithm: KeyAlgorithm) => generateKey(custody, algorithm, projectId);
  const bring = (algorithm: KeyAlgorithm, material: Uint8Array) =>
    importKey(custody, algorithm, projectId, material);
  const show = async ({ key, version }: StoredKey) => {
    using material = await custody.exportMaterial(key, version);
    return hex(revealSecretBytes(material));
  };
  return { custody, projectId, generate, bring, show };
}

const IV = new Uint8Array(12).fill(9);
const SECRET = new Uint8Array(32).fill(7);

test('every kind of key is wrapped under every key and mechanism that wraps, and comes back the same', async () => {
  const { custody, generate, show } = await subject();
  const targets = await Promise.all(
    (['aes-256', 'hmac-sha-256', 'opaque', 'ec-p256', 'ml-kem-512'] as const).map(generate),
  );
  let wrappedKeys = 0;
  for (const algorithm of ALL_KEY_ALGORITHMS) {
    const wrapping = KEY_ALGORITHMS[algorithm].mechanisms.filter(name => servesUsage(name, 'wrap'));
    if (wrapping.length === 0) continue;
    const under = await generate(algorithm);
    for (const mechanism of wrapping) {
      const parameters = MECHANISMS[mechanism].kind === 'aead' ? { iv: IV } : {};
      for (const target of targets) {
        const wrapping = custody.wrapMaterial(target, under, mechanism, parameters);
        const { materialBytes = 0 } = target.version;
        const isPair = materialBytes === 0;
        if (isPair && /^(aes-kw$|rsa-oaep)/.test(mechanism)) {
          // RFC 3394 takes whole blocks of eight bytes, and OAEP less than the modulus.
          const outcome = await wrapping.then(
            () => 'wrapped',
            (thrown: unknown) => (thrown as { code: string }).code,
          );
          assert.ok(['wrapped', 'incompatibleAlgorithm'].includes(outcome), outcome);
          continue;
        }
        const wrapped = await wrapping;
        using opened = await custody.unwrapMaterial(under, mechanism, wrapped, parameters);
        assert.equal(hex(revealSecretBytes(opened)), await show(target), mechanism);
        wrappedKeys += 1;
      }
    }
  }
  assert.ok(wrappedKeys > 50, String(wrappedKeys));
});

test('node:crypto opens what was wrapped', async () => {
  const { custody, generate, bring } = await subject();
  const target = await bring('aes-256', SECRET);
  const kek = await bring('aes-256', new Uint8Array(32).fill(1));
  const wrapped = await custody.wrapMaterial(target, kek, 'aes-kw');
  const decipher = createDecipheriv('aes256-wrap', new Uint8Array(32).fill(1), new Uint8Array(8).fill(0xa6));
  assert.equal(hex(decipher.update(wrapped)), hex(SECRET));
  const rsa = await generate('rsa-2048');
  const sealed = await custody.wrapMaterial(target, rsa, 'rsa-oaep-sha-256', { label: utf8('x') });
  using pkcs8 = await custody.exportMaterial(rsa.key, rsa.version);
  const privateKey = createPrivateKey({
    key: Buffer.from(revealSecretBytes(pkcs8)),
    format: 'der',
    type: 'pkcs8',
  });
  const both = await custody.wrapMaterial(target, rsa, 'rsa-aes-kwp-sha-256');
  const transient = privateDecrypt({ key: privateKey, oaepHash: 'sha256' }, both.subarray(0, 256));
  const inner = createDecipheriv('aes256-wrap-pad', transient, Uint8Array.of(0xa6, 0x59, 0x59, 0xa6));
  assert.equal(hex(inner.update(both.subarray(256))), hex(SECRET));
  const opened = privateDecrypt({ key: privateKey, oaepHash: 'sha256', oaepLabel: utf8('x') }, sealed);
  assert.equal(hex(opened), hex(SECRET));
});

test('wrapped material that was changed, or is under another key, does not open', async () => {
  const { custody, generate } = await subject();
  const [target, kek, other] = await Promise.all([
    generate('aes-256'),
    generate('aes-256'),
    generate('aes-256'),
  ]);
  for (const [mechanism, parameters] of [
    ['aes-kw', {}],
    ['aes-kwp', {}],
    ['aes-gcm', { iv: IV, associatedData: utf8('a') }],
  ] as const) {
    const wrapped = await custody.wrapMaterial(target, kek, mechanism, parameters);
    const changed = wrapped.map((byte, at) => (at === 3 ? byte ^ 1 : byte));
    for (const attempt of [
      custody.unwrapMaterial(kek, mechanism, changed, parameters),
      custody.unwrapMaterial(other, mechanism, wrapped, parameters),
      custody.unwrapMaterial(kek, mechanism, wrapped.subarray(8), parameters),
    ]) {
      await assert.rejects(attempt, { code: 'invalidCiphertext' });
    }
  }
});

test('custody wraps by nothing that does not wrap, and nothing that may not leave', async () => {
  const { custody, generate } = await subject();
  const [target, kek, rsa] = await Promise.all([
    generate('aes-256'),
    generate('aes-256'),
    generate('rsa-2048'),
  ]);
  await assert.rejects(custody.wrapMaterial(target, kek, 'aes-ecb'), BrokenInvariant);
  await assert.rejects(custody.wrapMaterial(target, rsa, 'rsa-pkcs1-v15'), BrokenInvariant);
  const kept = { ...target, key: { ...target.key, exportable: false } };
  await assert.rejects(custody.wrapMaterial(kept, kek, 'aes-kw'), BrokenInvariant);
  await assert.rejects(custody.wrapMaterial(target, rsa, 'aes-kw'), { code: 'incompatibleAlgorithm' });
});

test('derived keys are what node:crypto derives, and bound to their own place', async () => {
  const { custody, projectId, bring, show } = await subject();
  const base = await bring('generic-secret', utf8('a secret to derive from'));
  const binding = bindingFor('aes-256', projectId);
  const [salt, info] = [utf8('salt'), utf8('info')];
  const parameters = { lengthBytes: 32, salt, info };
  const made = await custody.deriveMaterial({ base }, 'hkdf-sha-256', parameters, binding);
  const expected = hkdfSync('sha256', utf8('a secret to derive from'), salt, info, 32);
  const derived = storedKey(binding, made);
  assert.equal(await show(derived), hex(new Uint8Array(expected)));
  const elsewhere = { ...derived, version: { ...derived.version, number: 2 } };
  await assert.rejects(custody.open(elsewhere.key, elsewhere.version), BrokenInvariant);
});

test('a shared secret becomes a key without being seen', async () => {
  const { custody, projectId, generate, show } = await subject();
  const base = await generate('ec-p256');
  const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const peerPublicKey = peer.publicKey.export({ format: 'der', type: 'spki' });
  using handle = await custody.open(base.key, base.version);
  const ours = createPublicKey({ key: Buffer.from(await handle.publicKey()), format: 'der', type: 'spki' });
  const expected = diffieHellman({ privateKey: peer.privateKey, publicKey: ours });
  const binding = bindingFor('aes-128', projectId);
  const derive = (lengthBytes: number, more: object = { peerPublicKey }) =>
    custody.deriveMaterial({ base }, 'ecdh', { lengthBytes, ...more }, binding);
  assert.equal(await show(storedKey(binding, await derive(16))), hex(expected.subarray(0, 16)));
  await assert.rejects(derive(33), { code: 'invalidInput' });
  await assert.rejects(derive(16, {}), { code: 'invalidInput' });
  await assert.rejects(derive(16, { peerPublicKey, info: IV }), { code: 'unsupported' });
  const aes = await generate('aes-128');
  const unknown = custody.deriveMaterial(
    { base: aes },
    'hkdf-sha-256',
    { lengthBytes: 16, peerPublicKey },
    binding,
  );
  await assert.rejects(unknown, { code: 'unsupported' });
});

test('a derived key is exportable no more than its base, and never a pair', async () => {
  const { custody, projectId, generate } = await subject();
  const base = await generate('aes-256');
  const kept = { ...base, key: { ...base.key, exportable: false } };
  const derive = (from: StoredKey, algorithm: KeyAlgorithm) =>
    custody.deriveMaterial(
      { base: from },
      'hkdf-sha-256',
      { lengthBytes: 32 },
      bindingFor(algorithm, projectId),
    );
  await assert.rejects(derive(kept, 'aes-256'), BrokenInvariant);
  await assert.rejects(derive(base, 'ed25519'), BrokenInvariant);
});

test('the public key of a handle is that of its private key, and a secret key has none', async () => {
  const { custody, generate } = await subject();
  const [pair, secret] = await Promise.all([generate('ed25519'), generate('aes-256')]);
  using handle = await custody.open(pair.key, pair.version);
  assert.deepEqual(Buffer.from(await handle.publicKey()), Buffer.from(pair.version.publicKey ?? []));
  using other = await custody.open(secret.key, secret.version);
  await assert.rejects(other.publicKey(), { code: 'incompatibleAlgorithm' });
});
