// What the server alone says of material that it makes: when, and by which generator.

import type { FacetDocument } from '../../../domain/facet.ts';
import { make, read, StructureReader, type TtlvItem, viewOf } from '../../../wire/ttlv/index.ts';
import { type GivenValue, isLike } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { GENERATOR } from '../generator.ts';
import { attributeToKeep } from './facet.ts';

/** Which generator the material came from. */
export const MADE_HERE: FacetDocument = attributeToKeep('RandomNumberGenerator', [
  { index: 0, field: make.structure('RandomNumberGenerator', GENERATOR) },
]);

/** What is made here is made now, by that generator. Throws `attributeReadOnly`, and `invalidAttributeValue` where another one is asked for. */
export function requireMadeHere(given: readonly GivenValue[]): void {
  for (const { name, item } of given) {
    if (name === 'OriginalCreationDate') throw refusal('attributeReadOnly');
    if (name === 'RandomNumberGenerator' && !isGenerator(item))
      throw refusal('invalidAttributeValue', 'Keys are made by another generator here, which Query tells.');
  }
}

/** Whoever leaves the generator unspecified takes any. */
function isGenerator(asked: TtlvItem): boolean {
  const algorithm = new StructureReader(asked).one('RNGAlgorithm', read.enumeration('RNGAlgorithm'));
  return (
    algorithm === 'Unspecified' || isLike(viewOf(make.structure('RandomNumberGenerator', GENERATOR)), asked)
  );
}
