// Published examples of ciphers that no vector file has, and messages in parts.

import assert from 'node:assert/strict';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Bytes, concatBytes, hex } from '../../base/bytes.ts';
import { revealSecretBytes } from '../../base/secret-bytes.ts';
import { MECHANISMS, type MechanismOfKind } from '../../domain/algorithms.ts';
import { CIPHER_ROWS } from './cipher.ts';
import type { CipherParameters } from './kinds.ts';
import { MECHANISM_ROWS } from './table.ts';

type Cipher = MechanismOfKind<'cipher'>;

const fromHex = (text: string): Bytes => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const keyOf = (text: string): KeyObject => createSecretKey(fromHex(text));

interface Example {
  readonly from: string;
  readonly mechanism: Cipher;
  readonly key: string;
  readonly iv?: string;
  readonly plaintext: string;
  readonly ciphertext: string;
}

const AES_KEY = '2b7e151628aed2a6abf7158809cf4f3c';
const AES_BLOCKS = '6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51';
const COUNTED = '000102030405060708090a0b0c0d0e0f';
const CAMELLIA_BLOCK = '0123456789abcdeffedcba9876543210';

const EXAMPLES: readonly Example[] = [
  {
    from: 'SP 800-38A F.1.1',
    mechanism: 'aes-ecb',
    key: AES_KEY,
    plaintext: AES_BLOCKS,
    ciphertext: '3ad77bb40d7a3660a89ecaf32466ef97 f5d3d58503b9699de785895a96fdbaaf',
  },
  {
    from: 'SP 800-38A F.3.13',
    mechanism: 'aes-cfb',
    key: AES_KEY,
    iv: COUNTED,
    plaintext: AES_BLOCKS,
    ciphertext: '3b3fd92eb72dad20333449f8e83cfb4a c8a64537a0b3a93fcde3cdad9f1ce58b',
  },
  {
    from: 'SP 800-38A F.4.1',
    mechanism: 'aes-ofb',
    key: AES_KEY,
    iv: COUNTED,
    plaintext: AES_BLOCKS,
    ciphertext: '3b3fd92eb72dad20333449f8e83cfb4a 7789508d16918f03f53c52dac54ed825',
  },
  {
    from: 'SP 800-67 revision 1, appendix B.1',
    mechanism: 'des-ede3-ecb',
    key: '0123456789abcdef 23456789abcdef01 456789abcdef0123',
    plaintext: '5468652071756663 6b2062726f776e20 666f78206a756d70',
    ciphertext: 'a826fd8ce53b855f cce21c8112256fe6 68d5c05dd9b6b900',
  },
  {
    from: 'RFC 3713 appendix A',
    mechanism: 'camellia-ecb',
    key: CAMELLIA_BLOCK,
    plaintext: CAMELLIA_BLOCK,
    ciphertext: '67673138549669730857065648eabe43',
  },
  {
    from: 'RFC 3713 appendix A',
    mechanism: 'camellia-ecb',
    key: `${CAMELLIA_BLOCK} 0011223344556677`,
    plaintext: CAMELLIA_BLOCK,
    ciphertext: 'b4993401b3e996f84ee5cee7d79b09b9',
  },
  {
    from: 'RFC 3713 appendix A',
    mechanism: 'camellia-ecb',
    key: `${CAMELLIA_BLOCK} 00112233445566778899aabbccddeeff`,
    plaintext: CAMELLIA_BLOCK,
    ciphertext: '9acc237dff16d76c20ef7c919e3a7509',
  },
  {
    from: 'RFC 8439 section 2.4.2, counter 1 in front of its nonce',
    mechanism: 'chacha20',
    key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    iv: '01000000 000000000000004a00000000',
    plaintext: hex(Buffer.from('Ladies and Gentlemen')),
    ciphertext: '6e2e359a2568f98041ba0728dd0d6981e97e7aec',
  },
  {
    from: 'RFC 8439 appendix A.1, test vector 1',
    mechanism: 'chacha20',
    key: '00'.repeat(32),
    iv: '00'.repeat(12),
    plaintext: '00'.repeat(16),
    ciphertext: '76b8e0ada0f13d90405d6ae55386bd28',
  },
];

for (const { from, mechanism, key, iv, plaintext, ciphertext } of EXAMPLES) {
  test(`${mechanism} does what ${from} shows with a key of ${fromHex(key).length} bytes`, () => {
    const row = CIPHER_ROWS[mechanism];
    const parameters = { iv: iv === undefined ? undefined : fromHex(iv) };
    const made = row.encrypt(keyOf(key), { ...parameters, plaintext: fromHex(plaintext) });
    assert.equal(hex(made), ciphertext.replaceAll(' ', ''));
    using opened = row.decrypt(keyOf(key), { ...parameters, ciphertext: made });
    assert.equal(hex(revealSecretBytes(opened)), plaintext.replaceAll(' ', ''));
  });
}

test('a short nonce of ChaCha20 counts from zero, and one of another length is refused', () => {
  const key = keyOf('00'.repeat(31).concat('01'));
  const plaintext = new Uint8Array(64);
  const short = CIPHER_ROWS.chacha20.encrypt(key, { iv: fromHex('0102030405060708'), plaintext });
  const whole = CIPHER_ROWS.chacha20.encrypt(key, {
    iv: fromHex('0000000000000000 0102030405060708'),
    plaintext,
  });
  assert.equal(hex(short), hex(whole));
  for (const iv of ['01020304050607', '010203040506070809', '0102030405060708090a0b0c0d0e'])
    assert.throws(() => CIPHER_ROWS.chacha20.encrypt(key, { iv: fromHex(iv), plaintext }), {
      code: 'invalidInput',
    });
});

