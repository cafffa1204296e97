// Whatever an object says of itself finds it: the store passes over objects by the text of their facets, and must pass over none that is meant.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RequestContext } from '../../../src/core/context.ts';
import { execute } from '../../../src/core/execute.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { make, maskOf, type TtlvField, type Version } from '../../../src/wire/ttlv/index.ts';
import { systemContext } from '../../support/system.ts';
import { askOne } from './asking.ts';
import { type KmipClient, type KmipConnection, type KmipSubject, startKmip } from './support.ts';

let subject: KmipSubject;
let client: KmipClient;
let connection: KmipConnection;
before(async () => {
  subject = await startKmip();
  client = await subject.addClient();
  connection = await subject.connect(client);
});
after(async () => {
  connection.close();
  await subject.stop();
});

const VENDORS = (value: TtlvField, name: string): TtlvField =>
  make.structure('Attribute', [
    make.textString('VendorIdentification', 'x'),
    make.textString('AttributeName', name),
    value,
  ]);

const RICH = [
  make.enumeration('CryptographicAlgorithm', 'AES'),
  make.integer('CryptographicLength', 256),
  make.integer('CryptographicUsageMask', maskOf('CryptographicUsageMask', ['Encrypt', 'Decrypt'])),
  make.structure('Name', [
    make.textString('NameValue', 'rich'),
    make.enumeration('NameType', 'UninterpretedTextString'),
  ]),
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

const attributes = (...fields: readonly TtlvField[]) => make.structure('Attributes', fields);

async function create(...fields: readonly TtlvField[]): Promise<string> {
  const payload = [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...fields)];
  return (await askOne(connection, 'Create', payload, '2.1')).one('UniqueIdentifier').text;
}

async function located(filters: readonly TtlvField[], version: Version): Promise<readonly string[]> {
  const payload = version < '2.0' ? filters : [attributes(...filters)];
  const answer = await askOne(connection, 'Locate', payload, version);
  assert.equal(answer.reason, undefined);
  return answer.all('UniqueIdentifier').map(({ text }) => text);
}

test('every attribute that is told finds the object, in 1.4, 2.1 and 3.0, alone and with all others', async () => {
  const id = await create(...RICH);
  const other = await create(make.enumeration('CryptographicAlgorithm', 'AES'));
  for (const version of ['1.4', '2.1', '3.0'] as const) {
    const uid =
      version === '3.0' ? make.identifier('UniqueIdentifier', id) : make.textString('UniqueIdentifier', id);
    const told = await askOne(connection, 'GetAttributes', [uid], version);
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
  const context: RequestContext = systemContext(client.projectId);
  const { key } = await execute(subject.keyhold.kms, createKey, context, {
    algorithm: 'aes-192',
    location: 'local',
  });
  const wanted = [make.integer('CryptographicLength', 192), make.enumeration('ObjectType', 'SymmetricKey')];
  assert.deepEqual(await located(wanted, '2.1'), [key.id]);
  const added = await askOne(
    connection,
    'AddAttribute',
    [
      make.textString('UniqueIdentifier', key.id),
      make.structure('NewAttribute', [make.textString('ContactInformation', 'its owner')]),
    ],
    '2.1',
  );
  assert.equal(added.reason, undefined);
  assert.deepEqual(await located(wanted, '2.1'), [key.id]);
  const both = [...wanted, make.textString('ContactInformation', 'its owner')];
  assert.deepEqual(await located(both, '2.1'), [key.id]);
  assert.deepEqual(await located([...wanted, make.textString('ContactInformation', 'another')], '2.1'), []);
});
