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

test('an import has the dates, the history and what is left of its limit as they are supplied', async () => {
  const id = randomUUID();
  const [made, changed] = [1_600_000_000, 1_650_000_000];
  const guarded = make.structure('UsageLimits', [
    make.longInteger('UsageLimitsTotal', 100n),
    make.longInteger('UsageLimitsCount', 7n),
    make.enumeration('UsageLimitsUnit', 'Object'),
  ]);
  const supplied = [
    make.dateTime('InitialDate', made),
    make.dateTime('LastChangeDate', changed),
    make.boolean('Sensitive', true),
    make.boolean('AlwaysSensitive', false),
    make.boolean('Extractable', false),
    make.boolean('NeverExtractable', false),
    guarded,
  ];
  const told = async () => within((await ask('GetAttributes', [uid(id)])).payload, 'Attributes');
  const dates = async () => {
    const all = await told();
    return (['InitialDate', 'LastChangeDate'] as const).map(name => Number(within(all, name).int64));
  };
  for (const replace of [undefined, REPLACE]) {
    assert.equal((await importKey(id, randomBytes(32), supplied, replace)).reason, undefined);
    kmip.subject.keyhold.clock.advance(5_000);
    assert.deepEqual(await dates(), [made, changed]);
    const all = await told();
    for (const name of ['AlwaysSensitive', 'NeverExtractable'])
      assert.equal(within(all, name).int64, 0n, name);
    assert.equal(within(all, 'UsageLimits', 'UsageLimitsCount').int64, 7n);
  }
  const between = (name: 'InitialDate' | 'LastChangeDate', from: number, until: number) =>
    ask('Locate', [make.structure('Attributes', [make.dateTime(name, from), make.dateTime(name, until)])]);
  const finds = async (...range: Parameters<typeof between>) =>
    (await between(...range)).all('UniqueIdentifier').some(({ text }) => text === id);
  const now = Math.floor(kmip.subject.keyhold.clock.now() / 1000);
  assert.equal(await finds('InitialDate', made, made), true);
  assert.equal(await finds('InitialDate', made - 10, made + 10), true);
  assert.equal(await finds('InitialDate', now - 60, now), false);
  assert.equal(await finds('LastChangeDate', changed, changed), true);
  // Then it lives on here.
  const note = make.structure('NewAttribute', [make.textString('Comment', 'changed')]);
  assert.equal((await ask('AddAttribute', [uid(id), note])).reason, undefined);
  const [, later = 0] = await dates();
  assert.ok(later >= now);
  const over = make.structure('UsageLimits', [
    make.longInteger('UsageLimitsTotal', 1n),
    make.longInteger('UsageLimitsCount', 2n),
    make.enumeration('UsageLimitsUnit', 'Object'),
  ]);
  assert.equal((await importKey(randomUUID(), randomBytes(32), [over])).reason, 'InvalidField');
  // What is still to come was no beginning.
  const ahead = randomUUID();
  await importKey(ahead, randomBytes(32), [make.dateTime('InitialDate', 4_000_000_000)]);
  const { payload } = await ask('GetAttributes', [uid(ahead)]);
  assert.ok(Number(within(payload, 'Attributes', 'InitialDate').int64) <= now + 60);
});

test('a compromise that is brought in is told as it was elsewhere', async () => {
  const id = randomUUID();
  const since = 1_500_000_000;
  const reason = make.structure('RevocationReason', [
    make.enumeration('RevocationReasonCode', 'CACompromise'),
    make.textString('RevocationMessage', 'seen on a bus'),
  ]);
  const compromised = [
    make.enumeration('State', 'Compromised'),
    make.dateTime('CompromiseOccurrenceDate', since),
    reason,
  ];
  assert.equal((await importKey(id, randomBytes(32), compromised)).reason, undefined);
  const { payload } = await ask('GetAttributes', [uid(id)]);
  const told = within(payload, 'Attributes');
  assert.equal(Number(within(told, 'CompromiseOccurrenceDate').int64), since);
  assert.equal(within(told, 'RevocationReason', 'RevocationReasonCode').uint32, 3);
  assert.equal(within(told, 'RevocationReason', 'RevocationMessage').text, 'seen on a bus');
});
