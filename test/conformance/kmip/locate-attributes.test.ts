// Whatever an object says of itself finds it: the store passes over objects by the text of their facets, and must pass over none that is meant.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execute } from '../../../src/core/execute.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { make, type TtlvField, type Version } from '../../../src/wire/ttlv/index.ts';
import { systemContext } from '../../support/system.ts';
import { kmipSuite } from './asking.ts';
import { attributes, named, uid, usages } from './payloads.ts';

const kmip = kmipSuite();
const { ask } = kmip;

const VENDORS = (value: TtlvField, name: string): TtlvField =>
  make.structure('Attribute', [
    make.textString('VendorIdentification', 'x'),
    make.textString('AttributeName', name),
    value,
  ]);

const RICH = [
  make.enumeration('CryptographicAlgorithm', 'AES'),
  make.integer('CryptographicLength', 256),
  usages('Encrypt', 'Decrypt'),
  named('rich'),
  make.textString('ObjectGroup', 'first'),
  make.textString('ObjectGroup', 'zweite "Gruppe" \\ ß'),
  make.textString('ContactInformation', 'somebody'),
  make.textString('Description', 'x'.repeat(300)),
  make.structure('ApplicationSpecificInformation', [
    make.textString('ApplicationNamespace', 'LIBRARY-LTO'),
    make.textString('ApplicationData', '00'),
  ]),
  make.structure('AlternativeName', [
    make.textString('AlternativeNameValue', 'tape'),
    make.enumeration('AlternativeNameType', 'UninterpretedTextString'),
  ]),
  make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'GCM')]),
  make.dateTime('ActivationDate', 1),
  make.enumeration('ProtectionLevel', 'High'),
  make.interval('ProtectionPeriod', 12),
  make.boolean('QuantumSafe', true),
  VENDORS(make.integer('AttributeValue', -5), 'number "quoted" ä'),
  VENDORS(make.dateTime('AttributeValue', 77), 'instant'),
  VENDORS(make.byteString('AttributeValue', Uint8Array.of(1, 2, 3)), 'bytes'),
];

async function create(...fields: readonly TtlvField[]): Promise<string> {
  const payload = [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...fields)];
  return (await ask('Create', payload, '2.1')).one('UniqueIdentifier').text;
}

async function located(filters: readonly TtlvField[], version: Version): Promise<readonly string[]> {
  const payload = version < '2.0' ? filters : [attributes(...filters)];
  const answer = await ask('Locate', payload, version);
  assert.equal(answer.reason, undefined);
  return answer.all('UniqueIdentifier').map(({ text }) => text);
}

test('every attribute that is told finds the object, in 1.4, 2.1 and 3.0, alone and with all others', async () => {
  const id = await create(...RICH);
  const other = await create(make.enumeration('CryptographicAlgorithm', 'AES'));
  for (const version of ['1.4', '2.1', '3.0'] as const) {
    const identifier = version === '3.0' ? make.identifier('UniqueIdentifier', id) : uid(id);
    const told = await ask('GetAttributes', [identifier], version);
    const fields = version < '2.0' ? told.all('Attribute') : told.one('Attributes').children;
    const filters = fields
      .filter(item => item.name !== 'Digest' && item.children[0]?.text !== 'Digest')
      .map(item => make.copy(item));
    assert.ok(filters.length > 20);
    for (const filter of filters) {
      const found = await located([filter], version);
      assert.ok(found.includes(id), `${version} ${JSON.stringify(told)}`);
    }
    assert.deepEqual(await located(filters, version), [id]);
  }
  const both = await located([make.enumeration('CryptographicAlgorithm', 'AES')], '2.1');
  assert.ok(both.includes(other) && both.includes(id));
});

test('a number that only begins like another one finds nothing', async () => {
  await create(
    make.enumeration('CryptographicAlgorithm', 'HMAC_SHA256'),
    make.integer('CryptographicLength', 1280),
  );
  assert.deepEqual(await located([make.integer('CryptographicLength', 128)], '2.1'), []);
});

test('keys of another protocol are found by what their keys say, with and without attributes of KMIP', async () => {
  const context = systemContext(kmip.client.projectId);
  const { key } = await execute(kmip.subject.keyhold.kms, createKey, context, {
    algorithm: 'aes-192',
    location: 'local',
  });
  const wanted = [make.integer('CryptographicLength', 192), make.enumeration('ObjectType', 'SymmetricKey')];
  assert.deepEqual(await located(wanted, '2.1'), [key.id]);
  const added = await ask(
    'AddAttribute',
    [uid(key.id), make.structure('NewAttribute', [make.textString('ContactInformation', 'its owner')])],
    '2.1',
  );
  assert.equal(added.reason, undefined);
  assert.deepEqual(await located(wanted, '2.1'), [key.id]);
  const both = [...wanted, make.textString('ContactInformation', 'its owner')];
  assert.deepEqual(await located(both, '2.1'), [key.id]);
  assert.deepEqual(await located([...wanted, make.textString('ContactInformation', 'another')], '2.1'), []);
});
