// What a project lays down for the objects that are made in it: defaults for what a client leaves out, and constraints on what comes of it
// (KMIP 2.1 sections 6.1.22, 6.1.52, 6.1.53, 7.6 and 7.22). Both are kept beside the project as they came.

import { base64, decodeBase64 } from '../../../base/bytes.ts';
import { readFacet } from '../../../core/facets.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import {
  make,
  read,
  readTtlv,
  StructureReader,
  type TtlvField,
  type TtlvItem,
  type Version,
  viewOf,
  writeTtlv,
} from '../../../wire/ttlv/index.ts';
import { type AttributeName, attributeRow } from '../attributes/table.ts';
import { type GivenValue, readTagged, rewritten } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { PROTOCOL_NAME } from '../names.ts';
import type { KmipRequest } from '../request.ts';
import type { ObjectType } from './object.ts';

export interface Policy {
  /** Undefined: objects of every type. */
  readonly objectTypes: ReadonlySet<ObjectType> | undefined;
  /** Undefined: objects of whatever groups, and of none. */
  readonly groups: ReadonlySet<string> | undefined;
  readonly attributes: readonly GivenValue[];
}

export type PolicyKind = 'DefaultsInformation' | 'Constraints';

/** What each of them is called where they are kept. */
const MEMBERS = { DefaultsInformation: 'defaults', Constraints: 'constraints' } as const satisfies Record<
  PolicyKind,
  string
>;

/** The version in which they are set; what is kept is read as such. */
const VERSION = '2.1';

/** Of one object there is one of each of these. */
const OF_ONE: ReadonlySet<AttributeName> = new Set<AttributeName>(['Name', 'Link', 'Fresh']);

/** No constraint holds what is of an instant, or counts down. */
const OF_LIFE: ReadonlySet<AttributeName> = new Set<AttributeName>([
  'ActivationDate',
  'ProcessStartDate',
  'ProtectStopDate',
  'DeactivationDate',
  'UsageLimits',
  'OriginalCreationDate',
]);

/** Throws for what does not fit the structure, and for attributes that are not laid down. */
export function readPolicies(item: TtlvItem): readonly Policy[] {
  const fields = new StructureReader(item);
  const policies =
    item.name === 'Constraints'
      ? fields.many('Constraint', read.structure(readConstraint))
      : fields.many('ObjectDefaults', read.structure(readDefaults));
  fields.refuseOthers();
  return policies;
}

function readDefaults(fields: StructureReader): Policy {
  const type = fields.optional('ObjectType', read.enumeration('ObjectType'));
  const types = readTypes(fields);
  if ((type === undefined) === (types === undefined))
    throw refusal('invalidField', 'Object Defaults are for an Object Type, or for Object Types.');
  const attributes = readTagged(fields.one('Attributes', read.item), VERSION);
  for (const { name } of attributes) {
    if (OF_ONE.has(name)) throw refusal('invalidField', 'This attribute is of one object, and no default.');
    if (attributes.filter(other => other.name === name).length > 1 && !attributeRow(name).multiple)
      throw refusal('singleValuedAtCreation');
  }
  return ended(fields, {
    objectTypes: types ?? (type && new Set([type])),
    groups: readGroups(fields),
    attributes: settable(attributes),
  });
}

function readConstraint(fields: StructureReader): Policy {
  const objectTypes = readTypes(fields);
  const groups = readGroups(fields);
  const given = fields.optional('Attributes', read.item);
  const attributes = given === undefined ? [] : readTagged(given, VERSION);
  if (attributes.some(({ name }) => OF_LIFE.has(name)))
    throw refusal('invalidField', 'Dates and usage limits are not constrained.');
  return ended(fields, { objectTypes, groups, attributes: settable(attributes) });
}

function readTypes(fields: StructureReader): ReadonlySet<ObjectType> | undefined {
  return fields.optional(
    'ObjectTypes',
    read.structure(inner => {
      const types = inner.many('ObjectType', read.enumeration('ObjectType'));
      return ended(inner, new Set(types));
    }),
  );
}

/** Undefined where no groups are named. */
export function readGroups(fields: StructureReader): ReadonlySet<string> | undefined {
  return fields.optional(
    'ObjectGroups',
    read.structure(inner => ended(inner, new Set(inner.many('ObjectGroup', read.textString)))),
  );
}

function ended<Value>(fields: StructureReader, value: Value): Value {
  fields.refuseOthers();
  return value;
}

