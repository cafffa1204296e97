// What 3.0 names an object by besides its identifier, and what it asks of objects that the versions before it do not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, TAGS, type TtlvField, type ValueName } from '../../../src/wire/ttlv/index.ts';
import { kmipSuite } from './asking.ts';
import { attributes, usages } from './payloads.ts';

const kmip = kmipSuite({ version: '3.0' });
const { ask } = kmip;

const id = (value: string) => make.identifier('UniqueIdentifier', value);
const as = (
  type: 'NameReference' | 'Reference',
  tag: 'UniqueIdentifier' | 'NextLink',
  value: string,
): TtlvField => ({
  type,
  tag: TAGS[tag][0],
  value,
});
const byName = (name: string): TtlvField => as('NameReference', 'UniqueIdentifier', name);

async function newKey(...further: readonly TtlvField[]): Promise<string> {
  const given = [
    make.enumeration('CryptographicAlgorithm', 'AES'),
    make.integer('CryptographicLength', 256),
    usages('Encrypt', 'Decrypt', 'WrapKey'),
    make.dateTime('ActivationDate', 1),
  ];
  const payload = [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...given, ...further)];
  return (await ask('Create', payload)).one('UniqueIdentifier').text;
}

const named = (name: string): TtlvField => make.textString('Name', name);

test('an object is named by its Name, or by a Reference, wherever its identifier stands', async () => {
  const key = await newKey(named('by name'));
  for (const identifier of [byName('by name'), as('Reference', 'UniqueIdentifier', key)]) {
    const answer = await ask('GetAttributes', [identifier]);
    assert.equal(answer.reason, undefined);
    assert.equal(answer.one('UniqueIdentifier').text, key);
    assert.equal(answer.one('UniqueIdentifier').type, 'Identifier');
  }
  const wrapped = await newKey();
  const specification = make.structure('KeyWrappingSpecification', [
    make.enumeration('WrappingMethod', 'Encrypt'),
    make.structure('EncryptionKeyInformation', [
      byName('by name'),
      make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'NISTKeyWrap')]),
    ]),
    make.enumeration('EncodingOption', 'NoEncoding'),
  ]);
  const array = await kmip.subject.connect(kmip.client);
  assert.equal((await ask('Get', [id(wrapped), specification], '3.0', array)).reason, undefined);
  array.close();
});

test('a link leads to the object of a Name, and is kept as one to its identifier', async () => {
  const next = await newKey(named('the next'));
  const key = await newKey(as('NameReference', 'NextLink', 'the next'));
  const links = async () => (await ask('GetAttributes', [id(key)])).one('Attributes').children;
  const link = (await links()).find(({ name }) => name === 'NextLink');
  assert.deepEqual([link?.type, link?.text], ['Reference', next]);
  const gone = [id(key), make.structure('CurrentAttribute', [as('NameReference', 'NextLink', 'the next')])];
  assert.equal((await ask('DeleteAttribute', gone)).reason, undefined);
  assert.equal(
    (await links()).some(({ name }) => name === 'NextLink'),
    false,
  );
});

test('a Name that nobody has, or that a stranger has, is that of no object', async () => {
  await newKey(named('mine'));
  assert.equal((await ask('Get', [byName('nobody’s')])).reason, 'ObjectNotFound');
  const stranger = await kmip.subject.connect(await kmip.subject.addClient());
  assert.equal((await ask('GetAttributes', [byName('mine')], '3.0', stranger)).reason, 'ObjectNotFound');
  stranger.close();
  const many = Array.from({ length: 40 }, () => as('NameReference', 'NextLink', 'mine'));
  const payload = [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...many)];
  assert.equal((await ask('Create', payload)).reason, 'InvalidField');
  assert.equal((await ask('Get', [byName('mine')], '2.1')).reason, 'InvalidMessage');
});

test('a security category is told of the algorithms that NIST has given one', async () => {
  const categoryOf = async (key: string) => {
    const held = (await ask('GetAttributes', [id(key)])).one('Attributes').children;
    return held.find(({ name }) => name === 'NISTSecurityCategory')?.int32;
  };
  assert.equal(await categoryOf(await newKey()), 5);
  const pair = async (algorithm: ValueName<'CryptographicAlgorithm'>, ...further: readonly TtlvField[]) => {
    const given = make.structure('CommonAttributes', [
      make.enumeration('CryptographicAlgorithm', algorithm),
      ...further,
    ]);
    return (await ask('CreateKeyPair', [given])).one('PublicKeyUniqueIdentifier').text;
  };
  for (const [algorithm, category] of [
    ['ML_KEM_768', 3],
    ['ML_DSA_44', 2],
    ['SLH_DSA_SHAKE_128f', 1],
  ] as const)
    assert.equal(await categoryOf(await pair(algorithm)), category, algorithm);
  assert.equal(await categoryOf(await pair('RSA', make.integer('CryptographicLength', 2048))), undefined);
  const stated = (category: number) => make.integer('NISTSecurityCategory', category);
  assert.equal(await categoryOf(await newKey(stated(5))), 5);
  const wrong = [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(
      make.enumeration('CryptographicAlgorithm', 'AES'),
      make.integer('CryptographicLength', 256),
      stated(1),
    ),
  ];
  assert.equal((await ask('Create', wrong)).reason, 'InvalidAttributeValue');
  const [found] = (await ask('Locate', [attributes(stated(2))])).all('UniqueIdentifier');
  assert.equal(found && (await categoryOf(found.text)), 2);
});

test('objects of users are found by their class, and none of the server', async () => {
  const key = await newKey();
  const found = async (...further: readonly TtlvField[]) =>
    (await ask('Locate', [...further, attributes()]))
      .all('UniqueIdentifier')
      .some(({ text }) => text === key);
  const mask = (value: number) => make.integer('ObjectClassMask', value);
  assert.equal(await found(), true);
  assert.equal(await found(mask(1)), true);
  assert.equal(await found(mask(3)), true);
  assert.equal(await found(mask(2)), false);
  assert.equal((await ask('Locate', [mask(1), attributes()], '2.1')).reason, 'InvalidField');
});
