// Whatever the length and the content: what goes in comes out. fast-check prints the seed of a failure.

import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { equalBytes } from '../../base/bytes.ts';
import { revealSecretBytes } from '../../base/secret-bytes.ts';
import { MECHANISMS } from '../../domain/algorithms.ts';
import { MECHANISM_ROWS } from './table.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyBytes = fc.uint8Array({ maxLength: 300 });
const aesKey = fc.constantFrom(16, 24, 32).chain(bytes);

test('AEAD: every plaintext with every associated data, IV length and tag length', () => {
  const iv = fc.uint8Array({ minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(
      aesKey,
      iv,
      anyBytes,
      anyBytes,
      fc.integer({ min: 12, max: 16 }),
      (material, ivBytes, plaintext, associatedData, tagBytes) => {
        const key = createSecretKey(material);
        const parameters = { iv: ivBytes, associatedData, tagBytes };
        const sealed = MECHANISM_ROWS['aes-gcm'].encrypt(key, { ...parameters, plaintext });
        assert.equal(sealed.tag.length, tagBytes);
        using opened = MECHANISM_ROWS['aes-gcm'].decrypt(key, { ...parameters, ...sealed });
        assert.ok(equalBytes(revealSecretBytes(opened), plaintext));
      },
    ),
  );
});

test('ciphers: every plaintext of an allowed length, and a refusal for every other', () => {
  const mechanism = fc.constantFrom('aes-cbc', 'aes-cbc-pkcs7', 'aes-ctr', 'aes-ecb');
  fc.assert(
    fc.property(mechanism, aesKey, bytes(16), anyBytes, (name, material, ivBytes, plaintext) => {
      const row = MECHANISM_ROWS[name];
      const key = createSecretKey(material);
      const iv = MECHANISMS[name].ivBytes === undefined ? undefined : ivBytes;
      if (plaintext.length % (MECHANISMS[name].blockBytes ?? 1) !== 0) {
        assert.throws(() => row.encrypt(key, { iv, plaintext }), { code: 'invalidInput' });
        return;
      }
      using opened = row.decrypt(key, { iv, ciphertext: row.encrypt(key, { iv, plaintext }) });
      assert.ok(equalBytes(revealSecretBytes(opened), plaintext));
    }),
  );
});

test('key wrap: every material of an allowed length, and noise never opens', () => {
  fc.assert(
    fc.property(fc.constantFrom('aes-kw', 'aes-kwp'), aesKey, anyBytes, (name, material, wrapped) => {
      const row = MECHANISM_ROWS[name];
      const key = createSecretKey(material);
      assert.throws(() => row.unwrap(key, wrapped), { code: 'invalidCiphertext' });
      const allowed =
        name === 'aes-kwp' ? wrapped.length > 0 : wrapped.length >= 16 && wrapped.length % 8 === 0;
      if (!allowed) {
        assert.throws(() => row.wrap(key, wrapped), { code: 'invalidInput' });
        return;
      }
      using opened = row.unwrap(key, row.wrap(key, wrapped));
      assert.ok(equalBytes(revealSecretBytes(opened), wrapped));
    }),
  );
});
