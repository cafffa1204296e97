// The attributes that a client gives a new object, sorted into what the core's key is told and what is kept in the facet.

import type { NewKeyInput } from '../../../core/operations/keys/new-key.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { read, readItem, StructureReader, type TtlvItem } from '../../../wire/ttlv/index.ts';
import {
  type ATTRIBUTES,
  type AttributeName,
  attributeRow,
  isStandard,
  type KeptAttribute,
} from '../attributes/table.ts';
import { fieldOf, type GivenValue } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { withIdentifier } from '../identifier.ts';
import { namespaceOf } from '../names.ts';
import type { KmipRequest } from '../request.ts';
import { type Algorithm, USAGE_UNITS } from '../words.ts';
import { attributeToKeep } from './facet.ts';
import type { Curve } from './forms/curves.ts';
import { FRESH } from './fresh.ts';
import { requireMadeHere } from './made-here.ts';
import type { KeyFormat, ObjectType } from './object.ts';
import { requireKnownPolicy } from './operation-policy.ts';
import { type Policy, policiesFor, withDefaults } from './policies.ts';
import { requireQuantumSafe } from './quantum-safe.ts';
import { plannedRotation, requireRotatable } from './rotation.ts';

export interface ObjectPlan {
  readonly algorithm?: Algorithm | undefined;
  readonly length?: number | undefined;
  readonly usageMask?: number | undefined;
  /** Of the Cryptographic Domain Parameters. */
  readonly curve?: Curve | undefined;
  readonly certificateType?: number | undefined;
  /** In which the object is to be given where no other format is asked for. */
  readonly keyFormat?: KeyFormat | undefined;
  /** What the client says of what the server sets: it must be so. */
  readonly stated: readonly GivenValue[];
  readonly isSensitive: boolean;
  readonly isExtractable: boolean;
  /** What the core is told: the cryptoperiod, the usage limit, names. */
  readonly key: Pick<
    NewKeyInput,
    | 'activateAt'
    | 'processStartAt'
    | 'protectStopAt'
    | 'deactivateAt'
    | 'mayBeOver'
    | 'usageLimit'
    | 'names'
    | 'state'
    | 'exportable'
    | 'wrappedOnly'
    | 'replacement'
  >;
  /** Of the project: what pertains to the object must hold of it. */
  readonly constraints: readonly Policy[];
  /** Every attribute that is kept as it came. */
  readonly kept: FacetDocument;
}

type ByKey = Exclude<
  {
    [Name in KeptAttribute<'key'>]: (typeof ATTRIBUTES)[Name]['init'] extends 'client' ? Name : never;
  }[KeptAttribute<'key'>],
  never
>;

type Told = { -readonly [Name in keyof ObjectPlan]?: ObjectPlan[Name] } & {
  key: { -readonly [Name in keyof ObjectPlan['key']]: ObjectPlan['key'][Name] };
};

const MS = 1_000;

/** How each attribute that the key tells is set, total by type. */
const SETTERS: Readonly<Record<ByKey, (plan: Told, given: GivenValue) => void>> = {
  CertificateType: (plan, { item }) => {
    plan.certificateType = readItem(item, read.enumerationNumber);
  },
  CryptographicAlgorithm: (plan, { item }) => {
    plan.algorithm = readItem(item, read.enumeration('CryptographicAlgorithm'));
  },
  CryptographicLength: (plan, { item }) => {
    plan.length = readItem(item, read.integer);
  },
  CryptographicUsageMask: (plan, { item }) => {
    plan.usageMask = readItem(item, read.integer);
  },
  ActivationDate: (plan, { item }) => {
    plan.key.activateAt = readItem(item, read.dateTime) * MS;
  },
  ProcessStartDate: (plan, { item }) => {
    plan.key.processStartAt = readItem(item, read.dateTime) * MS;
  },
  ProtectStopDate: (plan, { item }) => {
    plan.key.protectStopAt = readItem(item, read.dateTime) * MS;
  },
  DeactivationDate: (plan, { item }) => {
    plan.key.deactivateAt = readItem(item, read.dateTime) * MS;
  },
  UsageLimits: (plan, { item }) => {
    const fields = new StructureReader(item);
    const total = Number(fields.one('UsageLimitsTotal', read.longInteger));
    const unit = fields.one('UsageLimitsUnit', read.enumeration('UsageLimitsUnit'));
    plan.key.usageLimit = { total, unit: USAGE_UNITS[unit] };
  },
  Sensitive: (plan, { item }) => {
    plan.isSensitive = readItem(item, read.boolean);
  },
  Extractable: (plan, { item }) => {
    plan.isExtractable = readItem(item, read.boolean);
  },
};

