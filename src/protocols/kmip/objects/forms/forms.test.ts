import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from '../../../../base/assert.ts';
import { type Bytes, hex } from '../../../../base/bytes.ts';
import { DerRefusal } from '../../../../wire/der/index.ts';
import { make, readTtlv, type TtlvField, type TtlvItem, writeTtlv } from '../../../../wire/ttlv/index.ts';
import { KmipRefusal } from '../../faults.ts';
import type { KeyFormat } from '../object.ts';
import { CURVES } from './curves.ts';
import { type GivenMaterial, holdForm, type KeyHints } from './held-form.ts';
import { PRIVATE_KEY_FORMS, writePrivateKey } from './private-key.ts';
import { PUBLIC_KEY_FORMS, writePublicKey } from './public-key.ts';
import { readRsaPrivateKey } from './rsa.ts';
import { completeRsaKey } from './rsa-numbers.ts';

const pkcs8 = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'pkcs8' });
const spki = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });

const item = (field: TtlvField): TtlvItem => readTtlv(writeTtlv(field));
/** What a written Key Material is to a reader. */
const given = (field: TtlvField | undefined): GivenMaterial => {
  const read = item(must(field, 'the form is there'));
  return read.type === 'ByteString' ? read.content : read;
};
const keep = (bytes: Bytes): Bytes => bytes;
const holdPrivate = (format: KeyFormat, material: GivenMaterial, hints: KeyHints = {}) =>
  holdForm(PRIVATE_KEY_FORMS, format, material, hints, keep);
const holdPublic = (format: KeyFormat, material: GivenMaterial, hints: KeyHints = {}) =>
  holdForm(PUBLIC_KEY_FORMS, format, material, hints, keep);

test('an RSA key is the same in every form', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const held = pkcs8(privateKey);
  assert.equal(
    hex(given(writePrivateKey(held, 'PKCS_1', keep)) as Bytes),
    hex(privateKey.export({ format: 'der', type: 'pkcs1' })),
  );
  for (const format of ['PKCS_1', 'TransparentRSAPrivateKey'] as const) {
    const again = holdPrivate(format, given(writePrivateKey(held, format, keep)));
    assert.equal(hex(again.bytes), hex(held), format);
    assert.equal(again.core, 'rsa-2048');
    assert.equal(again.format, 'PKCS_8');
  }
  assert.equal(
    hex(given(writePublicKey(spki(publicKey), 'PKCS_1')) as Bytes),
    hex(publicKey.export({ format: 'der', type: 'pkcs1' })),
  );
  for (const format of ['PKCS_1', 'TransparentRSAPublicKey'] as const) {
    const again = holdPublic(format, given(writePublicKey(spki(publicKey), format)));
    assert.equal(hex(again.bytes), hex(spki(publicKey)), format);
    assert.equal(again.length, 2048);
  }
  assert.equal(writePrivateKey(held, 'ECPrivateKey', keep), undefined);
  assert.equal(writePublicKey(spki(publicKey), 'TransparentECPublicKey'), undefined);
});

test('what is left out of an RSA key is computed where the rest determines it', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = must(readRsaPrivateKey(privateKey.export({ format: 'der', type: 'pkcs1' })), 'a key');
  const { modulus, publicExponent, privateExponent, p, q } = key;
  for (const part of [
    { modulus, publicExponent, privateExponent },
    { modulus, publicExponent, p },
    { modulus, publicExponent, q },
    { modulus, privateExponent, p, q },
    { modulus, publicExponent, privateExponent, p, q },
  ]) {
    const completed = must(completeRsaKey(part), Object.keys(part).join());
    assert.equal(hex(completed.modulus), hex(modulus));
    assert.equal(hex(completed.publicExponent), hex(publicExponent));
    assert.deepEqual(
      [hex(completed.p), hex(completed.q)].sort(),
      [hex(p), hex(q)].sort(),
      Object.keys(part).join(),
    );
  }
  assert.equal(completeRsaKey({ modulus, publicExponent }), undefined);
  assert.equal(completeRsaKey({ modulus, p: Uint8Array.of(3), publicExponent }), undefined);
});

