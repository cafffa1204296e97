// How much a key may protect: the limit, and parts of it that are set aside for uses outside. What is used here is counted by
// core/execute.ts, for every operation that says what it protects.

import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable, requireUsable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireUsageLeft, type UsageLimit } from '../../../domain/usage-limit.ts';
import { requireWithin } from '../../checks.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

export type NewUsageLimit = Pick<UsageLimit, 'unit' | 'total'>;

/** Of a new key, which may have been used elsewhere before. */
export interface FirstUsageLimit extends NewUsageLimit {
  /** Undefined: all of it. */
  readonly left?: number | undefined;
}

export interface LimitUsageInput extends KeyChangeInput {
  /** Undefined: no limit. */
  readonly limit: NewUsageLimit | undefined;
}

/** Once something of a limit is used it stays: else whoever reaches it would set another. */
export const limitUsage: ChangeOperation<LimitUsageInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.limitUsage',
  kind: 'change',
  ...onKey<LimitUsageInput>('key.update', ({ limit }) => ({ unit: limit?.unit, total: limit?.total })),
  check: ({ limit }) => requireUsageTotal(limit),
  allow({ key }) {
    requireUserManaged(key);
    requireChangeable(key);
    if (key.usageLimit !== undefined && key.usageLimit.left < key.usageLimit.total) {
      throw new KmsError('conflict', `Some of the usage limit of key ${key.id} is used: it stays.`, {
        keyId: key.id,
      });
    }
  },
  run: (_kms, tx, args) => storeKeyChange(tx, args, { usageLimit: unused(args.input.limit) }),
};

export interface AllocateUsageInput extends KeyChangeInput {
  /** In the unit of the limit. */
  readonly amount: number;
}

/** Sets a part of what is left aside for one who uses the key outside: it counts as used, whether or not it will be. */
export const allocateUsage: ChangeOperation<AllocateUsageInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.allocateUsage',
  kind: 'change',
  ...onKey<AllocateUsageInput>('key.allocateUsage', ({ amount }) => ({ amount })),
  check: ({ amount }) => requireWithin('amount', amount, 1, LIMITS.usageTotalMax),
  allow({ key, version }, { amount }, at) {
    requireUsable(key, version, 'protect', at);
    if (key.usageLimit === undefined) {
      throw new KmsError('conflict', `Key ${key.id} has no usage limit.`, { keyId: key.id });
    }
    requireUsageLeft(key, amount);
  },
  run(_kms, tx, args) {
    const { usageLimit } = args.target.key;
    const left = usageLimit && { ...usageLimit, left: usageLimit.left - args.input.amount };
    return storeKeyChange(tx, args, { usageLimit: left });
  },
};

export function requireUsageTotal(limit: FirstUsageLimit | undefined): void {
  if (limit === undefined) return;
  const { total, left = total } = limit;
  requireWithin('usageLimit.total', total, 1, LIMITS.usageTotalMax);
  requireWithin('usageLimit.left', left, 0, total);
}

/** A limit of which nothing is used here yet. */
export function unused(limit: FirstUsageLimit | undefined): UsageLimit | undefined {
  return limit && { unit: limit.unit, total: limit.total, left: limit.left ?? limit.total };
}
