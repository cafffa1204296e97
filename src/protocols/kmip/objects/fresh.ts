// The attribute Fresh (KMIP 1.4 section 3.34, 2.1 section 4.21): true until the object is given out for the first time.

import { noteRelease } from '../../../core/operations/keys/note-release.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { make } from '../../../wire/ttlv/index.ts';
import { type KmipRequest, perform } from '../request.ts';
import { attributeToKeep, facetOf } from './facet.ts';
import { isFreshBy } from './facet-marks.ts';
import { selectorOf, visible } from './find.ts';
import type { ManagedObject } from './object.ts';

/** Of an object that nobody has got yet. */
export const FRESH: FacetDocument = freshIs(true);

function freshIs(value: boolean): FacetDocument {
  return attributeToKeep('Fresh', [{ index: 0, field: make.boolean('Fresh', value) }]);
}

export function isFresh(object: Pick<ManagedObject, 'facet'>): boolean {
  return isFreshBy(object.facet);
}

/** To be called with every object that is given out: the first time makes it one that is not fresh. */
export async function noteServed(
  request: KmipRequest,
  object: Pick<ManagedObject, 'facet' | 'key'>,
): Promise<void> {
  if (!isFresh(object)) return;
  const input = { key: selectorOf(object.key.id), facet: facetOf(freshIs(false)) };
  await perform(request, visible(noteRelease), input);
}
