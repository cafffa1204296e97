// Sensitive and Extractable: what they keep in, over the wire, and that there is no way back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, type TtlvField } from '../../../src/wire/ttlv/index.ts';
import { kmipSuite } from './asking.ts';
import { attributes, uid, usages } from './payloads.ts';

const { ask } = kmipSuite();

async function create(...further: readonly TtlvField[]): Promise<string> {
  const answer = await ask('Create', [
    make.enumeration('ObjectType', 'SymmetricKey'),
    attributes(
      make.enumeration('CryptographicAlgorithm', 'AES'),
      make.integer('CryptographicLength', 256),
      usages('Encrypt', 'Decrypt', 'WrapKey', 'UnwrapKey'),
      make.dateTime('ActivationDate', 1_000_000),
      ...further,
    ),
  ]);
  return answer.one('UniqueIdentifier').text;
}

const getWrapped = (id: string, under: string) =>
  ask('Get', [
    uid(id),
    make.structure('KeyWrappingSpecification', [
      make.enumeration('WrappingMethod', 'Encrypt'),
      make.structure('EncryptionKeyInformation', [uid(under)]),
      make.enumeration('EncodingOption', 'NoEncoding'),
    ]),
  ]);

async function flags(id: string): Promise<Readonly<Record<string, boolean>>> {
  const { children } = (await ask('GetAttributes', [uid(id)])).one('Attributes');
  const named = ['Sensitive', 'AlwaysSensitive', 'Extractable', 'NeverExtractable'];
  const shown = children.filter(({ name }) => named.includes(name ?? ''));
  return Object.fromEntries(shown.map(({ name, int64 }) => [name, int64 === 1n]));
}

const set = (id: string, attribute: TtlvField) =>
  ask('SetAttribute', [uid(id), make.structure('NewAttribute', [attribute])]);

test('what is sensitive leaves wrapped only, from its making or from then on', async () => {
  const under = await create();
  const made = await create(make.boolean('Sensitive', true));
  const became = await create();
  assert.equal((await ask('Get', [uid(became)])).reason, undefined);
  assert.equal((await set(became, make.boolean('Sensitive', true))).reason, undefined);
  for (const [id, always] of [
    [made, true],
    [became, false],
  ] as const) {
    assert.equal((await ask('Get', [uid(id)])).reason, 'Sensitive');
    assert.equal((await ask('Export', [uid(id)])).reason, 'Sensitive');
    assert.equal((await getWrapped(id, under)).reason, undefined);
    const expected = { Sensitive: true, AlwaysSensitive: always, Extractable: true, NeverExtractable: false };
    assert.deepEqual(await flags(id), expected);
    assert.equal((await set(id, make.boolean('Sensitive', false))).reason, 'AttributeReadOnly');
    assert.equal((await set(id, make.boolean('Sensitive', true))).reason, undefined);
  }
});

test('what is not extractable leaves in no form, and goes on working', async () => {
  const under = await create();
  const made = await create(make.boolean('Extractable', false));
  const became = await create();
  const modified = [
    uid(became),
    make.structure('Attribute', [
      make.textString('AttributeName', 'Extractable'),
      make.boolean('AttributeValue', false),
    ]),
  ];
  assert.equal((await ask('ModifyAttribute', modified, '1.4')).reason, undefined);
  for (const [id, never] of [
    [made, true],
    [became, false],
  ] as const) {
    assert.equal((await ask('Get', [uid(id)])).reason, 'NotExtractable');
    assert.equal((await getWrapped(id, under)).reason, 'NotExtractable');
    const expected = {
      Sensitive: false,
      AlwaysSensitive: false,
      Extractable: false,
      NeverExtractable: never,
    };
    assert.deepEqual(await flags(id), expected);
    assert.equal((await set(id, make.boolean('Extractable', true))).reason, 'AttributeReadOnly');
    const ecb = make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'ECB')]);
    const data = make.byteString('Data', new Uint8Array(16));
    assert.equal((await ask('Encrypt', [uid(id), ecb, data])).reason, undefined);
  }
});
