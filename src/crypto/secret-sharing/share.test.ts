import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../../base/assert.ts';
import { decodeHex, hex } from '../../base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../../base/secret-bytes.ts';
import type { Sharing } from '../../domain/secret-sharing.ts';
import { GF256, GF65536 } from './fields.ts';
import { joinSecret, splitSecret } from './share.ts';

const fromHex = (text: string): Uint8Array => must(decodeHex(text), 'hex');
const shown = (secret: SecretBytes): string => hex(revealSecretBytes(secret));
const part = (number: number, text: string) => ({ number, share: fromHex(text) });

/** 2^521 - 1, and a small one. */
const PRIME = 2n ** 521n - 1n;

const SHARINGS: readonly Sharing[] = [
  { method: 'xor', parts: 2, threshold: 2 },
  { method: 'xor', parts: 7, threshold: 7 },
  { method: 'gf256', parts: 4, threshold: 2 },
  { method: 'gf256', parts: 255, threshold: 17 },
  { method: 'gf65536', parts: 5, threshold: 3 },
  { method: 'gf65536', parts: 200, threshold: 2 },
  { method: 'primeField', parts: 5, threshold: 3, prime: PRIME },
  { method: 'primeField', parts: 2, threshold: 2, prime: 2n ** 256n + 297n },
];

test('any parts up to the threshold make the secret again, in any order, and no fewer do', async () => {
  for (const sharing of SHARINGS) {
    const secret = randomBytes(32);
    // Zeros in front are a part of the secret.
    secret[0] = 0;
    const parts = await splitSecret(secret, sharing);
    assert.equal(parts.length, sharing.parts);
    const numbered = parts.map((each, at) => ({ number: at + 1, share: revealSecretBytes(each) }));
    const picks = [
      numbered,
      numbered.slice(0, sharing.threshold),
      numbered.slice(-sharing.threshold).reverse(),
    ];
    for (const pick of picks)
      assert.equal(shown(await joinSecret(pick, sharing, 32)), hex(secret), sharing.method);
    await assert.rejects(joinSecret(numbered.slice(1, sharing.threshold), sharing, 32), {
      code: 'invalidInput',
    });
    const [first, ...others] = numbered;
    assert.ok(first !== undefined);
    await assert.rejects(joinSecret([first, first, ...others], sharing, 32), { code: 'invalidInput' });
    for (const each of parts) assert.notEqual(shown(each), hex(secret));
  }
});

test('the parts that OASIS publishes make their key', async () => {
  // TC-SJ-2-12 and TC-SJ-3-20.
  const parts = [
    part(1, '66c46a7754f94de420c7b1a7fff5ec56'),
    part(2, 'cf93d1e2a7e593cd5b8d6247f4e5d49c'),
    part(3, 'a855b891f61ad9217240d8ec061e37da'),
    part(4, '803dbad55cdd329fad19d99ae2c5a415'),
  ];
  const sharing = { method: 'gf256', parts: 4, threshold: 2 } as const;
  for (const one of parts) {
    for (const other of parts) {
      if (one === other) continue;
      const joined = await joinSecret([one, other], sharing, 16);
      assert.equal(shown(joined), '0102030405060708090a0b0c0d0e0f10');
    }
  }
});

test('a sharing over a prime field is that of the textbook', async () => {
  // Shamir's scheme by hand: 1234 + 166 x + 94 x^2 modulo 1613, at 2, 4 and 5.
  const sharing = { method: 'primeField', parts: 6, threshold: 3, prime: 1613n } as const;
  const at = (x: number) => ((1234 + 166 * x + 94 * x * x) % 1613).toString(16).padStart(4, '0');
  const joined = await joinSecret([part(2, at(2)), part(4, at(4)), part(5, at(5))], sharing, 2);
  assert.equal(shown(joined), (1234).toString(16).padStart(4, '0'));
});

test('every element of the fields but zero has an inverse, and multiplying distributes over adding', () => {
  for (const field of [GF256, GF65536]) {
    const order = 2 ** field.bits;
    for (let a = 1; a < order; a += field.bits === 8 ? 1 : 97)
      assert.equal(field.multiply(a, field.invert(a)), 1, `${field.bits} ${a}`);
    for (let count = 0; count < 1_000; count += 1) {
      const [a = 0, b = 0, c = 0] = new Uint16Array(randomBytes(6).buffer.slice(0, 6)).map(x => x % order);
      assert.equal(
        field.multiply(a, field.add(b, c)),
        field.add(field.multiply(a, b), field.multiply(a, c)),
        `${a} ${b} ${c}`,
      );
      assert.equal(field.multiply(field.multiply(a, b), c), field.multiply(a, field.multiply(b, c)));
    }
  }
  // FIPS 197 section 4.2: {57} x {83} = {c1}.
  assert.equal(GF65536.multiply(0x57, 0x83), 0xc1);
});

test('what is no sharing is refused', async () => {
  const secret = randomBytes(16);
  for (const sharing of [
    { method: 'xor', parts: 1, threshold: 1 },
    { method: 'xor', parts: 3, threshold: 2 },
    { method: 'gf256', parts: 256, threshold: 2 },
    { method: 'gf256', parts: 3, threshold: 4 },
    { method: 'gf256', parts: 3, threshold: 1 },
    { method: 'gf256', parts: 3, threshold: 2, prime: PRIME },
    { method: 'primeField', parts: 3, threshold: 2 },
    { method: 'primeField', parts: 3, threshold: 2, prime: 2n ** 521n },
    { method: 'primeField', parts: 3, threshold: 2, prime: 1613n },
    { method: 'primeField', parts: 3, threshold: 2, prime: 3n },
  ] as const)
    await assert.rejects(splitSecret(secret, sharing), { code: 'invalidInput' });
  const odd = { method: 'gf65536', parts: 3, threshold: 2 } as const;
  await assert.rejects(splitSecret(randomBytes(15), odd), { code: 'invalidInput' });
  const long = { method: 'gf256', parts: 255, threshold: 255 } as const;
  await assert.rejects(splitSecret(randomBytes(4_096), long), { code: 'invalidInput' });
});
