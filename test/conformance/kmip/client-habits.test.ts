// What clients of others send and no published case has: found by running them, and kept working here.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { make, type TtlvField, type ValueName } from '../../../src/wire/ttlv/index.ts';
import { type Answer, kmipSuite } from './asking.ts';
import { named, uid } from './payloads.ts';
import { answered, attribute, newAes256, request } from './support.ts';

const kmip = kmipSuite();
const { ask } = kmip;

test('a public key that is said not to be compressed is taken, and given when it is asked for so', async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const register = (type: number) =>
    ask('Register', [
      make.enumeration('ObjectType', 'PublicKey'),
      make.structure('Attributes', [make.integer('CryptographicUsageMask', 2)]),
      make.structure('PublicKey', [
        make.structure('KeyBlock', [
          make.enumeration('KeyFormatType', 'X_509'),
          make.enumeration('KeyCompressionType', type),
          make.structure('KeyValue', [
            make.byteString('KeyMaterial', publicKey.export({ format: 'der', type: 'spki' })),
          ]),
          make.enumeration('CryptographicAlgorithm', 'EC'),
          make.integer('CryptographicLength', 256),
        ]),
      ]),
    ]);
  const id = (await register(UNCOMPRESSED)).one('UniqueIdentifier').text;
  const get = (type: number) => ask('Get', [uid(id), make.enumeration('KeyCompressionType', type)]);
  assert.equal((await get(UNCOMPRESSED)).one('UniqueIdentifier').text, id);
  for (const answer of [await register(COMPRESSED), await get(COMPRESSED)])
    assert.equal(answer.reason, 'KeyCompressionTypeNotSupported');
});

const UNCOMPRESSED = 1;
const COMPRESSED = 2;

test('keys of ciphers that nobody uses any more are made, and guarded', async () => {
  for (const [algorithm, bits] of [
    ['IDEA', 128],
    ['SKIPJACK', 80],
    ['MARS', 256],
  ] as const) {
    const made = await ask('Create', [
      make.enumeration('ObjectType', 'SymmetricKey'),
      make.structure('Attributes', [
        make.enumeration('CryptographicAlgorithm', algorithm),
        make.integer('CryptographicLength', bits),
        make.integer('CryptographicUsageMask', 12),
      ]),
    ]);
    assert.equal(made.reason, undefined, algorithm);
  }
});

test('an empty name with an empty password is no credential, and the certificate counts', async () => {
  const credential = (username: string, password: string) =>
    make.structure('Authentication', [
      make.structure('Credential', [
        make.enumeration('CredentialType', 'UsernameAndPassword'),
        make.structure('CredentialValue', [
          make.textString('Username', username),
          make.textString('Password', password),
        ]),
      ]),
    ]);
  const statusWith = async (username: string, password: string) =>
    answered(
      await kmip.connection.ask(request('1.0', [{ operation: 'Locate' }], [credential(username, password)])),
    ).status;
  assert.equal(await statusWith('', ''), 0);
  assert.equal(await statusWith('someone', ''), 1);
  assert.equal(await statusWith('', 'something'), 1);
});

test('a value that is changed or deleted by its index is told with it, also the first', async () => {
  const name = (text: string) => named(text, 'AttributeValue');
  const attributeName = make.textString('AttributeName', 'Name');
  const first = make.integer('AttributeIndex', 0);
  const asked = (operation: ValueName<'Operation'>, payload: readonly TtlvField[]) =>
    ask(operation, payload, '1.2');
  const made = await asked('Create', newAes256(attribute('Name', name('a name'))));
  const id = uid(made.one('UniqueIdentifier').text);
  const rename = (...index: readonly TtlvField[]) =>
    asked('ModifyAttribute', [
      id,
      make.structure('Attribute', [attributeName, ...index, name('another name')]),
    ]);
  const fieldsOf = (answer: Answer) => answer.one('Attribute').children.map(field => field.name);
  assert.deepEqual(fieldsOf(await rename()), ['AttributeName', 'AttributeValue']);
  assert.deepEqual(fieldsOf(await rename(first)), ['AttributeName', 'AttributeIndex', 'AttributeValue']);
  const deleted = await asked('DeleteAttribute', [id, attributeName, first]);
  assert.deepEqual(fieldsOf(deleted), ['AttributeName', 'AttributeIndex', 'AttributeValue']);
});

test('an import of 1.4 has no Object Type but that of its object, and one of 2.1 must say it', async () => {
  const fields = [
    make.structure('SymmetricKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'Raw'),
        make.structure('KeyValue', [make.byteString('KeyMaterial', new Uint8Array(16))]),
        make.enumeration('CryptographicAlgorithm', 'AES'),
        make.integer('CryptographicLength', 128),
      ]),
    ]),
  ];
  const mask = attribute('Cryptographic Usage Mask', make.integer('AttributeValue', 12));
  const elsewhere = randomUUID();
  const imported = await ask('Import', [uid(elsewhere), mask, ...fields], '1.4');
  assert.equal(imported.one('UniqueIdentifier').text, elsewhere);
  const untyped = await ask('Import', [uid(randomUUID()), ...fields]);
  assert.equal(untyped.reason, 'InvalidMessage');
});

test('an object takes the policy that there is, and none that would be nobody’s to keep', async () => {
  const policy = (name: string) =>
    attribute('Operation Policy Name', make.textString('AttributeValue', name));
  const made = await kmip.ask('Create', newAes256(policy('default')), '1.2');
  assert.equal(made.reason, undefined);
  assert.equal((await kmip.ask('Create', newAes256(policy('public')), '1.2')).reason, 'InvalidField');
  const id = uid(made.one('UniqueIdentifier').text);
  const modified = await kmip.ask('ModifyAttribute', [id, policy('mine alone')], '1.2');
  assert.equal(modified.reason, 'PermissionDenied');
});
