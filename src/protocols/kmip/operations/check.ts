// Check: whether an object may be used in a way, for a client that uses it outside (KMIP 1.4 section 4.10, 2.1 section 6.1.7). What may not be done is a failure
// after which nothing of the batch is done; which wish it was that was denied is told by the reason, as in the published cases.

import { read } from '../../../wire/ttlv/index.ts';
import { LEASE_SECONDS } from '../attributes/of-key.ts';
import { type FaultName, refusal } from '../faults.ts';
import { answered, readIdentifier } from '../identifier.ts';
import { findObject } from '../objects/find.ts';
import type { ManagedObject } from '../objects/object.ts';
import { operation } from '../operation.ts';

interface Wishes {
  readonly count: bigint | undefined;
  readonly mask: number | undefined;
  readonly leaseSeconds: number | undefined;
}

export const CHECK = operation({
  decode: (payload, request) => ({
    id: readIdentifier(payload, request),
    count: payload.optional('UsageLimitsCount', read.longInteger),
    mask: payload.optional('CryptographicUsageMask', read.integer),
    leaseSeconds: payload.optional('LeaseTime', read.interval),
  }),

  async run(request, { id, ...wishes }) {
    const { memory } = request;
    try {
      const object = await findObject(request, id);
      if (object.facts.objectType === 'Template') throw refusal('notChecked');
      if (object.key.state === 'destroyed') throw refusal('alreadyDestroyed');
      const denied = deniedBy(object, wishes);
      memory.isOver = denied !== undefined;
      if (denied !== undefined) throw refusal(denied);
      return [answered(request, 'Check', id)];
    } catch (thrown) {
      memory.placeholder = undefined;
      throw thrown;
    }
  },
});

/** Undefined where all that is wished for may be done. */
function deniedBy(
  { key, facts }: ManagedObject,
  { count, mask, leaseSeconds }: Wishes,
): FaultName | undefined {
  if (mask !== undefined && (mask & ~(facts.usageMask ?? 0)) !== 0) return 'incompatibleUsageMask';
  const left = key.usageLimit?.left;
  if (count !== undefined && left !== undefined && BigInt(left) < count) return 'usageLimitExceeded';
  return leaseSeconds !== undefined && leaseSeconds > LEASE_SECONDS ? 'leaseTooLong' : undefined;
}
