// Check: whether an object may be used in a way, for a client that uses it outside (KMIP 2.1 section 6.1.7).

import { make, read, type TtlvField } from '../../../wire/ttlv/index.ts';
import { LEASE_SECONDS } from '../attributes/of-key.ts';
import { refusal } from '../faults.ts';
import { answered, readIdentifier } from '../identifier.ts';
import { findObject } from '../objects/find.ts';
import { operation } from '../operation.ts';

export const CHECK = operation({
  decode: (payload, request) => ({
    id: readIdentifier(payload, request),
    count: payload.optional('UsageLimitsCount', read.longInteger),
    mask: payload.optional('CryptographicUsageMask', read.integer),
    leaseSeconds: payload.optional('LeaseTime', read.interval),
  }),

  async run(request, { id, count, mask, leaseSeconds }) {
    try {
      const { key, facts } = await findObject(request, id);
      if (facts.objectType === 'Template') throw refusal('notChecked');
      if (key.state === 'destroyed') throw refusal('alreadyDestroyed');
      if (mask !== undefined && (mask & ~(facts.usageMask ?? 0)) !== 0)
        throw refusal('incompatibleUsageMask');
      const left = key.usageLimit?.left;
      if (count !== undefined && left !== undefined && BigInt(left) < count)
        throw refusal('usageLimitExceeded');
      // What is asked for is told where it is not granted: a lease is never longer than ours.
      const offending: TtlvField[] =
        leaseSeconds !== undefined && leaseSeconds > LEASE_SECONDS
          ? [make.interval('LeaseTime', LEASE_SECONDS)]
          : [];
      return [answered(request, 'Check', id), ...offending];
    } catch (thrown) {
      request.memory.placeholder = undefined;
      throw thrown;
    }
  },
});
