// Messages in parts, and data of earlier items, over the wire.

import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { hex } from '../../../src/base/bytes.ts';
import { make, maskOf, type TtlvField, type ValueName, valueName } from '../../../src/wire/ttlv/index.ts';
import { type Answer, answerOf, kmipSuite } from './asking.ts';
import { uid } from './payloads.ts';
import { attribute, request } from './support.ts';

const kmip = kmipSuite({ version: '1.4' });
const { ask } = kmip;

const data = (bytes: Uint8Array): TtlvField => make.byteString('Data', bytes);
const INIT = make.boolean('InitIndicator', true);
const FINAL = make.boolean('FinalIndicator', true);
const correlation = (answer: Answer): TtlvField =>
  make.byteString('CorrelationValue', answer.one('CorrelationValue').content);

async function register(
  algorithm: ValueName<'CryptographicAlgorithm'>,
  material: Uint8Array,
): Promise<string> {
  const mask = maskOf('CryptographicUsageMask', ['Encrypt', 'Decrypt', 'MACGenerate', 'MACVerify']);
  const answer = await ask('Register', [
    make.enumeration('ObjectType', 'SymmetricKey'),
    make.structure('TemplateAttribute', [
      attribute('Cryptographic Usage Mask', make.integer('AttributeValue', mask)),
      attribute('Activation Date', make.dateTime('AttributeValue', 1_000_000)),
    ]),
    make.structure('SymmetricKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'Raw'),
        make.structure('KeyValue', [make.byteString('KeyMaterial', material)]),
        make.enumeration('CryptographicAlgorithm', algorithm),
        make.integer('CryptographicLength', 8 * material.length),
      ]),
    ]),
  ]);
  return answer.one('UniqueIdentifier').text;
}

const GCM = make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'GCM')]);
const MESSAGE = randomBytes(70);
const bytesOf = (answer: Answer, name = 'Data'): Uint8Array =>
  answer.all(name)[0]?.content ?? new Uint8Array();

test('a plaintext of GCM comes with the last part, once its tag is proven, and not at all with a false one', async () => {
  const id = await register('AES', randomBytes(16));
  const iv = make.byteString('IVCounterNonce', randomBytes(12));
  const sealed = await ask('Encrypt', [uid(id), GCM, data(MESSAGE), iv]);
  const ciphertext = bytesOf(sealed);
  const tag = bytesOf(sealed, 'AuthenticatedEncryptionTag');
  for (const [last, reason] of [
    [tag, undefined],
    [tag.map(byte => byte ^ 1), 'CryptographicFailure'],
    [tag.subarray(0, 12), 'CryptographicFailure'],
  ] as const) {
    const first = await ask('Decrypt', [uid(id), GCM, data(ciphertext.subarray(0, 32)), iv, INIT]);
    assert.deepEqual(first.all('Data'), []);
    const rest = [uid(id), data(ciphertext.subarray(32)), correlation(first), FINAL];
    const end = await ask('Decrypt', [...rest, make.byteString('AuthenticatedEncryptionTag', last)]);
    assert.equal(end.reason, reason);
    assert.equal(hex(bytesOf(end)), reason === undefined ? hex(MESSAGE) : '');
    assert.deepEqual(end.all('CorrelationValue'), []);
  }
});

test('a MAC is computed and verified in parts', async () => {
  const material = randomBytes(32);
  const id = await register('HMAC_SHA256', material);
  const [first, second] = [MESSAGE.subarray(0, 20), MESSAGE.subarray(20)];
  const begun = await ask('MAC', [uid(id), data(first), INIT]);
  assert.deepEqual(begun.all('MACData'), []);
  const mac = bytesOf(await ask('MAC', [uid(id), data(second), correlation(begun), FINAL]), 'MACData');
  assert.equal(hex(mac), createHmac('sha256', material).update(MESSAGE).digest('hex'));
  for (const [given, validity] of [
    [mac, 'Valid'],
    [mac.map(byte => byte ^ 1), 'Invalid'],
  ] as const) {
    const open = await ask('MACVerify', [uid(id), data(first), INIT]);
    assert.deepEqual(open.all('ValidityIndicator'), []);
    const proof = make.byteString('MACData', given);
    const end = await ask('MACVerify', [uid(id), data(second), proof, correlation(open), FINAL]);
    assert.equal(valueName('ValidityIndicator', end.one('ValidityIndicator').uint32), validity);
  }
  const open = await ask('MACVerify', [uid(id), data(first), INIT]);
  assert.equal((await ask('MACVerify', [uid(id), correlation(open), FINAL])).reason, 'InvalidMessage');
});

