// Activate, Revoke, Destroy, Archive, Recover, Obtain Lease, Get Usage Allocation: steps in the life of an object (KMIP 2.1 section 4.57).

import { readFacet } from '../../../core/facets.ts';
import type { ChangeOperation } from '../../../core/operation.ts';
import { archiveKey, recoverKey } from '../../../core/operations/keys/archive-key.ts';
import { activateKey, deactivateKey } from '../../../core/operations/keys/change-state.ts';
import { compromiseKey } from '../../../core/operations/keys/compromise-key.ts';
import { destroyKey } from '../../../core/operations/keys/destroy-key.ts';
import { allocateUsage } from '../../../core/operations/keys/usage-limit.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { make, read } from '../../../wire/ttlv/index.ts';
import { digestToKeep } from '../attributes/digest.ts';
import { KEY_ATTRIBUTES, LEASE_SECONDS } from '../attributes/of-key.ts';
import { refusal } from '../faults.ts';
import { answered, created, readIdentifier } from '../identifier.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { facetOf } from '../objects/facet.ts';
import { findObject, performIn, requireState, selectorOf } from '../objects/find.ts';
import { ending, endingBy } from '../objects/users.ts';
import { operation } from '../operation.ts';
import { REASONS, type State } from '../words.ts';

/** A template is used by its name, and has no life of its own: `illegalOperation`. */
function ofLiving<Input, Target extends KeyWithVersion, Output, Prepared>(
  operation: ChangeOperation<Input, Target, Output, Prepared>,
): ChangeOperation<Input, Target & { readonly isTemplate: boolean }, Output, Prepared> {
  return {
    ...operation,
    async find(reads, context, input, kms) {
      const target = await operation.find(reads, context, input, kms);
      const { id, algorithm } = target.key;
      const facet = algorithm === 'opaque' ? await readFacet(reads, id, PROTOCOL_NAME) : undefined;
      return { ...target, isTemplate: facet?.template !== undefined };
    },
    allow(target, input, at) {
      if (target.isTemplate) throw refusal('illegalOperation');
      operation.allow?.(target, input, at);
    },
  };
}

const activateObject = ofLiving(activateKey);
const deactivateObject = ofLiving(deactivateKey);
const compromiseObject = ofLiving(compromiseKey);

const NOT_DESTROYED: readonly State[] = ['PreActive', 'Active', 'Deactivated', 'Compromised'];

export const ACTIVATE = operation({
  decode: (payload, request) => ({ id: readIdentifier(payload, request) }),
  async run(request, { id }) {
    await performIn(request, activateObject, ['PreActive'], { key: selectorOf(id) });
    return [answered(request, 'Activate', id)];
  },
});

const MS = 1_000;

/** A Revocation Reason, in the words of the core. */
export const revocationReader = read.structure(fields => {
  const code = fields.one('RevocationReasonCode', read.enumeration('RevocationReasonCode'));
  const message = fields.optional('RevocationMessage', read.textString);
  fields.refuseOthers();
  return { reason: REASONS[code], message };
});

export const REVOKE = operation({
  decode(payload, request) {
    const id = readIdentifier(payload, request);
    const { reason, message } = payload.one('RevocationReason', revocationReader);
    const occurred = payload.optional('CompromiseOccurrenceDate', read.dateTime);
    return { id, reason, message, occurredAt: occurred && occurred * MS };
  },

  async run(request, { id, reason, message, occurredAt }) {
    const key = selectorOf(id);
    if (reason === 'keyCompromise' || reason === 'caCompromise') {
      const input = { key, reason, message, occurredAt };
      const states: readonly State[] = ['PreActive', 'Active', 'Deactivated', 'Destroyed'];
      await endingBy(request, id, ended => performIn(ended, compromiseObject, states, input));
    } else {
      if (occurredAt !== undefined)
        throw refusal('invalidField', 'Compromise Occurrence Date is of a compromise only.');
      const input = { key, reason, message };
      await endingBy(request, id, ended => performIn(ended, deactivateObject, ['Active'], input));
    }
    return [answered(request, 'Revoke', id)];
  },
});

export const DESTRUCTIBLE: readonly State[] = ['PreActive', 'Deactivated', 'Compromised'];

export const DESTROY = operation({
  decode: (payload, request) => ({ id: readIdentifier(payload, request) }),
  async run(request, { id }) {
    const object = await findObject(request, id);
    requireState(object.key, DESTRUCTIBLE, request.kms.clock.now());
    const facet = facetOf(await digestToKeep(request, object));
    const input = { key: selectorOf(id), facet };
    await ending(request, object, ended => performIn(ended, destroyKey, DESTRUCTIBLE, input));
    return [answered(request, 'Destroy', id)];
  },
});

export const ARCHIVE = operation({
  decode: (payload, request) => ({ id: readIdentifier(payload, request) }),
  async run(request, { id }) {
    await performIn(request, archiveKey, NOT_DESTROYED, { key: selectorOf(id) });
    return [answered(request, 'Archive', id)];
  },
});

export const RECOVER = operation({
  decode: (payload, request) => ({ id: readIdentifier(payload, request) }),
  async run(request, { id }) {
    await performIn(request, recoverKey, NOT_DESTROYED, { key: selectorOf(id) });
    return [created(request, 'Recover', id)];
  },
});

export const OBTAIN_LEASE = operation({
  decode: (payload, request) => ({ id: readIdentifier(payload, request) }),
  async run(request, { id }) {
    const object = await findObject(request, id);
    requireState(object.key, ['Active'], request.kms.clock.now());
    return [
      answered(request, 'ObtainLease', id),
      make.interval('LeaseTime', LEASE_SECONDS),
      KEY_ATTRIBUTES.LastChangeDate(object),
    ];
  },
});

export const GET_USAGE_ALLOCATION = operation({
  decode: (payload, request) => ({
    id: readIdentifier(payload, request),
    amount: Number(payload.one('UsageLimitsCount', read.longInteger)),
  }),
  async run(request, { id, amount }) {
    const object = await findObject(request, id);
    if (object.key.usageLimit === undefined) throw refusal('noUsageLimits');
    await performIn(request, allocateUsage, ['Active'], { key: selectorOf(id), amount });
    return [answered(request, 'GetUsageAllocation', id)];
  },
});
