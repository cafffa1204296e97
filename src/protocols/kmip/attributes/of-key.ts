// What a managed object's key tells of its attributes: one function for each of them, total by type.

import { createHash } from 'node:crypto';
import { utf8 } from '../../../base/bytes.ts';
import type { Key } from '../../../domain/key.ts';
import { wasCompromised } from '../../../domain/revocation.ts';
import { make, type TtlvField } from '../../../wire/ttlv/index.ts';
import { formatIn } from '../objects/forms/formats.ts';
import type { ManagedObject } from '../objects/object.ts';
import { categoryField } from '../objects/security-category.ts';
import { SOFTWARE } from '../objects/storage.ts';
import { type SuppliedDate, suppliedDate } from '../objects/supplied-dates.ts';
import { reasonCode, secondsOf, stateOfKey, usageUnit } from '../words.ts';
import type { KeptAttribute } from './table.ts';

/** The digest is told by the material, and not by the key: see digest.ts. */
export type KeyAttribute = Exclude<KeptAttribute<'key'>, 'Digest'>;

/** What a client may use a key for without asking again: it will not notice a revocation before. */
export const LEASE_SECONDS = 3_600;

type Instants = Extract<KeyAttribute, `${string}Date`>;

function instant(name: Instants, at: (object: ManagedObject) => number | undefined) {
  return (object: ManagedObject): TtlvField | undefined =>
    make.ifPresent(at(object), ms => make.dateTime(name, secondsOf(ms)));
}

/** Of an object that was brought by Import, as it was supplied. */
function toldOrSupplied(name: SuppliedDate, at: (key: Key) => number) {
  return (object: ManagedObject): TtlvField =>
    make.dateTime(name, suppliedDate(object, name) ?? secondsOf(at(object.key)));
}

/** The key's state is that of the clock. Undefined where the object does not have the attribute. */
export const KEY_ATTRIBUTES: Readonly<
  Record<KeyAttribute, (object: ManagedObject) => TtlvField | undefined>
> = {
  UniqueIdentifier: ({ key }) => make.textString('UniqueIdentifier', key.id),
  ObjectType: ({ facts }) => make.enumeration('ObjectType', facts.objectType),
  CertificateType: ({ facts }) =>
    make.ifPresent(facts.certificateType, type => make.enumeration('CertificateType', type)),
  CryptographicAlgorithm: ({ facts }) =>
    make.ifPresent(facts.algorithm, algorithm => make.enumeration('CryptographicAlgorithm', algorithm)),
  CryptographicLength: ({ facts }) =>
    make.ifPresent(facts.length, length => make.integer('CryptographicLength', length)),
  CryptographicUsageMask: ({ facts }) =>
    make.ifPresent(facts.usageMask, mask => make.integer('CryptographicUsageMask', mask)),
  LeaseTime: () => make.interval('LeaseTime', LEASE_SECONDS),
  UsageLimits: ({ key }) =>
    make.ifPresent(key.usageLimit, ({ total, left, unit }) =>
      make.structure('UsageLimits', [
        make.longInteger('UsageLimitsTotal', BigInt(total)),
        make.longInteger('UsageLimitsCount', BigInt(left)),
        make.enumeration('UsageLimitsUnit', usageUnit(unit)),
      ]),
    ),
  State: ({ key }) => make.enumeration('State', stateOfKey(key)),
  // Those of the server itself are not shown.
  ObjectClass: () => make.enumeration('ObjectClass', 'User'),
  InitialDate: toldOrSupplied('InitialDate', ({ createdAt }) => createdAt),
  ActivationDate: instant('ActivationDate', ({ key }) =>
    key.activateAt === undefined && key.state === 'active' ? key.createdAt : key.activateAt,
  ),
  ProcessStartDate: instant('ProcessStartDate', ({ key }) => key.processStartAt),
  ProtectStopDate: instant('ProtectStopDate', ({ key }) => key.protectStopAt),
  DeactivationDate: instant('DeactivationDate', ({ key }) => key.deactivateAt),
  DestroyDate: instant('DestroyDate', ({ key, version }) =>
    key.state === 'destroyed' ? (version?.destroyedAt ?? key.updatedAt) : undefined,
  ),
  CompromiseOccurrenceDate: instant('CompromiseOccurrenceDate', ({ key }) => key.revocation?.occurredAt),
  CompromiseDate: instant('CompromiseDate', ({ key }) =>
    wasCompromised(key) ? key.revocation?.at : undefined,
  ),
  RevocationReason: ({ key }) =>
    make.ifPresent(key.revocation, ({ reason, message }) =>
      make.structure('RevocationReason', [
        make.enumeration('RevocationReasonCode', reasonCode(reason)),
        message === '' ? undefined : make.textString('RevocationMessage', message),
      ]),
    ),
  ArchiveDate: instant('ArchiveDate', ({ key }) => key.archivedAt),
  LastChangeDate: toldOrSupplied('LastChangeDate', ({ updatedAt }) => updatedAt),
  KeyValuePresent: ({ facts }) =>
    facts.keyFormat === undefined ? undefined : make.boolean('KeyValuePresent', facts.isElsewhere !== true),
  Sensitive: object => make.boolean('Sensitive', isSensitive(object)),
  AlwaysSensitive: object =>
    make.boolean('AlwaysSensitive', isSensitive(object) && object.facts.becameSensitive !== true),
  Extractable: object => make.boolean('Extractable', isExtractable(object)),
  NeverExtractable: object =>
    make.boolean('NeverExtractable', !isExtractable(object) && object.facts.becameUnextractable !== true),
  ShortUniqueIdentifier: ({ key }) =>
    make.byteString('ShortUniqueIdentifier', createHash('sha256').update(utf8(key.id)).digest()),
  // An attribute from 2.0 on.
  KeyFormatType: ({ facts }) =>
    make.ifPresent(facts.keyFormat, format => make.enumeration('KeyFormatType', formatIn('2.0', format))),
  ProtectionStorageMask: () => make.integer('ProtectionStorageMask', SOFTWARE),
  NISTSecurityCategory: ({ facts }) => categoryField(facts),
  OpaqueDataType: ({ facts }) =>
    make.ifPresent(facts.opaqueDataType, type => make.enumeration('OpaqueDataType', type)),
};

export function isSensitive({ facts, key }: Pick<ManagedObject, 'facts' | 'key'>): boolean {
  return facts.isSensitive || (key.wrappedOnly ?? false);
}

export function isExtractable({ facts, key }: Pick<ManagedObject, 'facts' | 'key'>): boolean {
  return facts.isExtractable !== false && (key.exportable || key.publicOnly);
}

/** For comparisons. */
