// The forms that OpenSSL does not make by itself, each against another computation of the same: counters of fewer bits, PSS with another
// hash in MGF1, feedback mode, and the derivations by one HMAC or hash.

import assert from 'node:assert/strict';
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from '../../base/assert.ts';
import { type Bytes, concatBytes, decodeHex, hex, uint32, utf8 } from '../../base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../../base/secret-bytes.ts';
import { MECHANISM_ROWS } from './table.ts';

const fromHex = (text: string): Bytes => must(decodeHex(text), 'hex');
const shown = (secret: SecretBytes): string => hex(revealSecretBytes(secret));
const aesKey = createSecretKey(fromHex('000102030405060708090a0b0c0d0e0f'));

/** SP 800-38A section 6.5 block by block, the counter in the lowest bits. */
function blockByBlock(iv: Bytes, counterBits: number, message: Bytes): string {
  const first = BigInt(`0x${hex(iv)}`);
  const counters = 1n << BigInt(counterBits);
  const out = Uint8Array.from(message, (byte, at) => {
    const counter = (first + BigInt(at >> 4)) % counters;
    const block = (first - (first % counters) + counter).toString(16).padStart(32, '0');
    const cipher = createCipheriv('aes-128-ecb', aesKey, null).setAutoPadding(false);
    return byte ^ (cipher.update(fromHex(block))[at & 15] ?? 0);
  });
  return hex(out);
}

test('a counter of fewer bits begins anew at zero and leaves the rest of the block alone', () => {
  const row = MECHANISM_ROWS['aes-ctr'];
  const block = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const nearTheEnd = block.map(iv => Uint8Array.from(iv, (byte, at) => (at >= 12 ? 0xff : byte)));
  fc.assert(
    fc.property(
      fc.oneof(block, nearTheEnd),
      fc.integer({ min: 3, max: 128 }),
      fc.uint8Array({ maxLength: 120 }),
      (iv, counterBits, plaintext) => {
        const ciphertext = row.encrypt(aesKey, { iv, counterBits, plaintext });
        assert.equal(hex(ciphertext), blockByBlock(iv, counterBits, plaintext));
        assert.equal(shown(row.decrypt(aesKey, { iv, counterBits, ciphertext })), hex(plaintext));
      },
    ),
    { numRuns: 200 },
  );
});

test('a counter that could not count every block is refused, and so is one where nothing is counted', () => {
  const row = MECHANISM_ROWS['aes-ctr'];
  const iv = new Uint8Array(16);
  for (const counterBits of [0, 129, 1.5, Number.NaN, 2]) {
    const attempt = () => row.encrypt(aesKey, { iv, counterBits, plaintext: new Uint8Array(65) });
    assert.throws(attempt, { code: 'invalidInput' });
  }
  const elsewhere = () => MECHANISM_ROWS['aes-cbc'].encrypt(aesKey, { iv, counterBits: 32, plaintext: iv });
  assert.throws(elsewhere, { code: 'unsupported' });
});

/** The RSAPrivateKey of a PKCS#8: its last member (RFC 5958 section 2). Every length before it has two bytes. */
function rsaPrivateKey(pkcs8: Buffer): Buffer {
  const at = pkcs8.lastIndexOf(Buffer.from('0282010100', 'hex'));
  return pkcs8.subarray(at - 4 - 3);
}

test('PSS with another hash in MGF1 is that of OpenSSL, in both directions and over the digest', async () => {
  const message = utf8('a message');
  const row = MECHANISM_ROWS['rsa-pss-sha-256'];
  for (const [mgf1, mgf1Digest] of [
    ['sha1', 'sha-1'],
    ['sha512', 'sha-512'],
  ] as const) {
    // Keys bound to RSA-PSS are the one way to choose it there.
    const bound = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha256',
      mgf1HashAlgorithm: mgf1,
    });
    const pkcs8 = bound.privateKey.export({ format: 'der', type: 'pkcs8' });
    const privateKey = createPrivateKey({ key: rsaPrivateKey(pkcs8), format: 'der', type: 'pkcs1' });
    const publicKey = createPublicKey(privateKey);
    const theirs = nodeSign('sha256', message, bound.privateKey);
    assert.equal(await row.verify(publicKey, message, theirs, { mgf1Digest }), true);
    assert.equal(await row.verify(publicKey, message, theirs), false);
    const digest = createHash('sha256').update(message).digest();
    assert.equal(await row.verify(publicKey, digest, theirs, { mgf1Digest, prehashed: true }), true);
    assert.equal(await row.verify(publicKey, message, theirs, { mgf1Digest, saltBytes: 'auto' }), true);
    assert.equal(await row.verify(publicKey, message, theirs, { mgf1Digest, saltBytes: 20 }), false);
    const ours = await row.sign(privateKey, message, { mgf1Digest });
    assert.equal(nodeVerify('sha256', message, bound.publicKey, ours), true);
    const overDigest = await row.sign(privateKey, digest, { mgf1Digest, prehashed: true });
    assert.equal(nodeVerify('sha256', message, bound.publicKey, overDigest), true);
  }
});