test('whatever numbers come, they determine a key or none', () => {
  const number = fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined });
  const given = fc.record({
    modulus: fc.uint8Array({ maxLength: 4 }),
    publicExponent: number,
    privateExponent: number,
    p: number,
    q: number,
  });
  const value = (bytes: Bytes): bigint => BigInt(`0x0${hex(bytes)}`);
  fc.assert(
    fc.property(given, numbers => {
      const key = completeRsaKey(numbers);
      if (key !== undefined) assert.equal(value(key.p) * value(key.q), value(numbers.modulus));
    }),
    { numRuns: 5_000 },
  );
  const long = new Uint8Array(4_000).fill(0xff);
  assert.equal(completeRsaKey({ modulus: long, p: Uint8Array.of(3), publicExponent: long }), undefined);
});

test('a key of too few bits, or with a small exponent, is understood and guarded only', () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1536 });
  const held = holdPrivate('PKCS_8', pkcs8(short.privateKey));
  assert.deepEqual(
    { ...held, bytes: undefined },
    { algorithm: 'RSA', length: 1536, core: undefined, format: 'PKCS_8', bytes: undefined },
  );
  const small = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
  assert.equal(holdPublic('X_509', spki(small.publicKey)).core, undefined);
});

test('a key on a named curve is the same in every form', () => {
  for (const [curve, namedCurve] of Object.entries({
    P_256: 'prime256v1',
    P_521: 'secp521r1',
    SECP256K1: 'secp256k1',
    K_233: 'sect233k1',
    BRAINPOOLP256R1: 'brainpoolP256r1',
  } as const)) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    const held = pkcs8(privateKey);
    const sec1 = given(writePrivateKey(held, 'ECPrivateKey', keep)) as Bytes;
    assert.equal(hex(sec1), hex(privateKey.export({ format: 'der', type: 'sec1' })), curve);
    const fromSec1 = holdPrivate('ECPrivateKey', sec1);
    assert.equal(hex(fromSec1.bytes), hex(held));
    assert.equal(fromSec1.curve, curve);
    assert.equal(fromSec1.length, CURVES[curve as keyof typeof CURVES].bits);
    const bare = holdPrivate(
      'TransparentECPrivateKey',
      given(writePrivateKey(held, 'TransparentECDSAPrivateKey', keep)),
    );
    const opened = createPrivateKey({ key: Buffer.from(bare.bytes), format: 'der', type: 'pkcs8' });
    assert.ok(createPublicKey(opened).equals(publicKey), curve);
    for (const format of ['TransparentECPublicKey', 'TransparentECMQVPublicKey'] as const) {
      const again = holdPublic(format, given(writePublicKey(spki(publicKey), format)));
      assert.equal(hex(again.bytes), hex(spki(publicKey)));
      assert.equal(again.curve, curve);
    }
    const raw = holdPublic('Raw', given(writePublicKey(spki(publicKey), 'Raw')), { curve: curve as never });
    assert.equal(hex(raw.bytes), hex(spki(publicKey)));
  }
});

test('keys that are strings of bytes are raw ones too', () => {
  const pairs = [
    ['Ed25519', generateKeyPairSync('ed25519'), undefined],
    ['ECDH', generateKeyPairSync('x25519'), 'CURVE25519'],
    ['ECDH', generateKeyPairSync('x448'), 'CURVE448'],
  ] as const;
  for (const [algorithm, { privateKey, publicKey }, curve] of pairs) {
    const hints = { algorithm, curve };
    const held = holdPrivate('Raw', given(writePrivateKey(pkcs8(privateKey), 'Raw', keep)), hints);
    assert.equal(hex(held.bytes), hex(pkcs8(privateKey)));
    assert.equal(held.algorithm, algorithm);
    const again = holdPublic('Raw', given(writePublicKey(spki(publicKey), 'Raw')), hints);
    assert.equal(hex(again.bytes), hex(spki(publicKey)));
    assert.ok(createPublicKey({ key: Buffer.from(again.bytes), format: 'der', type: 'spki' }));
  }
});

