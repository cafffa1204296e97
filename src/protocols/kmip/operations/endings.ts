// Deactivate and Obliterate, which 3.0 has added to Revoke and Destroy.

import { deactivateKey } from '../../../core/operations/keys/change-state.ts';
import { destroyKey } from '../../../core/operations/keys/destroy-key.ts';
import { requireUserManaged } from '../../../core/operations/keys/on-key.ts';
import { planCryptoperiod } from '../../../core/operations/keys/plan-cryptoperiod.ts';
import { updateKey } from '../../../core/operations/keys/update-key.ts';
import { make, read, type StructureReader } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { answered, readIdentifier } from '../identifier.ts';
import { attributeToKeep, facetOf } from '../objects/facet.ts';
import { findObject, performIn, selectorOf, visible } from '../objects/find.ts';
import { ending, endingBy } from '../objects/users.ts';
import { operation } from '../operation.ts';
import { perform } from '../request.ts';
import { DESTRUCTIBLE } from './life.ts';

const MS = 1_000;

/** What Revoke has said with reasons of its own before (KMIP 3.0), now or since when it was so. The reason is kept; the core knows none of these. */
export const DEACTIVATE = operation({
  since: '3.0',
  decode(payload, request) {
    const id = readIdentifier(payload, request);
    const reason = payload.optional('DeactivationReason', read.structure(readDeactivationReason));
    const at = payload.optional('DeactivationDate', read.dateTime);
    return { id, reason, at: at === undefined ? undefined : at * MS };
  },

  async run(request, { id, reason, at }) {
    if (at !== undefined && at > request.kms.clock.now())
      throw refusal(
        'invalidField',
        'What is to be deactivated later has a Deactivation Date as its attribute.',
      );
    const kept = reason && attributeToKeep('DeactivationReason', [{ index: 0, field: reason.field }]);
    const input = { key: selectorOf(id), facet: kept && facetOf(kept) };
    await endingBy(request, id, ended =>
      at === undefined
        ? performIn(ended, deactivateKey, ['Active'], { ...input, message: reason?.message })
        : performIn(ended, planCryptoperiod, ['Active'], { ...input, deactivateAt: at }),
    );
    return [answered(request, 'Deactivate', id)];
  },
});

function readDeactivationReason(fields: StructureReader) {
  fields.one('DeactivationReasonCode', read.enumeration('DeactivationReasonCode'));
  const message = fields.optional('DeactivationMessage', read.textString);
  fields.refuseOthers();
  // A copy: the bytes of the message are wiped.
  return { message, field: make.copy(fields.item) };
}

/** What described a destroyed object goes as well; the core keeps the key as a witness, which KMIP shows no more. */
export const OBLITERATE = operation({
  since: '3.0',
  decode: (payload, request) => ({ id: readIdentifier(payload, request) }),
  async run(request, { id }) {
    const object = await findObject(request, id);
    const nothing = Object.fromEntries(Object.keys(object.facet).map(name => [name, null]));
    const facet = facetOf({ ...nothing, obliterated: true });
    const key = selectorOf(id);
    await ending(request, object, async ended => {
      if (object.key.state !== 'destroyed') await performIn(ended, destroyKey, DESTRUCTIBLE, { key, facet });
      else await perform(ended, visible(keepOfDestroyed), { key, facet });
    });
    return [];
  },
});

/** What describes a destroyed object stays as it is, but for this. */
const keepOfDestroyed: typeof updateKey = { ...updateKey, allow: ({ key }) => requireUserManaged(key) };
