// Objects that hold no key: users, groups, and the passwords that users are given (KMIP 3.0). Each is an opaque key of the core with a facet, like
// a template; what a user may do is said by the principal behind it.

import type { Bytes } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { importKey } from '../../../core/operations/keys/import-key.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { type KmipRequest, perform } from '../request.ts';
import { requireAllowed } from './constraints.ts';
import { facetOf, factsToKeep, proven } from './facet.ts';
import type { ObjectFacts, ObjectType } from './object.ts';
import type { ObjectPlan } from './plan.ts';

/** A key of the core has material: in the place of none stands a byte. */
const NONE: Bytes = Uint8Array.of(0);

interface KeptParts {
  readonly objectType: ObjectType;
  readonly material?: Bytes | undefined;
  /** What is known of it besides. */
  readonly further?: FacetDocument | undefined;
}

/** Stores it, and gives back its id. Throws `nameTakenAtCreation` and `constraintViolation`. */
export async function keepObject(
  request: KmipRequest,
  { objectType, material = NONE, further = {} }: KeptParts,
  plan: ObjectPlan,
): Promise<string> {
  const facts: ObjectFacts = { objectType };
  requireAllowed(plan, facts);
  const { context, location, secrets } = request;
  const { names, state, activateAt, deactivateAt } = plan.key;
  const { Fresh: _, ...kept } = plan.kept;
  const { key } = await perform(
    request,
    importKey,
    {
      names,
      state,
      activateAt,
      deactivateAt,
      exportable: true,
      algorithm: 'opaque',
      material: { by: 'plain', material: secrets.use(SecretBytes.copyOf(material)) },
      location,
      facet: facetOf({
        ...kept,
        ...further,
        ...factsToKeep(facts),
        ...proven('createdByCredential', context),
      }),
    },
    { alreadyExists: 'nameTakenAtCreation' },
  );
  return key.id;
}
