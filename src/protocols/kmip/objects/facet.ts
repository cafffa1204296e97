// What this protocol keeps beside a key: the facts of the object, and each attribute as a member of its own, so that two clients that
// change different attributes lose nothing of each other.

import { base64 } from '../../../base/bytes.ts';
import type { RequestContext } from '../../../core/context.ts';
import type { Facet, FacetDocument } from '../../../domain/facet.ts';
import { enumerationValue, type TtlvField, writeTtlv } from '../../../wire/ttlv/index.ts';
import type { AttributeName } from '../attributes/table.ts';
import { PROTOCOL_NAME } from '../names.ts';
import type { ObjectFacts } from './object.ts';

/** A value to be kept, under the attribute's own tag or as an Attribute Value. */
export interface Kept {
  readonly index: number;
  readonly field: TtlvField;
}

/** Which of its client's certificates has made a key, or was the last to change it. */
export function proven(
  done: 'createdByCredential' | 'changedByCredential',
  { actor }: RequestContext,
): FacetDocument {
  return actor.type === 'principal' ? { [done]: actor.credentialId } : {};
}

export function facetOf(document: FacetDocument): Facet {
  return { protocol: PROTOCOL_NAME, document };
}

/** What is undefined is left out, and stays as it was. */
export function factsToKeep(facts: Partial<ObjectFacts>): FacetDocument {
  const { objectType, algorithm, keyFormat, ...plain } = facts;
  return {
    ...plain,
    objectType: objectType && enumerationValue('ObjectType', objectType),
    algorithm: algorithm && enumerationValue('CryptographicAlgorithm', algorithm),
    keyFormat: keyFormat && enumerationValue('KeyFormatType', keyFormat),
  };
}

/** Values in the order of their indices; none takes the attribute away. */
export function attributeToKeep(name: AttributeName, values: readonly Kept[]): FacetDocument {
  const stored = values
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, field }) => ({ i: index, v: base64(writeTtlv(field)) }));
  return { [name]: stored.length === 0 ? null : stored };
}
