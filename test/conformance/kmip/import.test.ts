// Import, over the wire: identities, attributes and states as they were, and what is in the way.

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { hex } from '../../../src/base/bytes.ts';
import { make, type TtlvField, type ValueName, valueName } from '../../../src/wire/ttlv/index.ts';
import { kmipSuite, within } from './asking.ts';
import { named, uid, usages } from './payloads.ts';

const kmip = kmipSuite();
const { ask } = kmip;

const REPLACE = make.boolean('ReplaceExisting', true);

const symmetric = (material: Uint8Array): TtlvField =>
  make.structure('SymmetricKey', [
    make.structure('KeyBlock', [
      make.enumeration('KeyFormatType', 'Raw'),
      make.structure('KeyValue', [make.byteString('KeyMaterial', material)]),
      make.enumeration('CryptographicAlgorithm', 'AES'),
      make.integer('CryptographicLength', 8 * material.length),
    ]),
  ]);

const attributes = (...further: readonly TtlvField[]): TtlvField =>
  make.structure('Attributes', [usages('Encrypt', 'Decrypt'), ...further]);

const importKey = (
  id: string,
  material: Uint8Array,
  further: readonly TtlvField[] = [],
  replace?: TtlvField,
) =>
  ask('Import', [
    uid(id),
    make.enumeration('ObjectType', 'SymmetricKey'),
    replace,
    attributes(...further),
    symmetric(material),
  ]);

const materialOf = async (id: string): Promise<string> =>
  hex(
    within((await ask('Get', [uid(id)])).payload, 'SymmetricKey', 'KeyBlock', 'KeyValue', 'KeyMaterial')
      .content,
  );

const stateOf = async (id: string): Promise<string | undefined> => {
  const state = make.enumeration('AttributeReference', 0x42008d);
  const { payload } = await ask('GetAttributes', [uid(id), state]);
  return valueName('State', within(payload, 'Attributes', 'State').uint32);
};

test('an object comes in under the identifier that it had elsewhere, once', async () => {
  const [id, material] = [randomUUID(), randomBytes(32)];
  const { payload, reason } = await importKey(id, material);
  assert.equal(reason, undefined);
  assert.equal(within(payload, 'UniqueIdentifier').text, id);
  assert.equal(await materialOf(id), material.toString('hex'));
  assert.equal(await stateOf(id), 'PreActive');
  assert.equal((await importKey(id, material)).reason, 'ObjectAlreadyExists');
  assert.equal((await importKey('key-7', material)).reason, 'InvalidField');
  // Whoever else brings it learns that the identifier is taken, and nothing of the object.
  const other = await kmip.subject.connect(await kmip.subject.addClient());
  const theirs = [
    uid(id),
    make.enumeration('ObjectType', 'SymmetricKey'),
    REPLACE,
    attributes(),
    symmetric(material),
  ];
  assert.equal((await ask('Import', theirs, '2.1', other)).reason, 'ObjectAlreadyExists');
  assert.equal(await materialOf(id), material.toString('hex'));
  other.close();
});

test('an object is replaced with all that was said of it, destroyed or not yet', async () => {
  const id = randomUUID();
  const contact = make.textString('ContactInformation', 'the first');
  const name = named('imported');
  await importKey(id, randomBytes(32), [contact, name]);
  for (const isDestroyed of [false, true]) {
    if (isDestroyed) await ask('Destroy', [uid(id)]);
    const material = randomBytes(16);
    const { reason } = await importKey(id, material, [name], REPLACE);
    assert.equal(reason, undefined);
    assert.equal(await materialOf(id), material.toString('hex'));
    const { payload } = await ask('GetAttributes', [uid(id)]);
    const told = within(payload, 'Attributes');
    assert.equal(within(told, 'CryptographicLength').int32, 128);
    assert.equal(
      told.children.some(child => child.name === 'ContactInformation'),
      false,
    );
    assert.equal(within(told, 'Name', 'NameValue').text, 'imported');
  }
  await ask('Activate', [uid(id)]);
  assert.equal((await importKey(id, randomBytes(32), [], REPLACE)).reason, 'WrongKeyLifecycleState');
});

test('an object whose replacement is refused stays as it is', async () => {
  const [id, material] = [randomUUID(), randomBytes(32)];
  await importKey(id, material);
  const length = make.integer('CryptographicLength', 128);
  assert.equal((await importKey(id, randomBytes(32), [length], REPLACE)).reason, 'InvalidField');
  assert.equal(await stateOf(id), 'PreActive');
  assert.equal(await materialOf(id), hex(material));
});

test('an import is in the state that it had, and one that was over elsewhere protects nothing here', async () => {
  const material = randomBytes(32);
  const state = (name: ValueName<'State'>): TtlvField => make.enumeration('State', name);
  const past = make.dateTime('DeactivationDate', 1_000_000);
  for (const [given, expected] of [
    [[state('Active')], 'Active'],
    [[state('Deactivated'), make.dateTime('ActivationDate', 900_000), past], 'Deactivated'],
    [[state('Compromised')], 'Compromised'],
  ] as const) {
    const id = randomUUID();
    assert.equal((await importKey(id, material, given)).reason, undefined);
    kmip.subject.keyhold.clock.advance(2_000);
    assert.equal(await stateOf(id), expected);
  }
  assert.equal((await importKey(randomUUID(), material, [state('Destroyed')])).reason, 'InvalidField');
});

test('what an export says is what an import takes, in both lines of the protocol', async () => {
  for (const version of ['1.4', '2.1'] as const) {
    const id = randomUUID();
    const material = randomBytes(32);
    await importKey(id, material, [make.textString('ContactInformation', 'the vault')]);
    const { payload } = await ask('Export', [uid(id)], version);
    await ask('Destroy', [uid(id)]);
    const [type, , ...others] = payload?.children ?? [];
    assert.ok(type);
    const copies = others.map(item => make.copy(item));
    const again = await ask('Import', [uid(id), make.copy(type), REPLACE, ...copies], version);
    assert.equal(again.reason, undefined);
    assert.equal(await materialOf(id), material.toString('hex'));
    const after = (await ask('GetAttributes', [uid(id)])).payload;
    assert.equal(within(after, 'Attributes', 'ContactInformation').text, 'the vault');
  }
});
