// Create: a symmetric key, or secret data, with material that is made here.

import { createKey } from '../../../core/operations/keys/create-key.ts';
import { make, read } from '../../../wire/ttlv/index.ts';
import { readAttributesOf } from '../attributes/values.ts';
import { created } from '../identifier.ts';
import { facetOf, factsToKeep, proven } from '../objects/facet.ts';
import { factsOfNew, madeHere } from '../objects/new-object.ts';
import { planObject } from '../objects/plan.ts';
import { readStorageMasks } from '../objects/storage.ts';
import { operation } from '../operation.ts';
import { perform } from '../request.ts';

export const CREATE = operation({
  decode(payload, request) {
    const objectType = payload.one('ObjectType', read.enumeration('ObjectType'));
    const given = readAttributesOf(payload, request.version);
    readStorageMasks(payload);
    return { objectType, given };
  },

  async run(request, { objectType, given }) {
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
          ...madeHere(),
          ...factsToKeep(facts),
          ...proven('createdByCredential', request.context),
        }),
      },
      { alreadyExists: 'nameTakenAtCreation' },
    );
    return [make.enumeration('ObjectType', objectType), created(request, 'Create', key.id)];
  },
});