test('feedback mode feeds every block into the next, from the given one on', async () => {
  const info = utf8('fixed input');
  const salt = utf8('before the first');
  const hmac = (...parts: readonly Bytes[]) =>
    createHmac('sha256', aesKey)
      .update(concatBytes(...parts))
      .digest();
  const first = hmac(salt, uint32(1), info);
  const second = hmac(first, uint32(2), info);
  const third = hmac(second, uint32(3), info);
  const row = MECHANISM_ROWS['sp800-108-feedback-hmac-sha-256'];
  const whole = hex(concatBytes(first, second, third));
  for (const lengthBytes of [1, 32, 33, 96]) {
    assert.equal(
      shown(await row.derive(aesKey, { lengthBytes, salt, info })),
      whole.slice(0, 2 * lengthBytes),
    );
  }
  assert.equal(shown(await row.derive(aesKey, { lengthBytes: 32, info })), hex(hmac(uint32(1), info)));
});

test('the pipeline feeds a chain of its own into every block', async () => {
  const info = utf8('fixed input');
  const hmac = (...parts: readonly Bytes[]) =>
    createHmac('sha256', aesKey)
      .update(concatBytes(...parts))
      .digest();
  const chained = [hmac(info), hmac(hmac(info))] as const;
  const whole = hex(concatBytes(hmac(chained[0], uint32(1), info), hmac(chained[1], uint32(2), info)));
  const row = MECHANISM_ROWS['sp800-108-pipeline-hmac-sha-256'];
  for (const lengthBytes of [1, 32, 33, 64])
    assert.equal(shown(await row.derive(aesKey, { lengthBytes, info })), whole.slice(0, 2 * lengthBytes));
});

test('the signing key of a day, region and service is that which AWS publishes', async () => {
  // "Examples of how to derive a signing key", AWS General Reference.
  const key = createSecretKey(utf8('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'));
  const row = MECHANISM_ROWS['aws-sigv4'];
  const derived = await row.derive(key, { lengthBytes: 32, info: utf8('20150830/us-east-1/iam') });
  assert.equal(shown(derived), 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9');
  await assert.rejects(row.derive(key, { lengthBytes: 32, info: utf8('20150830') }), {
    code: 'invalidInput',
  });
});

test('one HMAC and the hash of a key are those that OASIS publishes for KMIP 1.4', async () => {
  // TC-DERIVEKEY-1-14 and TC-DERIVEKEY-2-14.
  const key = createSecretKey(fromHex('00112233445566778899aabbccddeeff'));
  const hashed = await MECHANISM_ROWS['hash-kdf-sha-256'].derive(key, { lengthBytes: 16 });
  assert.equal(shown(hashed), 'a8faed6abbf35c12a4b26e40f6feb19d');
  const info = Uint8Array.of(1, 2);
  const macked = await MECHANISM_ROWS['hmac-kdf-sha-256'].derive(key, { lengthBytes: 16, info });
  assert.equal(shown(macked), '1e15c1f1da233629f770fb0a04a5020e');
});

test('what keys of messages are derived from is nobody else’s to choose', async () => {
  const row = MECHANISM_ROWS['hmac-kdf-sha-256'];
  for (const label of ['keyhold message v1', 'keyhold material wrap v1', 'keyhold ']) {
    const info = concatBytes(uint32(1), utf8(label), new Uint8Array(9));
    await assert.rejects(row.derive(aesKey, { lengthBytes: 32, info }), { code: 'invalidInput' });
  }
  const beside = concatBytes(uint32(1), utf8('keyhol'));
  assert.equal((await row.derive(aesKey, { lengthBytes: 32, info: beside })).length, 32);
});

test('a key that HMAC would hash is not hashed for another', async () => {
  const row = MECHANISM_ROWS['hash-kdf-sha-256'];
  const refused = row.derive(createSecretKey(new Uint8Array(65)), { lengthBytes: 32 });
  await assert.rejects(refused, { code: 'incompatibleAlgorithm' });
  assert.equal((await row.derive(createSecretKey(new Uint8Array(64)), { lengthBytes: 32 })).length, 32);
});