/** The chained modes of a cipher by its block alone (SP 800-38A), which the examples above prove. */
const CHAINED = [
  ['des-ede3', 8, 24],
  ['camellia', 16, 16],
  ['camellia', 16, 32],
] as const;

test('the modes of old ciphers are those of SP 800-38A over their proven blocks', () => {
  for (const [family, blockBytes, keyBytes] of CHAINED) {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(keyBytes), bytes(blockBytes), bytes(3 * blockBytes), (material, iv, plaintext) => {
        const key = createSecretKey(material);
        const block = (input: Bytes) => CIPHER_ROWS[`${family}-ecb`].encrypt(key, { plaintext: input });
        const xor = (a: Bytes, b: Bytes) => a.map((byte, at) => byte ^ (b[at] ?? 0));
        const parts = [0, 1, 2].map(at => plaintext.subarray(at * blockBytes, (at + 1) * blockBytes));
        const expected = { cbc: [] as Bytes[], cfb: [] as Bytes[], ofb: [] as Bytes[] };
        let chain: Bytes = iv;
        let fed: Bytes = iv;
        let kept: Bytes = iv;
        for (const part of parts) {
          chain = block(xor(part, chain));
          fed = xor(part, block(fed));
          kept = block(kept);
          expected.cbc.push(chain);
          expected.cfb.push(fed);
          expected.ofb.push(xor(part, kept));
        }
        for (const mode of ['cbc', 'cfb', 'ofb'] as const) {
          const made = CIPHER_ROWS[`${family}-${mode}`].encrypt(key, { iv, plaintext });
          assert.equal(hex(made), hex(concatBytes(...expected[mode])), mode);
        }
      }),
      { numRuns: 25 },
    );
  }
});

const MATERIAL: Readonly<Record<string, number>> = { chacha20: 32, 'des-ede3': 24, camellia: 32, aes: 32 };
const keyFor = (mechanism: Cipher): KeyObject => {
  const [, family = ''] = /^(chacha20|des-ede3|camellia|aes)/.exec(mechanism) ?? [];
  return createSecretKey(new Uint8Array(MATERIAL[family] ?? 0).map((_, at) => at));
};

test('however a message is cut, its parts give what the whole gives', () => {
  const mechanism = fc.constantFrom(
    ...(Object.keys(CIPHER_ROWS) as Cipher[]).filter(name => name !== 'aes-xts'),
  );
  const cut = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(mechanism, cut, (name, given) => {
      const { ivBytes, blockBytes = 1 } = MECHANISMS[name];
      const short = given.reduce((sum, part) => sum + part.length, 0) % blockBytes;
      const parts = short === 0 ? given : [...given, new Uint8Array(blockBytes - short)];
      const parameters: CipherParameters =
        ivBytes === undefined ? {} : { iv: new Uint8Array(ivBytes.default).fill(9) };
      const row = CIPHER_ROWS[name];
      const key = keyFor(name);
      const run = (direction: 'encrypt' | 'decrypt', input: readonly Bytes[]): Bytes => {
        const taken = row.inParts(direction, key, parameters);
        assert.ok(taken);
        return concatBytes(...input.map(part => taken.update(part)), taken.finish());
      };
      const plaintext = concatBytes(...parts);
      const ciphertext = row.encrypt(key, { ...parameters, plaintext });
      assert.equal(hex(run('encrypt', parts)), hex(ciphertext));
      const pieces = [ciphertext.subarray(0, 5), ciphertext.subarray(5, 21), ciphertext.subarray(21)];
      assert.equal(hex(run('decrypt', pieces)), hex(plaintext));
    }),
  );
});

test('a message in parts that breaks off within a block is refused as the whole is', () => {
  const key = keyFor('aes-cbc');
  const parameters = { iv: new Uint8Array(16) };
  for (const [direction, code] of [
    ['encrypt', 'invalidInput'],
    ['decrypt', 'invalidCiphertext'],
  ] as const) {
    const parts = CIPHER_ROWS['aes-cbc'].inParts(direction, key, parameters);
    parts?.update(new Uint8Array(17));
    assert.throws(() => parts?.finish(), { code });
  }
  assert.equal(CIPHER_ROWS['aes-xts'].inParts('encrypt', keyFor('aes-xts'), parameters), undefined);
});

test('GCM and MACs in parts end with the tag of the whole', () => {
  const key = keyFor('aes-cbc');
  const message = new Uint8Array(100).map((_, at) => at);
  const parts = [message.subarray(0, 7), message.subarray(7, 64), message.subarray(64)];
  for (const mechanism of ['aes-gcm', 'chacha20-poly1305'] as const) {
    const row = MECHANISM_ROWS[mechanism];
    const parameters = { iv: new Uint8Array(12), associatedData: message.subarray(3), tagBytes: 13 };
    const whole = row.encrypt(key, { ...parameters, plaintext: message });
    const taken = row.encryptParts(key, parameters);
    const made = concatBytes(...parts.map(part => taken.update(part)), taken.finish());
    assert.equal(hex(made), hex(concatBytes(whole.ciphertext, whole.tag)));
  }
  for (const mechanism of ['aes-cmac', 'hmac-sha-256', 'hmac-sha3-512'] as const) {
    const row = MECHANISM_ROWS[mechanism];
    const taken = row.inParts(key, { tagBytes: 10 });
    for (const part of parts) assert.equal(taken?.update(part).length, 0);
    assert.equal(hex(taken?.finish() ?? new Uint8Array()), hex(row.mac(key, message, { tagBytes: 10 })));
  }
  assert.equal(MECHANISM_ROWS['aes-gmac'].inParts(key, { iv: new Uint8Array(12) }), undefined);
});
