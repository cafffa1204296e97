// How long, how much and why no longer: the shapes of cryptoperiods, revocations and usage limits.

import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.ts';
import { ALL_COMPROMISE_REASONS, ALL_DEACTIVATION_REASONS } from '../../../domain/revocation.ts';
import { ALL_USAGE_UNITS } from '../../../domain/usage-limit.ts';
import { instant } from './common.ts';

const usageTotal = z.int().min(1).max(LIMITS.usageTotalMax);
const unit = z.enum(ALL_USAGE_UNITS);

/** What a key is shown with. */
export const periodsOfKey = {
  activateAt: instant.optional().meta({ description: 'until then the key is preActive' }),
  processStartAt: instant.optional().meta({ description: 'until then it decrypts and verifies nothing' }),
  protectStopAt: instant.optional().meta({ description: 'from then on it encrypts and signs nothing' }),
  deactivateAt: instant.optional().meta({ description: 'from then on the key is deactivated' }),
  revocation: z
    .strictObject({
      reason: z.enum([...ALL_DEACTIVATION_REASONS, ...ALL_COMPROMISE_REASONS]),
      message: z.string(),
      at: instant,
      occurredAt: instant
        .optional()
        .meta({ description: 'of a compromise: since when it may have been one' }),
    })
    .optional()
    .meta({ description: 'why it was deactivated by hand, or compromised' }),
  usageLimit: z
    .strictObject({ unit, total: usageTotal, left: z.int().min(0) })
    .optional()
    .meta({ description: 'how much it may protect' }),
  archivedAt: instant.optional().meta({ description: 'used for nothing until it is recovered' }),
};

export const usageLimitBody = z.strictObject({ unit, total: usageTotal });

/** What may be said of a new key. */
export const periodsOfNewKey = {
  state: z
    .literal('preActive')
    .optional()
    .meta({ description: 'wait to be activated, by hand without a plan' }),
  activateAt: instant.optional(),
  processStartAt: instant.optional(),
  protectStopAt: instant.optional(),
  deactivateAt: instant.optional(),
  usageLimit: usageLimitBody.optional(),
};

const planned = instant.nullable().optional();
export const planBody = z.strictObject({
  activateAt: planned.meta({ description: 'of a preActive key; null takes the plan away' }),
  processStartAt: planned,
  protectStopAt: planned,
  deactivateAt: planned,
});

const message = z.string().max(LIMITS.revocationMessageCharactersMax).optional();
export const deactivationBody = z.strictObject({
  reason: z.enum(ALL_DEACTIVATION_REASONS).optional(),
  message,
});
export const compromiseBody = z.strictObject({
  reason: z.enum(ALL_COMPROMISE_REASONS).optional(),
  message,
  occurredAt: instant.optional().meta({ description: 'default: when the key was made' }),
});
export const allocationBody = z.strictObject({ amount: usageTotal });
