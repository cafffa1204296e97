// A new object with material that is made here.

import { createKey } from '../../../core/operations/keys/create-key.ts';
import type { GivenValue } from '../attributes/values.ts';
import { type KmipRequest, perform } from '../request.ts';
import { facetOf, factsToKeep, proven } from './facet.ts';
import { MADE_HERE } from './made-here.ts';
import { factsOfNew } from './new-object.ts';
import type { ObjectType } from './object.ts';
import { planObject } from './plan.ts';

/** The Unique Identifier of the new object. Throws what `planObject`, `factsOfNew` and the core throw. */
export async function makeObject(
  request: KmipRequest,
  objectType: ObjectType,
  given: readonly GivenValue[],
): Promise<string> {
  const plan = await planObject(request, objectType, given);
  const { facts, kind, lengthBytes } = factsOfNew(objectType, plan);
  const { key } = await perform(
    request,
    createKey,
    {
      ...plan.key,
      ...kind,
      lengthBytes,
      location: request.location,
      facet: facetOf({
        ...plan.kept,
        ...MADE_HERE,
        ...factsToKeep(facts),
        ...proven('createdByCredential', request.context),
      }),
    },
    { alreadyExists: 'nameTakenAtCreation' },
  );
  return key.id;
}
