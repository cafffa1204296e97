// The rules of attributes as the specification prints them beside each (KMIP 1.4 section 3, 2.1 section 4): who sets a value first, who changes it, who
// deletes it, and how many there may be.

import { make, type TagName, type TtlvField, type Version } from '../../../src/wire/ttlv/index.ts';
import { named } from './payloads.ts';

export interface Rule {
  readonly since?: Version;
  readonly until?: Version;
  /** Two values of it. */
  readonly values: readonly [TtlvField, TtlvField];
  /** By clients. */
  readonly modified?: true;
  readonly deleted?: true;
  readonly multiple?: true;
}

const date = (
  tag: 'ActivationDate' | 'ProcessStartDate' | 'ProtectStopDate' | 'DeactivationDate',
  at: number,
) => [make.dateTime(tag, at), make.dateTime(tag, at + 60)] as const;
const text = (
  tag: 'Comment' | 'ContactInformation' | 'Description' | 'ObjectGroup' | 'PKCS_12FriendlyName',
) => [make.textString(tag, 'one'), make.textString(tag, 'other')] as const;
const both = (of: (value: string) => TtlvField) => [of('one'), of('other')] as const;
const OF_CLIENT = { modified: true, deleted: true } as const;
const MANY = { ...OF_CLIENT, multiple: true } as const;
const SOON = 4_000_000_000;

/** Set by clients, of an object that is Pre-Active. */
export const CLIENT: Readonly<Partial<Record<TagName, Rule>>> = {
  Name: { ...MANY, values: both(value => named(`rule-${value}`)) },
  CryptographicParameters: {
    ...MANY,
    values: [
      make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'CBC')]),
      make.structure('CryptographicParameters', [make.enumeration('BlockCipherMode', 'GCM')]),
    ],
  },
  UsageLimits: {
    ...OF_CLIENT,
    values: [limits(10n), limits(20n)],
  },
  ActivationDate: { modified: true, values: date('ActivationDate', SOON) },
  ProcessStartDate: { modified: true, values: date('ProcessStartDate', SOON + 100) },
  ProtectStopDate: { modified: true, values: date('ProtectStopDate', SOON + 200) },
  DeactivationDate: { modified: true, values: date('DeactivationDate', SOON + 300) },
  ObjectGroup: { ...MANY, values: text('ObjectGroup') },
  Link: {
    ...MANY,
    values: both(id =>
      make.structure('Link', [
        make.enumeration('LinkType', 'ParentLink'),
        make.textString('LinkedObjectIdentifier', id),
      ]),
    ),
  },
  ApplicationSpecificInformation: {
    ...MANY,
    values: both(data =>
      make.structure('ApplicationSpecificInformation', [
        make.textString('ApplicationNamespace', 'ssl'),
        make.textString('ApplicationData', data),
      ]),
    ),
  },
  ContactInformation: { ...OF_CLIENT, values: text('ContactInformation') },
  OperationPolicyName: {
    until: '1.4',
    values: [
      make.textString('OperationPolicyName', 'default'),
      make.textString('OperationPolicyName', 'default'),
    ],
  },
  AlternativeName: {
    since: '1.2',
    ...MANY,
    values: both(value =>
      make.structure('AlternativeName', [
        make.textString('AlternativeNameValue', value),
        make.enumeration('AlternativeNameType', 'UninterpretedTextString'),
      ]),
    ),
  },
  KeyValueLocation: {
    since: '1.2',
    ...MANY,
    values: both(value =>
      make.structure('KeyValueLocation', [
        make.textString('KeyValueLocationValue', value),
        make.enumeration('KeyValueLocationType', 'URI'),
      ]),
    ),
  },
  PKCS_12FriendlyName: { since: '1.4', ...OF_CLIENT, values: text('PKCS_12FriendlyName') },
  Description: { since: '1.4', ...OF_CLIENT, values: text('Description') },
  Comment: { since: '1.4', ...OF_CLIENT, values: text('Comment') },
  NISTKeyType: {
    since: '2.0',
    multiple: true,
    values: [
      make.enumeration('NISTKeyType', 'SymmetricDataEncryptionKey'),
      make.enumeration('NISTKeyType', 'SymmetricKeyWrappingKey'),
    ],
  },
  ProtectionLevel: {
    since: '2.0',
    ...OF_CLIENT,
    values: [make.enumeration('ProtectionLevel', 'Low'), make.enumeration('ProtectionLevel', 'High')],
  },
  ProtectionPeriod: {
    since: '2.0',
    ...OF_CLIENT,
    values: [make.interval('ProtectionPeriod', 60), make.interval('ProtectionPeriod', 120)],
  },
  QuantumSafe: {
    since: '2.0',
    ...OF_CLIENT,
    values: [make.boolean('QuantumSafe', false), make.boolean('QuantumSafe', true)],
  },
  RotateName: {
    since: '2.1',
    ...OF_CLIENT,
    values: both(value =>
      make.structure('RotateName', [
        make.textString('RotateNameValue', value),
        make.enumeration('RotateNameType', 'UninterpretedTextString'),
      ]),
    ),
  },
  // The specification has these three not modifiable; here clients plan them (docs/protocols/kmip.md, Rotation).
  RotateAutomatic: {
    since: '2.1',
    modified: true,
    values: [make.boolean('RotateAutomatic', false), make.boolean('RotateAutomatic', true)],
  },
  RotateInterval: {
    since: '2.1',
    modified: true,
    values: [make.interval('RotateInterval', 100_000), make.interval('RotateInterval', 200_000)],
  },
  RotateOffset: {
    since: '2.1',
    modified: true,
    values: [make.interval('RotateOffset', 60), make.interval('RotateOffset', 120)],
  },
};

export function limits(total: bigint): TtlvField {
  return make.structure('UsageLimits', [
    make.longInteger('UsageLimitsTotal', total),
    make.enumeration('UsageLimitsUnit', 'Object'),
  ]);
}

const instant = (tag: 'InitialDate' | 'DestroyDate' | 'CompromiseDate' | 'CompromiseOccurrenceDate') =>
  make.dateTime(tag, 1);

/** Set by the server alone, with the first version that has it. */
export const SERVER: readonly (readonly [Version, TtlvField, 'multiple'?])[] = [
  ['1.0', make.textString('UniqueIdentifier', 'mine')],
  ['1.0', make.enumeration('State', 'Active')],
  ['1.0', make.interval('LeaseTime', 1)],
  ['1.0', instant('InitialDate')],
  ['1.0', instant('DestroyDate')],
  ['1.0', instant('CompromiseDate')],
  ['1.0', instant('CompromiseOccurrenceDate')],
  ['1.0', make.dateTime('ArchiveDate', 1)],
  ['1.0', make.dateTime('LastChangeDate', 1)],
  ['1.0', make.structure('RevocationReason', [make.enumeration('RevocationReasonCode', 'Unspecified')])],
  [
    '1.0',
    make.structure('Digest', [
      make.enumeration('HashingAlgorithm', 'SHA_256'),
      make.byteString('DigestValue', new Uint8Array(32)),
    ]),
    'multiple',
  ],
  ['1.2', make.boolean('KeyValuePresent', true)],
  ['1.4', make.boolean('AlwaysSensitive', true)],
  ['1.4', make.boolean('NeverExtractable', true)],
  ['2.0', make.byteString('ShortUniqueIdentifier', new Uint8Array(32))],
  ['2.0', make.integer('ProtectionStorageMask', 1)],
  ['2.1', make.dateTime('RotateDate', 1)],
  ['2.1', make.integer('RotateGeneration', 1)],
  ['2.1', make.boolean('RotateLatest', true)],
];