/**
 * Where the material of an object comes from: it is made, or brought with what it says of itself, or brought as the object that it was
 * elsewhere, of which nothing is left out.
 */
export type Origin = 'made' | 'brought' | 'imported';

/** With the defaults and constraints of the project. Throws what `planOwn` throws. */
export async function planObject(
  request: KmipRequest,
  objectType: ObjectType,
  given: readonly GivenValue[],
  origin: Origin = 'made',
): Promise<ObjectPlan> {
  if (origin === 'made') requireMadeHere(given);
  const { defaults, constraints } = await policiesFor(request);
  const values =
    origin === 'imported' ? given : withDefaults(defaults, objectType, given, origin === 'brought');
  const plan = planOwn(request, values);
  requireRotatable(plan.key.replacement, objectType, origin === 'made');
  return { ...plan, constraints };
}

/**
 * Of what the server makes for itself, or is no object that is used. Throws for attributes that clients do not set, for a second value where
 * there is one only, and for a gap in indices.
 */
export function planOwn(request: KmipRequest, given: readonly GivenValue[]): ObjectPlan {
  const namespace = namespaceOf(request.context);
  const plan: Told = { key: {} };
  const many = new Map<AttributeName, GivenValue[]>();
  const stated: GivenValue[] = [];
  for (const each of given) {
    const value = withIdentifier(request, each);
    const { name, index } = value;
    const { init, stated: maySay, multiple, kept } = attributeRow(name);
    if (init !== 'client' && !maySay) throw refusal('attributeReadOnly');
    requireKnownPolicy(value);
    const before = many.get(name) ?? [];
    if (before.length > 0 && !multiple) throw refusal('singleValuedAtCreation');
    if (index !== undefined && index !== before.length)
      throw refusal('invalidField', 'Attribute Index must count from 0 without a gap.');
    many.set(name, [...before, value]);
    if (maySay) stated.push(value);
    else if (kept === 'key' && isStandard(name)) SETTERS[name as ByKey](plan, value);
    if (name === 'CryptographicDomainParameters') plan.curve = curveOf(value);
  }
  const first = (name: AttributeName) => many.get(name)?.[0]?.item;
  const quantumSafe = first('QuantumSafe');
  if (quantumSafe !== undefined && readItem(quantumSafe, read.boolean))
    requireQuantumSafe(plan.algorithm, plan.length);
  const isSensitive = plan.isSensitive ?? false;
  const isExtractable = plan.isExtractable ?? true;
  return {
    ...plan,
    constraints: [],
    stated,
    keyFormat: keyFormatIn(first('KeyFormatType')),
    isSensitive,
    isExtractable,
    key: {
      ...plan.key,
      state: plan.key.activateAt === undefined ? 'preActive' : undefined,
      mayBeOver: true,
      exportable: isExtractable,
      wrappedOnly: isSensitive,
      replacement: plannedRotation(first('RotateAutomatic'), first('RotateInterval')),
      names: (many.get('Name') ?? []).map(({ item }) => ({ namespace, text: nameValue(item) })),
    },
    kept: Object.assign({}, FRESH, ...[...many].map(([name, values]) => keptAttribute(name, values))),
  };
}

function keyFormatIn(item: TtlvItem | undefined): KeyFormat | undefined {
  return item && readItem(item, read.enumeration('KeyFormatType'));
}

function curveOf({ item }: GivenValue): Curve | undefined {
  return new StructureReader(item).optional('RecommendedCurve', read.enumeration('RecommendedCurve'));
}

function nameValue(item: GivenValue['item']): string {
  return new StructureReader(item).one('NameValue', read.textString);
}

function keptAttribute(name: AttributeName, values: readonly GivenValue[]): FacetDocument {
  const { kept, stated } = attributeRow(name);
  if (kept === 'key' || stated) return {};
  return attributeToKeep(
    name,
    values.map((value, index) => ({ index, field: fieldOf(value) })),
  );
}
