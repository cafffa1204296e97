// What clients of the server that most of them were first tried with take for granted, and the standard says or leaves open: found by asking both
// servers the same.

import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { hex } from '../../../src/base/bytes.ts';
import { type BitName, make, maskOf, type TtlvField, type ValueName } from '../../../src/wire/ttlv/index.ts';
import { kmipSuite, within } from './asking.ts';
import { uid } from './payloads.ts';
import { attribute, newAes256 } from './support.ts';

const { ask } = kmipSuite({ version: '1.2' });

const policy = attribute('Operation Policy Name', make.textString('AttributeValue', 'default'));
const attributeName = (text: string): TtlvField => make.textString('AttributeName', text);
const mask = (...bits: readonly BitName<'CryptographicUsageMask'>[]): TtlvField =>
  attribute(
    'Cryptographic Usage Mask',
    make.integer('AttributeValue', maskOf('CryptographicUsageMask', bits)),
  );
const SINCE_1970 = attribute('Activation Date', make.dateTime('AttributeValue', 1));

async function newKey(): Promise<TtlvField> {
  return uid((await ask('Create', newAes256())).one('UniqueIdentifier').text);
}

function register(
  type: 'SymmetricKey' | 'SecretData',
  material: Uint8Array,
  attributes: readonly TtlvField[],
  algorithm: ValueName<'CryptographicAlgorithm'> = 'AES',
) {
  const isKey = type === 'SymmetricKey';
  const block = make.structure('KeyBlock', [
    make.enumeration('KeyFormatType', isKey ? 'Raw' : 'Opaque'),
    make.structure('KeyValue', [make.byteString('KeyMaterial', material)]),
    isKey ? make.enumeration('CryptographicAlgorithm', algorithm) : undefined,
    isKey ? make.integer('CryptographicLength', 8 * material.length) : undefined,
  ]);
  return ask('Register', [
    make.enumeration('ObjectType', type),
    make.structure('TemplateAttribute', [...attributes, SINCE_1970]),
    make.structure(type, isKey ? [block] : [make.enumeration('SecretDataType', 'Password'), block]),
  ]);
}

async function registered(...given: Parameters<typeof register>): Promise<string> {
  return (await register(...given)).one('UniqueIdentifier').text;
}

test('in 1.x every object has the default operation policy: told, listed, found, and set once more', async () => {
  const id = await newKey();
  const told = (await ask('GetAttributes', [id, attributeName('Operation Policy Name')])).one('Attribute');
  assert.equal(within(told, 'AttributeValue').text, 'default');
  const listed = async (version: '1.4' | '2.0') =>
    (await ask('GetAttributeList', [id], version)).all(
      version === '1.4' ? 'AttributeName' : 'AttributeReference',
    );
  assert.ok((await listed('1.4')).some(({ text }) => text === 'Operation Policy Name'));
  assert.ok((await listed('2.0')).every(({ uint32 }) => uint32 !== 0x42005d));
  const found = async (asked: TtlvField) =>
    (await ask('Locate', [asked])).all('UniqueIdentifier').map(({ text }) => text);
  assert.equal((await found(policy)).length, 1);
  const other = attribute('Operation Policy Name', make.textString('AttributeValue', 'public'));
  assert.deepEqual(await found(other), []);
  assert.equal((await ask('AddAttribute', [id, policy])).reason, undefined);
  assert.equal((await ask('AddAttribute', [id, policy])).reason, 'IllegalOperation');
  assert.equal(
    (await ask('GetAttributes', [id, attributeName('Operation Policy Name')])).all('Attribute').length,
    1,
  );
});

test('nobody has said the default operation policy of a key that takes the place of another', async () => {
  const young = uid((await ask('ReKey', [await newKey()])).one('UniqueIdentifier').text);
  assert.equal((await ask('AddAttribute', [young, policy])).reason, undefined);
});

test('in 1.x an attribute that nobody knows is one that no object has', async () => {
  const id = await newKey();
  const asked = async (...names: readonly string[]) =>
    (await ask('GetAttributes', [id, ...names.map(attributeName)])).all('Attribute').length;
  assert.equal(await asked('State', 'Colour'), 1);
  assert.equal(await asked('Colour'), 0);
  // Of a later version.
  assert.equal(await asked('Sensitive'), 0);
  const deleted = await ask('DeleteAttribute', [id, attributeName('Colour')]);
  assert.equal(deleted.reason, 'ItemNotFound');
});

