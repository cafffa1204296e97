// What the facet of an object must have in its text to be one that Locate looks for: so that the store passes over the others, which cost more to
// read than to search. Whether it is one is said by match.ts; here nothing that is one may be passed over.

import { base64 } from '../../../base/bytes.ts';
import { canonicalJson } from '../../../base/canonical-json.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { writeTtlv } from '../../../wire/ttlv/index.ts';
import type { ObjectFacts } from '../objects/object.ts';
import type { Sought } from './match.ts';
import { type AttributeName, attributeRow, isStandard } from './table.ts';
import { fieldOf, type GivenValue } from './values.ts';

/** Facets without it are of keys that another protocol has made: what these are is not said there. */
export const OF_OBJECTS = mark('objectType');

/** Attributes that are facts of an object, and stand in its facet as numbers. */
const FACTS: Readonly<Partial<Record<AttributeName, keyof ObjectFacts>>> = {
  ObjectType: 'objectType',
  CryptographicAlgorithm: 'algorithm',
  CryptographicLength: 'length',
  CertificateType: 'certificateType',
  OpaqueDataType: 'opaqueDataType',
};

/** An object that does not say when it was created was created when it was made here. */
const SAID_OTHERWISE: ReadonlySet<AttributeName> = new Set<AttributeName>([
  'Name',
  'Link',
  'OriginalCreationDate',
]);

/** Texts that all are in the facet of every object that is sought. */
export function marksOf(sought: Sought): readonly string[] {
  const marks = [...sought].flatMap(([name, wanted]) => marksOfAttribute(name, wanted));
  return [...new Set(marks)].slice(0, LIMITS.facetTextsMax);
}

function marksOfAttribute(name: AttributeName, wanted: readonly GivenValue[]): readonly string[] {
  const fact = FACTS[name];
  // A number may go on: what is found by its beginning is looked at.
  if (fact !== undefined)
    return wanted.map(({ item }) => `${mark(fact)}${item.type === 'Integer' ? item.int32 : item.uint32}`);
  const isKept = isStandard(name) ? attributeRow(name).kept === 'facet' : true;
  if (!isKept || SAID_OTHERWISE.has(name)) return [];
  const isRange = wanted.length > 1 && wanted.every(({ item }) => item.type === 'DateTime');
  const values = isRange ? [] : wanted.filter(({ item }) => item.type !== 'Structure');
  return [mark(name), ...values.map(value => base64(writeTtlv(fieldOf(value))))];
}

/** A member of a facet, as canonical JSON writes its beginning. */
function mark(name: string): string {
  return `${canonicalJson(name)}:`;
}
