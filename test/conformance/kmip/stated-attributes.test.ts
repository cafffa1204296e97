// What is said of an object when it is made: by the client of what the server sets, of the halves of a pair, and of where material comes from.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, TAGS, type TagName, type TtlvField, valueName } from '../../../src/wire/ttlv/index.ts';
import { type Answer, kmipSuite, within } from './asking.ts';
import { attributes, uid, usages } from './payloads.ts';

const kmip = kmipSuite();
const { ask } = kmip;

const USES = usages('Encrypt', 'Decrypt');

function create(...given: readonly TtlvField[]): Promise<Answer> {
  const ofAes = [
    make.enumeration('CryptographicAlgorithm', 'AES'),
    make.integer('CryptographicLength', 256),
    USES,
  ];
  return ask('Create', [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...ofAes, ...given)]);
}

const newKey = async (...given: readonly TtlvField[]): Promise<TtlvField> =>
  uid((await create(...given)).one('UniqueIdentifier').text);

test('what a client says of an object that the server sets is taken where it is so, and refused where not', async () => {
  const type = make.enumeration('ObjectType', 'SymmetricKey');
  assert.equal((await create(type)).reason, undefined);
  const other = make.enumeration('ObjectType', 'SecretData');
  assert.equal((await create(other)).reason, 'InvalidAttributeValue');
  const transparent = await newKey(make.enumeration('KeyFormatType', 'TransparentSymmetricKey'));
  const got = (await ask('Get', [transparent])).one('SymmetricKey').children[0]?.children;
  assert.deepEqual(
    got?.map(({ name }) => name),
    ['KeyFormatType', 'KeyValue', 'CryptographicAlgorithm', 'CryptographicLength'],
  );
  assert.equal(got?.[0]?.uint32, 7);
  const strange = await create(make.enumeration('KeyFormatType', 'PKCS_8'));
  assert.equal(strange.reason, 'KeyFormatTypeNotSupported');
});

test('the halves of a pair are made in the format that is asked for', async () => {
  const pair = (privateFormat: TtlvField, publicFormat: TtlvField, ...common: readonly TtlvField[]) =>
    ask('CreateKeyPair', [
      make.structure('CommonAttributes', common),
      make.structure('PrivateKeyAttributes', [privateFormat, usages('Sign')]),
      make.structure('PublicKeyAttributes', [publicFormat, usages('Verify')]),
    ]);
  const curve = make.structure('CryptographicDomainParameters', [
    make.enumeration('RecommendedCurve', 'P_256'),
  ]);
  const EC = [make.enumeration('CryptographicAlgorithm', 'EC'), curve];
  const RSA = [make.enumeration('CryptographicAlgorithm', 'RSA'), make.integer('CryptographicLength', 2048)];
  for (const [common, privateFormat, publicFormat] of [
    [EC, 'ECPrivateKey', 'X_509'],
    [EC, 'PKCS_8', 'TransparentECPublicKey'],
    [RSA, 'TransparentRSAPrivateKey', 'TransparentRSAPublicKey'],
    [RSA, 'PKCS_8', 'PKCS_1'],
  ] as const) {
    const asked = (format: typeof privateFormat | typeof publicFormat) =>
      make.enumeration('KeyFormatType', format);
    const made = await pair(asked(privateFormat), asked(publicFormat), ...common);
    for (const [half, format] of [
      ['Private', privateFormat],
      ['Public', publicFormat],
    ] as const) {
      const id = made.one(`${half}KeyUniqueIdentifier`).text;
      const got = within((await ask('Get', [uid(id)])).one(`${half}Key`), 'KeyBlock', 'KeyFormatType');
      assert.equal(valueName('KeyFormatType', got.uint32), format);
    }
  }
  const wrong = await pair(
    make.enumeration('KeyFormatType', 'PKCS_1'),
    make.enumeration('KeyFormatType', 'X_509'),
    ...EC,
  );
  assert.equal(wrong.reason, 'KeyFormatTypeNotSupported');
});

test('of a pair, values that there may be several of are those of both, and of each', async () => {
  const group = (name: string) => make.textString('ObjectGroup', name);
  const made = await ask('CreateKeyPair', [
    make.structure('CommonAttributes', [
      make.enumeration('CryptographicAlgorithm', 'RSA'),
      make.integer('CryptographicLength', 2048),
      group('common'),
      group('private'),
      make.textString('Comment', 'of both'),
    ]),
    make.structure('PrivateKeyAttributes', [
      usages('Sign'),
      group('private'),
      make.textString('Comment', 'of one'),
    ]),
    make.structure('PublicKeyAttributes', [usages('Verify')]),
  ]);
  const of = async (half: string, name: TagName) =>
    (await kmip.valuesOf(made.one(half).text, name)).map(item => item.text).sort();
  assert.deepEqual(await of('PrivateKeyUniqueIdentifier', 'ObjectGroup'), ['common', 'private']);
  assert.deepEqual(await of('PublicKeyUniqueIdentifier', 'ObjectGroup'), ['common', 'private']);
  assert.deepEqual(await of('PrivateKeyUniqueIdentifier', 'Comment'), ['of one']);
  assert.deepEqual(await of('PublicKeyUniqueIdentifier', 'Comment'), ['of both']);
});

test('a key that is made here says when and by what, and a registered one what its owner says', async () => {
  const generator = (algorithm: 'ANSIX9_31' | 'DRBG' | 'Unspecified') =>
    make.structure('RandomNumberGenerator', [make.enumeration('RNGAlgorithm', algorithm)]);
  assert.equal((await create(generator('Unspecified'))).reason, undefined);
  assert.equal((await create(generator('DRBG'))).reason, undefined);
  assert.equal((await create(generator('ANSIX9_31'))).reason, 'InvalidAttributeValue');
  const earlier = make.dateTime('OriginalCreationDate', 1_000);
  assert.equal((await create(earlier)).reason, 'AttributeReadOnly');
  const made = (await create()).one('UniqueIdentifier').text;
  assert.deepEqual(
    (await kmip.valuesOf(made, 'OriginalCreationDate')).map(({ int64 }) => int64),
    (await kmip.valuesOf(made, 'InitialDate')).map(({ int64 }) => int64),
  );
  const registered = await ask('Register', [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(USES),
    make.structure('SymmetricKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'Raw'),
        make.structure('KeyValue', [make.byteString('KeyMaterial', new Uint8Array(32))]),
        make.enumeration('CryptographicAlgorithm', 'AES'),
        make.integer('CryptographicLength', 256),
      ]),
    ]),
  ]);
  const id = registered.one('UniqueIdentifier').text;
  for (const [name, value] of [
    ['OriginalCreationDate', earlier],
    ['RandomNumberGenerator', generator('ANSIX9_31')],
  ] as const) {
    assert.equal((await kmip.valuesOf(id, name)).length, 0);
    const add = () => ask('AddAttribute', [uid(id), make.structure('NewAttribute', [value])]);
    assert.equal((await add()).reason, undefined);
    assert.equal((await add()).reason, 'AttributeSingleValued');
    const reference = make.enumeration('AttributeReference', TAGS[name][0]);
    assert.equal((await ask('DeleteAttribute', [uid(id), reference])).reason, 'AttributeReadOnly');
  }
});