test('what is not understood stays as it came', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const passphrase = 'not for us';
  const encrypted = privateKey.export({ format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase });
  const guarded = holdPrivate('PKCS_8', encrypted);
  assert.deepEqual([guarded.format, guarded.core, hex(guarded.bytes)], ['PKCS_8', undefined, hex(encrypted)]);
  const structure = item(
    make.structure('KeyMaterial', [
      make.bigInteger('P', 23n),
      make.bigInteger('G', 5n),
      make.bigInteger('Y', 8n),
    ]),
  );
  const held = holdPublic('TransparentDHPublicKey', structure);
  assert.equal(held.format, 'TransparentDHPublicKey');
  assert.equal(hex(held.bytes), hex(structure.encoding));
  assert.equal(held.core, undefined);
  const raw = holdPublic('Raw', Uint8Array.of(1, 2, 3), { algorithm: 'McEliece' });
  assert.deepEqual([raw.format, raw.core], ['Raw', undefined]);
});

test('an RSA key whose envelope has no parameters is one', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const bare = (encoded: Buffer): Bytes => {
    const text = hex(encoded).replace('300d06092a864886f70d0101010500', '300b06092a864886f70d010101');
    const whole = Uint8Array.from(Buffer.from(text, 'hex'));
    // The length of the whole is two bytes less.
    new DataView(whole.buffer).setUint16(2, new DataView(whole.buffer).getUint16(2) - 2);
    return whole;
  };
  assert.equal(hex(holdPublic('X_509', bare(spki(publicKey))).bytes), hex(spki(publicKey)));
  assert.equal(hex(holdPrivate('PKCS_8', bare(pkcs8(privateKey))).bytes), hex(pkcs8(privateKey)));
});

test('what is malformed is refused without a word of the key', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const cut = pkcs8(privateKey).subarray(0, -1);
  const cases: readonly (() => unknown)[] = [
    () => holdPrivate('PKCS_8', cut),
    () => holdPrivate('PKCS_1', pkcs8(privateKey)),
    () => holdPrivate('PKCS_8', spki(createPublicKey(privateKey))),
    () => holdPrivate('TransparentRSAPrivateKey', cut),
    () => holdPrivate('PKCS_8', item(make.structure('KeyMaterial', []))),
    () => holdPrivate('X_509', cut),
    () => holdPublic('ECPrivateKey', cut),
    () => holdPublic('X_509', pkcs8(privateKey)),
  ];
  for (const attempt of cases) assert.throws(attempt, KmipRefusal);
});

test('whatever bytes come in whatever format, they are kept or refused, and what is kept is shown or not had', () => {
  const seeds = [
    pkcs8(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey),
    spki(generateKeyPairSync('ed25519').publicKey),
    pkcs8(generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey),
    generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey.export({ format: 'der', type: 'pkcs1' }),
    generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey.export({ format: 'der', type: 'sec1' }),
  ];
  const changed = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 3 }),
      fc.nat(700),
    )
    .map(([seed, changes, end]) => {
      const bytes = Uint8Array.from(seed.subarray(0, end < 600 ? seed.length : end % seed.length));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });
  const formats = Object.keys({ ...PRIVATE_KEY_FORMS.readers, ...PUBLIC_KEY_FORMS.readers }) as KeyFormat[];
  const format = fc.constantFrom(...formats);
  fc.assert(
    fc.property(changed, format, format, fc.boolean(), (bytes, from, to, isPrivate) => {
      try {
        const forms = isPrivate ? PRIVATE_KEY_FORMS : PUBLIC_KEY_FORMS;
        const held = holdForm(forms, from, bytes, { algorithm: 'EC', curve: 'P_256' }, keep);
        if (held.format !== forms.envelope) return;
        if (isPrivate) writePrivateKey(held.bytes, to, keep);
        else writePublicKey(held.bytes, to);
      } catch (thrown) {
        assert.ok(thrown instanceof KmipRefusal || thrown instanceof DerRefusal, String(thrown));
      }
    }),
    { numRuns: 5_000 },
  );
});