/** Throws `attributeReadOnly` for what the server alone says of an object. */
function settable(attributes: readonly GivenValue[]): readonly GivenValue[] {
  if (attributes.some(({ name }) => attributeRow(name).init !== 'client')) throw refusal('attributeReadOnly');
  return attributes;
}

/** As it is kept beside the project; undefined takes it away. */
export function policiesToKeep(kind: PolicyKind, item: TtlvItem | undefined): FacetDocument {
  return { [MEMBERS[kind]]: item === undefined ? null : base64(writeTtlv(make.copy(item))) };
}

/** As it was set; undefined where nothing is. */
function keptPolicies(document: FacetDocument | undefined, kind: PolicyKind): TtlvItem | undefined {
  const text = document?.[MEMBERS[kind]];
  const bytes = typeof text === 'string' ? decodeBase64(text) : undefined;
  return bytes && readTtlv(bytes);
}

/** In the form of an answer; undefined where nothing is set. `groups`: those alone that are for one of these, or for all. */
export function writePolicies(
  document: FacetDocument | undefined,
  kind: PolicyKind,
  version: Version,
  groups?: ReadonlySet<string>,
): TtlvField | undefined {
  const item = keptPolicies(document, kind);
  if (item === undefined) return undefined;
  const isAsked = (policy: TtlvItem): boolean => {
    const own = readGroups(new StructureReader(policy));
    return groups === undefined || own === undefined || !own.isDisjointFrom(groups);
  };
  const asked = item.children.filter(isAsked).map(policy => rewritten(policy, VERSION, version));
  return make.structure(kind, asked);
}

/** In the form in which they are read and kept. */
export function givenPolicies(item: TtlvItem, version: Version): TtlvItem {
  return viewOf(rewritten(item, version, VERSION));
}

export interface ProjectPolicies {
  readonly defaults: readonly Policy[];
  readonly constraints: readonly Policy[];
}

/** What is kept beside the project of the caller. He is bound by it, whether or not he may read the project. */
export async function policyDocument({ kms, context }: KmipRequest): Promise<FacetDocument | undefined> {
  const { projectId } = context;
  return projectId === undefined ? undefined : readFacet(kms.store, projectId, PROTOCOL_NAME);
}

export async function policiesFor(request: KmipRequest): Promise<ProjectPolicies> {
  const document = await policyDocument(request);
  const kept = (kind: PolicyKind): readonly Policy[] => {
    const item = keptPolicies(document, kind);
    return item === undefined ? [] : readPolicies(item);
  };
  return { defaults: kept('DefaultsInformation'), constraints: kept('Constraints') };
}

export function pertains(
  { objectTypes, groups }: Policy,
  objectType: ObjectType,
  groupsOfObject: readonly string[],
): boolean {
  if (objectTypes !== undefined && !objectTypes.has(objectType)) return false;
  return groups === undefined || groupsOfObject.some(group => groups.has(group));
}

/** How big a key is, which two attributes say. */
const SIZES: readonly AttributeName[] = ['CryptographicLength', 'CryptographicDomainParameters'];

/** What the material of an object that is brought says better. */
const OF_MATERIAL: readonly AttributeName[] = ['CryptographicAlgorithm', 'CertificateType', ...SIZES];

/**
 * What is given, with the defaults for what is not. The first default of an attribute counts. None is taken of a size where the request has
 * one, or another algorithm than that which the size is for.
 */
export function withDefaults(
  defaults: readonly Policy[],
  objectType: ObjectType,
  given: readonly GivenValue[],
  isBrought: boolean,
): readonly GivenValue[] {
  const groups = given.filter(({ name }) => name === 'ObjectGroup').map(({ item }) => item.text);
  const values = [...given];
  for (const policy of defaults.filter(each => pertains(each, objectType, groups))) {
    const named = new Set(values.map(({ name }) => name));
    const hasSize = SIZES.some(name => named.has(name)) || hasOtherAlgorithm(values, policy);
    const isTaken = ({ name }: GivenValue): boolean =>
      named.has(name) || (hasSize && SIZES.includes(name)) || (isBrought && OF_MATERIAL.includes(name));
    values.push(...policy.attributes.filter(value => !isTaken(value)));
  }
  return values;
}

function hasOtherAlgorithm(given: readonly GivenValue[], { attributes }: Policy): boolean {
  const [own, theirs] = [given, attributes].map(
    values => values.find(({ name }) => name === 'CryptographicAlgorithm')?.item.uint32,
  );
  return own !== undefined && theirs !== undefined && own !== theirs;
}