test('secret data wraps no keys: it is no key', async () => {
  const key = uid(await registered('SymmetricKey', new Uint8Array(16), [mask('Encrypt')]));
  const secret = uid(await registered('SecretData', new Uint8Array(16), [mask('WrapKey')]));
  const specification = make.structure('KeyWrappingSpecification', [
    make.enumeration('WrappingMethod', 'Encrypt'),
    make.structure('EncryptionKeyInformation', [secret]),
  ]);
  assert.equal((await ask('Get', [key, specification])).reason, 'IllegalOperation');
});

test('a symmetric key is brought with one algorithm', async () => {
  const said = (name: ValueName<'CryptographicAlgorithm'>) =>
    register('SymmetricKey', new Uint8Array(16), [
      mask('Encrypt'),
      attribute('Cryptographic Algorithm', make.enumeration('AttributeValue', ALGORITHMS[name] ?? 0)),
    ]);
  assert.equal((await said('AES')).reason, undefined);
  assert.equal((await said('Camellia')).reason, 'InvalidField');
});

const ALGORITHMS: Readonly<Partial<Record<ValueName<'CryptographicAlgorithm'>, number>>> = {
  AES: 3,
  Camellia: 0x11,
};

test('a key of AES computes the one MAC that it has, CMAC, unless another mode is named', async () => {
  // NIST SP 800-38B, appendix D.1: the key and the MAC of no bytes and of one block.
  const key = Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex');
  const block = Buffer.from('6bc1bee22e409f96e93d7e117393172a', 'hex');
  const id = uid(await registered('SymmetricKey', key, [mask('MACGenerate')]));
  const aes = make.enumeration('CryptographicAlgorithm', 'AES');
  const mac = (...fields: readonly TtlvField[]) =>
    ask('MAC', [
      id,
      fields.length === 0 ? undefined : make.structure('CryptographicParameters', fields),
      make.byteString('Data', block),
    ]);
  for (const fields of [[], [aes]])
    assert.equal(hex((await mac(...fields)).one('MACData').content), '070a16b46b4d4144f79bdd9dd04a287c');
  assert.equal((await mac(make.enumeration('BlockCipherMode', 'CBC'), aes)).reason, 'InvalidField');
});

test('what is derived as secret data is a seed', async () => {
  const base = uid(await registered('SymmetricKey', new Uint8Array(16), [mask('DeriveKey')]));
  const derived = await ask('DeriveKey', [
    make.enumeration('ObjectType', 'SecretData'),
    base,
    make.enumeration('DerivationMethod', 'ENCRYPT'),
    make.structure('DerivationParameters', [
      make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'ECB')]),
      make.byteString('DerivationData', new Uint8Array(16)),
    ]),
    make.structure('TemplateAttribute', [
      attribute('Cryptographic Length', make.integer('AttributeValue', 128)),
    ]),
  ]);
  const got = await ask('Get', [uid(derived.one('UniqueIdentifier').text)]);
  const type = within(got.one('SecretData'), 'SecretDataType');
  assert.equal(type.uint32, 2);
  const cipher = createCipheriv('aes-128-ecb', new Uint8Array(16), null).setAutoPadding(false);
  const material = within(got.one('SecretData'), 'KeyBlock', 'KeyValue', 'KeyMaterial');
  assert.equal(hex(material.content), cipher.update(new Uint8Array(16)).toString('hex'));
});

test('a hash is of the key or of data: asked for both, none is chosen', async () => {
  const base = uid(await registered('SymmetricKey', new Uint8Array(16), [mask('DeriveKey')]));
  const derive = (...data: readonly TtlvField[]) =>
    ask('DeriveKey', [
      make.enumeration('ObjectType', 'SymmetricKey'),
      base,
      make.enumeration('DerivationMethod', 'HASH'),
      make.structure('DerivationParameters', data),
      make.structure('TemplateAttribute', [
        attribute('Cryptographic Algorithm', make.enumeration('AttributeValue', ALGORITHMS.AES ?? 0)),
        attribute('Cryptographic Length', make.integer('AttributeValue', 128)),
        mask('Encrypt'),
      ]),
    ]);
  assert.equal((await derive()).reason, undefined);
  const both = await derive(make.byteString('DerivationData', new Uint8Array(16)));
  assert.equal(both.reason, 'InvalidField');
});
