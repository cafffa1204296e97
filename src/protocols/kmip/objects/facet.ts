// What this protocol keeps beside a key: the facts of the object, and each attribute as a member of its own, so that two clients that
// change different attributes lose nothing of each other.

import { base64 } from '../../../base/bytes.ts';
import type { RequestContext } from '../../../core/context.ts';
import type { Facet, FacetDocument } from '../../../domain/facet.ts';
import { enumerationValue, type TtlvField, writeTtlv } from '../../../wire/ttlv/index.ts';
import type { AttributeName } from '../attributes/table.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { marksOf } from './facet-marks.ts';
import type { ObjectFacts } from './object.ts';

/** A value to be kept, under the attribute's own tag or as an Attribute Value. */
export interface Kept {
  readonly index: number;
  readonly field: TtlvField;
}

type Deed = 'createdByCredential' | 'changedByCredential' | 'destroyedByCredential';

/** By which of its client's certificates a key was made, last changed, or destroyed. */
export function proven(deed: Deed, { actor }: RequestContext): FacetDocument {
  return actor.type === 'principal' ? { [deed]: actor.credentialId } : {};
}

/** Of a key, which is found by it. */
export function facetOf(document: FacetDocument): Facet {
  return { protocol: PROTOCOL_NAME, document, marksOf };
}

/** What is undefined is left out, and stays as it was. */
export function factsToKeep(facts: Partial<ObjectFacts>): FacetDocument {
  const { objectType, algorithm, keyFormat, heldFormat, split, registered, ...plain } = facts;
  return {
    ...plain,
    objectType: objectType && enumerationValue('ObjectType', objectType),
    algorithm: algorithm && enumerationValue('CryptographicAlgorithm', algorithm),
    keyFormat: keyFormat && enumerationValue('KeyFormatType', keyFormat),
    heldFormat: heldFormat && enumerationValue('KeyFormatType', heldFormat),
    split: split && { ...split },
    registered: registered && { ...registered },
  };
}

/** Values in the order of their indices; none takes the attribute away. */
export function attributeToKeep(name: AttributeName, values: readonly Kept[]): FacetDocument {
  const stored = values
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, field }) => ({ i: index, v: base64(writeTtlv(field)) }));
  return { [name]: stored.length === 0 ? null : stored };
}
