// Whether an object is within the constraints of its project (KMIP 2.1 section 7.6), when it is made and when it is changed: all that pertain to it must hold. Of an attribute
// that a constraint names, the object must have a value, and none but those that are named; of a usage mask, no other bits.

import type { FacetDocument } from '../../../domain/facet.ts';
import { make, read, readItem, type TtlvField, type TtlvItem, viewOf } from '../../../wire/ttlv/index.ts';
import { heldValues } from '../attributes/held.ts';
import { type AttributeName, textOfAttribute } from '../attributes/table.ts';
import { type GivenValue, isLike } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { formatIn } from './forms/formats.ts';
import { instancesOf, type ManagedObject, type ObjectFacts } from './object.ts';
import type { ObjectPlan } from './plan.ts';
import { type Policy, pertains } from './policies.ts';
import { categoryField } from './security-category.ts';

type Teller = (facts: ObjectFacts) => TtlvField | undefined;

/** What an object is, and the facet does not keep as an attribute. */
const TOLD: Readonly<Partial<Record<AttributeName, Teller>>> = {
  CryptographicAlgorithm: ({ algorithm }) =>
    make.ifPresent(algorithm, name => make.enumeration('CryptographicAlgorithm', name)),
  CryptographicLength: ({ length }) =>
    make.ifPresent(length, bits => make.integer('CryptographicLength', bits)),
  CryptographicUsageMask: ({ usageMask }) => make.integer('CryptographicUsageMask', usageMask ?? 0),
  CertificateType: ({ certificateType }) =>
    make.ifPresent(certificateType, type => make.enumeration('CertificateType', type)),
  Sensitive: ({ isSensitive }) => make.boolean('Sensitive', isSensitive ?? false),
  Extractable: ({ isExtractable }) => make.boolean('Extractable', isExtractable ?? true),
  ObjectType: ({ objectType }) => make.enumeration('ObjectType', objectType),
  KeyFormatType: ({ keyFormat }) =>
    make.ifPresent(keyFormat, format => make.enumeration('KeyFormatType', formatIn('2.0', format))),
  NISTSecurityCategory: categoryField,
};

/**
 * `told`: attributes that the object has besides those of the plan. Throws `constraintViolation`, and `invalidAttributeValue` for what a client
 * says of the object and is not so.
 */
export function requireAllowed(
  { constraints, kept, stated }: ObjectPlan,
  facts: ObjectFacts,
  told: FacetDocument = {},
): void {
  const facet = { ...told, ...kept };
  const groups = instancesOf({ facet }, 'ObjectGroup').map(({ item }) => item.text);
  const pertinent = constraints.filter(each => pertains(each, facts.objectType, groups));
  const held = (name: AttributeName): readonly TtlvItem[] => {
    const field = TOLD[name]?.(facts);
    if (field !== undefined) return [viewOf(field)];
    return instancesOf({ facet }, name).map(({ item }) => item);
  };
  for (const { name, item } of stated) {
    if (!held(name).some(value => isLike(value, item)))
      throw refusal('invalidAttributeValue', `The ${textOfAttribute(name)} of the object is another one.`);
  }
  requireMet(pertinent, held);
}

/**
 * Whether an object is still within them once one of its attributes has changed. Of a constraint that is newer than the object, that attribute
 * alone is asked; an object that comes into a group is asked all that holds there. Throws `constraintViolation`.
 */
export function requireStillAllowed(
  constraints: readonly Policy[],
  object: ManagedObject,
  changed: AttributeName,
): void {
  const groups = instancesOf(object, 'ObjectGroup').map(({ item }) => item.text);
  const pertinent = constraints.filter(each => pertains(each, object.facts.objectType, groups));
  const asked = pertinent.map(policy => {
    const isAll = changed === 'ObjectGroup' && policy.groups !== undefined;
    return isAll
      ? policy
      : { ...policy, attributes: policy.attributes.filter(({ name }) => name === changed) };
  });
  requireMet(asked, name => heldValues(object, name).map(({ field }) => viewOf(field)));
}

function requireMet(policies: readonly Policy[], held: (name: AttributeName) => readonly TtlvItem[]): void {
  const isMet = ({ name }: GivenValue, _at: number, all: readonly GivenValue[]): boolean => {
    const allowed = all.filter(other => other.name === name);
    const values = held(name);
    return (
      values.length > 0 && values.every(value => allowed.some(({ item }) => isAllowed(name, value, item)))
    );
  };
  if (!policies.every(({ attributes }) => attributes.every(isMet))) throw refusal('constraintViolation');
}

function isAllowed(name: AttributeName, held: TtlvItem, allowed: TtlvItem): boolean {
  if (name !== 'CryptographicUsageMask') return isLike(held, allowed);
  const [mine, theirs] = [readItem(held, read.integer), readItem(allowed, read.integer)];
  return (mine & ~theirs) === 0;
}