test('a Correlation Value is good for its client, object and operation, and until the end', async () => {
  const [id, other] = [await register('AES', randomBytes(32)), await register('AES', randomBytes(32))];
  const ctr = make.structure('CryptographicParameters', [
    make.enumeration('BlockCipherMode', 'CTR'),
    make.boolean('RandomIV', true),
  ]);
  const begun = await ask('Encrypt', [uid(id), ctr, data(MESSAGE), INIT]);
  assert.equal(bytesOf(begun, 'IVCounterNonce').length, 16);
  const next = [data(MESSAGE), correlation(begun)];
  const neighbour = await kmip.subject.connect(
    await kmip.subject.addClient({ projectId: kmip.client.projectId }),
  );
  for (const [operation, target, by] of [
    ['Encrypt', id, neighbour],
    ['Encrypt', other, kmip.connection],
    ['Decrypt', id, kmip.connection],
    ['MAC', id, kmip.connection],
  ] as const) {
    assert.equal((await ask(operation, [uid(target), ...next], '1.4', by)).reason, 'ItemNotFound');
    const reason = 'InvalidCorrelationValue';
    assert.equal((await ask(operation, [uid(target), ...next], '2.1', by)).reason, reason);
  }
  neighbour.close();
  assert.equal((await ask('Encrypt', [uid(id), ...next])).reason, undefined);
  assert.equal((await ask('Encrypt', [uid(id), ...next, FINAL])).reason, undefined);
  assert.equal((await ask('Encrypt', [uid(id), ...next])).reason, 'ItemNotFound');
  const unknown = make.byteString('CorrelationValue', randomBytes(5));
  assert.equal((await ask('Hash', [data(MESSAGE), unknown])).reason, 'ItemNotFound');
  assert.equal((await ask('Encrypt', [uid(id), ctr, data(MESSAGE), FINAL])).reason, 'InvalidMessage');
  assert.equal((await ask('Encrypt', [uid(id), ...next, INIT])).reason, 'InvalidField');
});

test('a message ends with its object: once that is revoked no part is taken', async () => {
  const id = await register('AES', randomBytes(32));
  const cbc = make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'ECB')]);
  const begun = await ask('Encrypt', [uid(id), cbc, data(MESSAGE), INIT]);
  const reason = make.structure('RevocationReason', [
    make.enumeration('RevocationReasonCode', 'Unspecified'),
  ]);
  await ask('Revoke', [uid(id), reason]);
  const refused = await ask('Encrypt', [uid(id), data(MESSAGE), correlation(begun)], '2.1');
  assert.equal(refused.reason, 'WrongKeyLifecycleState');
});

test('in a batch of 2.x data may be that of an earlier item, by its operation and by number', async () => {
  const id = await register('AES', randomBytes(32));
  const sha = make.structure('CryptographicParameters', [make.enumeration('HashingAlgorithm', 'SHA_256')]);
  const iv = make.byteString('IVCounterNonce', randomBytes(12));
  const items = [
    { operation: 'RNGRetrieve', payload: [make.integer('DataLength', 48)] },
    { operation: 'Encrypt', payload: [uid(id), GCM, make.enumeration('Data', 'RNGRetrieve'), iv] },
    { operation: 'Hash', payload: [sha, make.enumeration('Data', 'Encrypt')] },
    { operation: 'Hash', payload: [sha, make.integer('Data', -3)] },
    { operation: 'Hash', payload: [sha, make.enumeration('Data', 'Decrypt')] },
  ] as const;
  const numbered = items.map((item, at) => ({ ...item, id: Uint8Array.of(at) }));
  const answer = await kmip.connection.ask(request('2.1', numbered));
  const [random, sealed, hashed, first, absent] = answer.children.slice(1).map(item => answerOf(item));
  assert.ok(random && sealed && hashed && first && absent);
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  assert.equal(hex(bytesOf(hashed)), sha256(bytesOf(sealed)));
  assert.equal(hex(bytesOf(first)), sha256(bytesOf(random)));
  assert.equal(absent.reason, 'InvalidField');
  const opened = await ask('Decrypt', [
    uid(id),
    GCM,
    data(bytesOf(sealed)),
    iv,
    make.byteString('AuthenticatedEncryptionTag', bytesOf(sealed, 'AuthenticatedEncryptionTag')),
  ]);
  assert.equal(hex(bytesOf(opened)), hex(bytesOf(random)));
  const early = await ask('Hash', [sha, make.enumeration('Data', 'Encrypt')], '1.4');
  assert.equal(early.reason, 'InvalidMessage');
});

test('old ciphers are used by name, with and without padding', async () => {
  const material = { DES3: 24, Camellia: 32 } as const;
  for (const algorithm of ['DES3', 'Camellia'] as const) {
    const id = await register(algorithm, randomBytes(material[algorithm]));
    const blockBytes = algorithm === 'DES3' ? 8 : 16;
    for (const mode of ['CBC', 'ECB', 'CFB', 'OFB'] as const) {
      const isPadded = mode === 'CBC' || mode === 'ECB';
      const parameters = make.structure('CryptographicParameters', [
        make.enumeration('BlockCipherMode', mode),
        isPadded ? make.enumeration('PaddingMethod', 'PKCS5') : undefined,
      ]);
      const iv = mode === 'ECB' ? undefined : make.byteString('IVCounterNonce', randomBytes(blockBytes));
      const sealed = await ask('Encrypt', [uid(id), parameters, data(MESSAGE), iv]);
      const opened = await ask('Decrypt', [uid(id), parameters, data(bytesOf(sealed)), iv]);
      assert.equal(hex(bytesOf(opened)), hex(MESSAGE), `${algorithm} ${mode}`);
    }
  }
});
