// Items whose data is for those behind them alone (KMIP 2.1 section 8.3, Ephemeral; section 11.17, Data): old ciphertexts under a new key, without the plaintext on the way, and
// what of an answer is data.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../../../src/base/bytes.ts';
import { make, type TtlvField, type ValueName } from '../../../src/wire/ttlv/index.ts';
import { type Answer, answerOf, kmipSuite } from './asking.ts';
import { attributes, uid, usages } from './payloads.ts';

const kmip = kmipSuite();

interface Item {
  readonly operation: ValueName<'Operation'>;
  readonly payload: readonly TtlvField[];
  readonly isEphemeral?: true;
}

async function answers(items: readonly Item[]): Promise<readonly Answer[]> {
  const header = make.structure('RequestHeader', [
    make.structure('ProtocolVersion', [
      make.integer('ProtocolVersionMajor', 2),
      make.integer('ProtocolVersionMinor', 1),
    ]),
    make.integer('BatchCount', items.length),
  ]);
  const batch = items.map(({ operation, payload, isEphemeral }, at) =>
    make.structure('BatchItem', [
      make.enumeration('Operation', operation),
      isEphemeral && make.boolean('Ephemeral', true),
      make.byteString('UniqueBatchItemID', Uint8Array.of(at)),
      make.structure('RequestPayload', payload),
    ]),
  );
  const answer = await kmip.connection.ask(make.structure('RequestMessage', [header, ...batch]));
  return answer.children.slice(1).map(item => answerOf(item));
}

async function newKey(algorithm: 'AES' | 'HMAC_SHA256' = 'AES'): Promise<TtlvField> {
  const answer = await kmip.ask('Create', [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(
      make.enumeration('CryptographicAlgorithm', algorithm),
      make.integer('CryptographicLength', 256),
      algorithm === 'AES' ? usages('Encrypt', 'Decrypt') : usages('MACGenerate', 'MACVerify'),
      make.dateTime('ActivationDate', 1),
    ),
  ]);
  return uid(answer.one('UniqueIdentifier').text);
}

const parameters = (...further: readonly TtlvField[]): TtlvField =>
  make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'GCM'), ...further]);
const RANDOM = parameters(make.boolean('RandomIV', true));
const text = make.byteString('Data', Buffer.from('nobody sees it on the way'));
const names = (answer: Answer | undefined) => answer?.payload?.children.map(({ name }) => name);
const copyOf = (
  answer: Answer | undefined,
  name: 'Data' | 'IVCounterNonce' | 'AuthenticatedEncryptionTag',
) => {
  const item = answer?.one(name);
  assert.ok(item);
  return make.byteString(name, Uint8Array.from(item.content));
};

test('a ciphertext comes under another key, and the plaintext is not in the answer', async () => {
  const [old, fresh] = [await newKey(), await newKey()];
  const first = await kmip.ask('Encrypt', [old, RANDOM, text]);
  const sealed = (answer: Answer | undefined) =>
    (['Data', 'IVCounterNonce', 'AuthenticatedEncryptionTag'] as const).map(name => copyOf(answer, name));
  const [opened, again] = await answers([
    { operation: 'Decrypt', payload: [old, parameters(), ...sealed(first)], isEphemeral: true },
    { operation: 'Encrypt', payload: [fresh, RANDOM, make.enumeration('Data', 'Decrypt')] },
  ]);
  assert.deepEqual(names(opened), ['UniqueIdentifier']);
  const back = await kmip.ask('Decrypt', [fresh, parameters(), ...sealed(again)]);
  assert.equal(hex(back.one('Data').content), Buffer.from('nobody sees it on the way').toString('hex'));
});

test('data is what an operation puts out, and not the IV that it came with', async () => {
  const [key, macKey] = [await newKey(), await newKey('HMAC_SHA256')];
  const [encrypted, authenticated, hashed] = await answers([
    { operation: 'Encrypt', payload: [key, RANDOM, text], isEphemeral: true },
    { operation: 'MAC', payload: [macKey, make.enumeration('Data', 'Encrypt')], isEphemeral: true },
    {
      operation: 'Hash',
      payload: [
        make.structure('CryptographicParameters', [make.enumeration('HashingAlgorithm', 'SHA_256')]),
        make.enumeration('Data', 'MACMACData'),
      ],
    },
  ]);
  assert.deepEqual(names(encrypted), ['UniqueIdentifier', 'IVCounterNonce', 'AuthenticatedEncryptionTag']);
  assert.deepEqual(names(authenticated), ['UniqueIdentifier']);
  assert.equal(hashed?.one('Data').length, 32);
});

test('a message in parts goes on under its Correlation Value', async () => {
  const key = await newKey();
  const [begun] = await answers([
    {
      operation: 'Encrypt',
      payload: [key, RANDOM, text, make.boolean('InitIndicator', true)],
      isEphemeral: true,
    },
  ]);
  assert.deepEqual(names(begun), ['UniqueIdentifier', 'IVCounterNonce', 'CorrelationValue']);
});
