// Every state of an object with every operation that asks for one (KMIP 1.4 sections 3.22 and 11, 2.1 sections 4.57 and 6.1): what is done, and by which
// reason the rest is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make, TAGS, type TtlvField, type ValueName } from '../../../src/wire/ttlv/index.ts';
import { kmipSuite } from './asking.ts';
import { attributes, uid, usages } from './payloads.ts';
import { attribute } from './support.ts';

const kmip = kmipSuite();
const { ask } = kmip;

const VERSIONS = ['1.2', '2.1'] as const;
type Spoken = (typeof VERSIONS)[number];

const STATES = ['PreActive', 'Active', 'Deactivated', 'Compromised', 'Destroyed', 'Archived'] as const;
type State = (typeof STATES)[number];

const ofBeginning = make.dateTime('ActivationDate', 1);
const because = (code: ValueName<'RevocationReasonCode'>): TtlvField =>
  make.structure('RevocationReason', [make.enumeration('RevocationReasonCode', code)]);

async function objectIn(state: State): Promise<TtlvField> {
  const given = [
    make.enumeration('CryptographicAlgorithm', 'AES'),
    make.integer('CryptographicLength', 128),
    usages('Encrypt', 'Decrypt', 'DeriveKey'),
    make.structure('UsageLimits', [
      make.longInteger('UsageLimitsTotal', 10n),
      make.enumeration('UsageLimitsUnit', 'Object'),
    ]),
    ...(state === 'PreActive' ? [] : [ofBeginning]),
  ];
  const made = await ask('Create', [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...given)]);
  const id = uid(made.one('UniqueIdentifier').text);
  if (state === 'Deactivated' || state === 'Destroyed')
    await ask('Revoke', [id, because('CessationOfOperation')]);
  if (state === 'Compromised') await ask('Revoke', [id, because('KeyCompromise')]);
  if (state === 'Destroyed') await ask('Destroy', [id]);
  if (state === 'Archived') await ask('Archive', [id]);
  return id;
}

type Asked = (id: TtlvField, version: Spoken) => readonly (TtlvField | undefined)[];
const alone: Asked = id => [id];

const IN_BLOCKS = make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'ECB')]);
const A_BLOCK = make.byteString('Data', new Uint8Array(16));
const note = make.textString('AttributeValue', 'x');

/** By operation: what it is asked with, and in which states it is done. */
const OPERATIONS: readonly (readonly [ValueName<'Operation'>, Asked, readonly State[]])[] = [
  ['Activate', alone, ['PreActive']],
  ['Revoke', id => [id, because('Superseded')], ['Active']],
  ['Revoke', id => [id, because('KeyCompromise')], ['PreActive', 'Active', 'Deactivated', 'Destroyed']],
  ['Destroy', alone, ['PreActive', 'Deactivated', 'Compromised']],
  ['Archive', alone, ['PreActive', 'Active', 'Deactivated', 'Compromised']],
  ['ObtainLease', alone, ['Active']],
  ['GetUsageAllocation', id => [id, make.longInteger('UsageLimitsCount', 1n)], ['Active']],
  ['Check', alone, ['PreActive', 'Active', 'Deactivated', 'Compromised']],
  ['Get', alone, ['PreActive', 'Active', 'Deactivated', 'Compromised']],
  ['GetAttributes', alone, ['PreActive', 'Active', 'Deactivated', 'Compromised', 'Destroyed']],
  ['GetAttributeList', alone, ['PreActive', 'Active', 'Deactivated', 'Compromised', 'Destroyed']],
  [
    'AddAttribute',
    (id, version) => [
      id,
      version < '2.0'
        ? attribute('x-note', note)
        : make.structure('NewAttribute', [make.textString('Comment', 'x')]),
    ],
    ['PreActive', 'Active', 'Deactivated', 'Compromised'],
  ],
  [
    'DeleteAttribute',
    (id, version) => [
      id,
      version < '2.0'
        ? make.textString('AttributeName', 'x-absent')
        : make.enumeration('AttributeReference', TAGS.Comment[0]),
    ],
    [],
  ],
  ['Encrypt', id => [id, IN_BLOCKS, A_BLOCK], ['Active']],
  ['Decrypt', id => [id, IN_BLOCKS, A_BLOCK], ['Active', 'Deactivated', 'Compromised']],
  ['ReKey', alone, ['PreActive', 'Active', 'Deactivated', 'Compromised']],
];

