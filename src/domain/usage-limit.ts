// How much a key may protect: the cryptoperiod counted in work instead of time (SP 800-57 part 1 section 5.3.1 names the volume of
// information among what it depends on). Only protecting counts; what was protected is always processed.

import { tableKeys } from '../base/table.ts';
import { KmsError } from './errors.ts';

export const USAGE_UNITS = {
  bytes: 'the bytes that are handed in to be protected',
  operations: 'how often something is protected',
} as const satisfies Record<string, string>;

export type UsageUnit = keyof typeof USAGE_UNITS;

export const ALL_USAGE_UNITS = tableKeys(USAGE_UNITS);

export interface UsageLimit {
  readonly unit: UsageUnit;
  readonly total: number;
  /** From `total` down to 0. */
  readonly left: number;
}

export interface LimitedKey {
  readonly id: string;
  readonly usageLimit?: UsageLimit | undefined;
}

/** What one protection of so many bytes takes from the limit. */
export function amountOf({ unit }: UsageLimit, bytes: number): number {
  return unit === 'bytes' ? bytes : 1;
}

/** Throws `usageLimitExceeded` when less is left. */
export function requireUsageLeft({ id, usageLimit }: LimitedKey, amount: number): void {
  if (usageLimit !== undefined && usageLimit.left < amount) throw usageLimitExceeded(id);
}

export function usageLimitExceeded(keyId: string): KmsError {
  return new KmsError('usageLimitExceeded', `Key ${keyId} has reached the limit of its usage.`, { keyId });
}
