// Re-key: a new symmetric key in the place of an old one (KMIP 1.4 section 4.4, 2.1 section 6.1.46).

import { replaceKey } from '../../../core/operations/keys/replace-key.ts';
import { type GivenValue, readAttributesOf } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { created, readIdentifier } from '../identifier.ts';
import { facetOf, factsToKeep, proven } from '../objects/facet.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { MADE_HERE } from '../objects/made-here.ts';
import { factsOfNew } from '../objects/new-object.ts';
import type { ManagedObject } from '../objects/object.ts';
import { facetOfReplaced, namesOf, planReplacement, readOffset } from '../objects/replacement.ts';
import { readStorageMasks } from '../objects/storage.ts';
import { requirePresent } from '../objects/write-object.ts';
import { operation } from '../operation.ts';
import { type KmipRequest, perform } from '../request.ts';

export const RE_KEY = operation({
  decode(payload, request) {
    const id = readIdentifier(payload, request);
    const offset = readOffset(payload);
    const given = readAttributesOf(payload, request.version);
    readStorageMasks(payload);
    return { id, offset, given };
  },

  async run(request, { id, offset, given }) {
    const object = await findObject(request, id);
    return [created(request, 'ReKey', await replaceSymmetricKey(request, object, given, offset))];
  },
});

/** The id of the key that takes the place. */
export async function replaceSymmetricKey(
  request: KmipRequest,
  object: ManagedObject,
  given: readonly GivenValue[],
  offset: number | undefined,
): Promise<string> {
  const { key, facts } = object;
  if (facts.objectType !== 'SymmetricKey') throw refusal('unfitObject');
  if (key.state === 'destroyed') throw refusal('alreadyDestroyed');
  requirePresent(object);
  const { plan, kept } = await planReplacement(request, object, given, offset);
  if (plan.algorithm !== facts.algorithm)
    throw refusal('invalidField', 'A replacement has the Cryptographic Algorithm of the old key.');
  const made = factsOfNew('SymmetricKey', plan);
  const { context } = request;
  const { by } = await perform(
    request,
    visible(replaceKey),
    {
      ...plan.key,
      ...made.kind,
      lengthBytes: made.lengthBytes,
      key: selectorOf(key.id),
      revision: key.revision,
      namesOf: namesOf(request, object),
      facet: facetOf({
        ...kept,
        ...MADE_HERE,
        ...factsToKeep({ ...made.facts, keyFormat: facts.keyFormat }),
        ...proven('createdByCredential', context),
      }),
      facetOfReplaced: facetOfReplaced(request, object),
    },
    { alreadyExists: 'nameTakenAtCreation' },
  );
  return by.key.id;
}
