import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../../../base/bytes.ts';
import { KmipRefusal } from '../faults.ts';
import type { ObjectFacts } from '../objects/object.ts';
import type { CipherParameters } from './parameters.ts';
import { signatureUse } from './signatures.ts';

const DATA = Uint8Array.of(1, 2, 3);
const ec = (length: number): ObjectFacts => ({ objectType: 'PrivateKey', algorithm: 'EC', length });
const rsa: ObjectFacts = { objectType: 'PrivateKey', algorithm: 'RSA', length: 2048 };

const use = (facts: ObjectFacts, parameters: CipherParameters, digested?: Uint8Array, isVerified = false) =>
  signatureUse(facts, parameters, { data: DATA, digested, isVerified });

test('what the parameters leave open is what the algorithm is commonly used with', () => {
  const mechanisms: readonly (readonly [ObjectFacts, CipherParameters, string])[] = [
    [rsa, {}, 'rsassa-pkcs1-v15-sha-256'],
    [rsa, { hash: 'SHA3_512' }, 'rsassa-pkcs1-v15-sha3-512'],
    [rsa, { padding: 'PSS' }, 'rsa-pss-sha-256'],
    [rsa, { signature: 'RSASSA_PSS', hash: 'SHA_512' }, 'rsa-pss-sha-512'],
    [rsa, { signature: 'SHA_384WithRSAEncryption' }, 'rsassa-pkcs1-v15-sha-384'],
    [ec(256), {}, 'ecdsa-sha-256'],
    [ec(384), { algorithm: 'ECDSA', hash: 'SHA_384' }, 'ecdsa-sha-384'],
    [{ objectType: 'PrivateKey', algorithm: 'Ed448' }, {}, 'ed448'],
    [{ objectType: 'PrivateKey', algorithm: 'ML_DSA_44' }, {}, 'ml-dsa'],
    [{ objectType: 'PrivateKey', algorithm: 'SLH_DSA_SHA2_128s' }, {}, 'slh-dsa'],
  ];
  for (const [facts, parameters, mechanism] of mechanisms)
    assert.equal(use(facts, parameters).mechanism, mechanism);
});

test('a salt of PSS is as long as the hash when signing, and as it comes when verifying', () => {
  assert.equal(use(rsa, { padding: 'PSS' }).parameters.saltBytes, undefined);
  assert.equal(use(rsa, { padding: 'PSS' }, undefined, true).parameters.saltBytes, 'auto');
  assert.equal(use(rsa, { padding: 'PSS', saltBytes: 20 }, undefined, true).parameters.saltBytes, 20);
  assert.equal(use(rsa, { padding: 'PSS', maskHash: 'SHA_1' }).parameters.mgf1Digest, 'sha-1');
});

test('a digest without a hash is signed as the number that it is', () => {
  const digest = (bytes: number) => new Uint8Array(bytes).fill(0xab);
  const cases = [
    [256, 16, 'ecdsa-sha-224', 28],
    [256, 32, 'ecdsa-sha-256', 32],
    [256, 40, 'ecdsa-sha-256', 32],
    [224, 64, 'ecdsa-sha-224', 28],
    [384, 33, 'ecdsa-sha-384', 48],
    [521, 50, 'ecdsa-sha-512', 64],
  ] as const;
  for (const [bits, given, mechanism, signed] of cases) {
    const { mechanism: found, message, parameters } = use(ec(bits), {}, digest(given));
    assert.deepEqual([found, message.length, parameters.prehashed], [mechanism, signed, true]);
    const kept = Math.min(given, signed);
    assert.equal(hex(message), '00'.repeat(signed - kept) + 'ab'.repeat(kept));
  }
  assert.equal(use(rsa, {}, digest(16)).mechanism, 'rsassa-pkcs1-v15-raw');
  assert.deepEqual(use(rsa, { hash: 'SHA_256' }, digest(32)).parameters, { prehashed: true });
});

test('what is offered for no key is refused', () => {
  const cases: readonly (() => unknown)[] = [
    () => use(rsa, { padding: 'OAEP' }),
    () => use(rsa, { signature: 'MD5WithRSAEncryption' }),
    () => use(rsa, { signature: 'SHA_256WithRSAEncryption', hash: 'SHA_512' }),
    () => use(rsa, { hash: 'MD5' }),
    () => use(rsa, { hash: 'SHA_256' }, DATA),
    () => use(ec(256), {}, new Uint8Array(0)),
    () => use(ec(521), {}, new Uint8Array(66)),
    () => use({ objectType: 'PrivateKey', algorithm: 'Ed25519' }, { hash: 'SHA_512' }),
    () => use({ objectType: 'PrivateKey', algorithm: 'Ed25519' }, {}, new Uint8Array(64)),
    () => use({ objectType: 'SymmetricKey', algorithm: 'AES' }, {}),
  ];
  for (const attempt of cases) assert.throws(attempt, KmipRefusal);
});
