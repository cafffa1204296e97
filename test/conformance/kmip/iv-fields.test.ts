// The fields of an IV that Cryptographic Parameters name (KMIP 1.2 section 3.6, 2.1 section 4.13): where CTR begins to count, by the vectors of RFC 3686, and the
// two fields of an IV of GCM (SP 800-38D section 8.2.1).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../../../src/base/bytes.ts';
import { make, type TtlvField, type ValueName } from '../../../src/wire/ttlv/index.ts';
import { kmipSuite } from './asking.ts';
import { attributes, uid, usages } from './payloads.ts';

const kmip = kmipSuite();
const { ask } = kmip;

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** RFC 3686 section 6: the nonce and the IV, behind which a counter of 32 bits begins with one. */
const VECTORS = [
  {
    key: 'AE6852F8 121067CC 4BF7A576 5577F39E',
    nonce: '00000030 00000000 00000000',
    plaintext: '53696E67 6C652062 6C6F636B 206D7367',
    ciphertext: 'e4095d4fb7a7b3792d6175a3261311b8',
  },
  {
    key: '7691BE03 5E5020A8 AC6E6185 29F9A0DC',
    nonce: '00E0017B 27777F3F 4A1786F0',
    plaintext: '00010203 04050607 08090A0B 0C0D0E0F 10111213 14151617 18191A1B 1C1D1E1F 20212223',
    ciphertext: 'c1cf48a89f2ffdd9cf4652e9efdb72d74540a42bde6d7836d59a5ceaaef3105325b2072f',
  },
  {
    key: 'FF7A617C E69148E4 F1726E2F 43581DE2 AA62D9F8 05532EDF F1EED687 FB54153D',
    nonce: '001CC5B7 51A51D70 A1C11148',
    plaintext: '00010203 04050607 08090A0B 0C0D0E0F 10111213 14151617 18191A1B 1C1D1E1F 20212223',
    ciphertext: 'eb6c52821d0bbbf7ce7594462aca4faab407df866569fd07f48cc0b583d6071f1ec0e6b8',
  },
] as const;

async function registered(key: Uint8Array): Promise<TtlvField> {
  const answer = await ask('Register', [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(usages('Encrypt', 'Decrypt'), make.dateTime('ActivationDate', 1)),
    make.structure('SymmetricKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'Raw'),
        make.structure('KeyValue', [make.byteString('KeyMaterial', key)]),
        make.enumeration('CryptographicAlgorithm', 'AES'),
        make.integer('CryptographicLength', 8 * key.length),
      ]),
    ]),
  ]);
  return uid(answer.one('UniqueIdentifier').text);
}

const by = (mode: ValueName<'BlockCipherMode'>, ...further: readonly TtlvField[]): TtlvField =>
  make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', mode), ...further]);
const counts = (bits: number): TtlvField => make.integer('CounterLength', bits);
const from = (value: number): TtlvField => make.integer('InitialCounterValue', value);
const data = (value: Uint8Array): TtlvField => make.byteString('Data', value);
const iv = (value: Uint8Array): TtlvField => make.byteString('IVCounterNonce', value);

test('CTR counts from the Initial Counter Value, behind an IV or in the end of it', async () => {
  for (const { key, nonce, plaintext, ciphertext } of VECTORS) {
    const id = await registered(bytes(key));
    const whole = bytes(`${nonce} 00000000`);
    for (const [parameters, given] of [
      [by('CTR', counts(32), from(1)), bytes(nonce)],
      [by('CTR', from(1)), bytes(nonce)],
      [by('CTR', counts(32), from(1)), whole],
      [by('CTR', counts(32), from(1)), bytes(`${nonce} 00000001`)],
      [by('CTR'), bytes(`${nonce} 00000001`)],
    ] as const)
      for (const version of ['1.2', '2.1'] as const) {
        const encrypted = await ask('Encrypt', [id, parameters, data(bytes(plaintext)), iv(given)], version);
        assert.equal(encrypted.reason, undefined);
        assert.equal(hex(encrypted.one('Data').content), ciphertext);
        const back = await ask('Decrypt', [id, parameters, data(bytes(ciphertext)), iv(given)], version);
        assert.deepEqual(hex(back.one('Data').content), hex(bytes(plaintext)));
      }
  }
});

test('what contradicts itself, or what nobody here keeps count of, is refused', async () => {
  const id = await registered(new Uint8Array(16));
  const nonce = new Uint8Array(12);
  const block = new Uint8Array(16);
  const random = make.boolean('RandomIV', true);
  const refused = async (parameters: TtlvField, given: Uint8Array | undefined, reason: string) => {
    const payload = [id, parameters, data(block), given && iv(given)];
    assert.equal((await ask('Encrypt', payload)).reason, reason);
  };
  const unfit = 'UnsupportedCryptographicParameters';
  await refused(by('CTR', counts(64), from(1)), nonce, 'InvalidField');
  await refused(by('CTR', from(1)), block, 'InvalidField');
  await refused(by('CTR', counts(32), from(2)), Uint8Array.of(...nonce, 0, 0, 0, 1), 'InvalidField');
  await refused(by('CTR', counts(32), from(-1)), nonce, 'InvalidField');
  await refused(by('CTR', from(256)), new Uint8Array(15), 'InvalidField');
  await refused(by('CTR', counts(32), from(1), random), undefined, unfit);
  await refused(by('CTR', counts(32), from(1)), undefined, 'InvalidMessage');
  await refused(by('CBC', from(1)), block, unfit);
  await refused(by('GCM', from(1)), nonce, unfit);
  await refused(by('GCM', make.integer('FixedFieldLength', 32), random), undefined, unfit);
  await refused(by('CTR', make.integer('FixedFieldLength', 32)), block, unfit);
});

test('an IV of GCM that a client has made of two fields has these', async () => {
  const id = await registered(new Uint8Array(16));
  const fields = (fixed: number, invocation: number) =>
    by('GCM', make.integer('FixedFieldLength', fixed), make.integer('InvocationFieldLength', invocation));
  const given = [data(new Uint8Array(5)), iv(new Uint8Array(12))];
  assert.equal((await ask('Encrypt', [id, fields(32, 64), ...given])).reason, undefined);
  assert.equal((await ask('Encrypt', [id, fields(32, 32), ...given])).reason, 'InvalidField');
  assert.equal((await ask('Encrypt', [id, fields(-32, 128), ...given])).reason, 'InvalidField');
});