/** What the matrix does not say: the object is there, but the attribute is not. */
const OTHERWISE: Readonly<Partial<Record<ValueName<'Operation'>, Readonly<Record<Spoken, string>>>>> = {
  DeleteAttribute: { '1.2': 'ItemNotFound', '2.1': 'AttributeNotFound' },
};

function refusalIn(state: State, operation: ValueName<'Operation'>, version: Spoken): string {
  if (state === 'Archived') return 'ObjectArchived';
  if (state === 'Destroyed') {
    if (version === '2.1') return 'ObjectDestroyed';
    return ['Get', 'Encrypt', 'Decrypt'].includes(operation) ? 'ItemNotFound' : 'PermissionDenied';
  }
  return (
    OTHERWISE[operation]?.[version] ?? (version === '2.1' ? 'WrongKeyLifecycleState' : 'PermissionDenied')
  );
}

for (const version of VERSIONS) {
  test(`in ${version}, ${STATES.length} states meet ${OPERATIONS.length} operations as the specification says`, async () => {
    for (const [operation, asked, done] of OPERATIONS) {
      for (const state of STATES) {
        const id = await objectIn(state);
        const { reason } = await ask(operation, asked(id, version), version);
        const expected = done.includes(state) ? undefined : refusalIn(state, operation, version);
        assert.equal(reason, expected, `${operation} of an object that is ${state}`);
      }
    }
  });
}

test('an archived object is found where it is asked for, and is there again once it is recovered', async () => {
  const id = await objectIn('Archived');
  const archival = make.mask('StorageStatusMask', ['ArchivalStorage']);
  const group = attributes(make.copy((await ask('Recover', [id])).one('UniqueIdentifier')));
  assert.equal((await ask('Get', [id])).reason, undefined);
  assert.equal((await ask('Locate', [group])).all('UniqueIdentifier').length, 1);
  assert.equal((await ask('Archive', [id])).reason, undefined);
  assert.equal((await ask('Locate', [group])).all('UniqueIdentifier').length, 0);
  assert.equal((await ask('Locate', [archival, group])).all('UniqueIdentifier').length, 1);
});

test('an object goes through its dates by the clock', async () => {
  const now = Math.floor(kmip.subject.keyhold.kms.clock.now() / 1_000);
  const state = async (...dates: readonly TtlvField[]) => {
    const given = [make.enumeration('CryptographicAlgorithm', 'AES'), usages('Encrypt', 'Decrypt'), ...dates];
    const made = await ask('Create', [make.enumeration('ObjectType', 'SymmetricKey'), attributes(...given)]);
    if (made.reason !== undefined) return made.reason;
    return (await kmip.valuesOf(made.one('UniqueIdentifier').text, 'State'))[0]?.uint32;
  };
  const begins = (at: number) => make.dateTime('ActivationDate', at);
  const ends = (at: number) => make.dateTime('DeactivationDate', at);
  assert.equal(await state(), 1);
  assert.equal(await state(begins(now - 1_000)), 2);
  assert.equal(await state(begins(now)), 2);
  assert.equal(await state(begins(now + 1_000)), 1);
  assert.equal(await state(begins(now + 1_000), ends(now + 2_000)), 1);
  assert.equal(await state(begins(now - 1_000), ends(now + 1_000)), 2);
  assert.equal(await state(begins(now - 1_000), ends(now - 500)), 3);
  for (const wrong of [
    [begins(now + 2_000), ends(now + 1_000)],
    [ends(now - 1_000)],
    [begins(now), make.dateTime('ProcessStartDate', now - 1_000)],
    [begins(now), make.dateTime('ProtectStopDate', now + 2_000), ends(now + 1_000)],
    [{ type: 'DateTime', tag: TAGS.ActivationDate[0], value: (1n << 63n) - 1n } as const],
  ])
    assert.equal(await state(...wrong), 'InvalidField');
});
