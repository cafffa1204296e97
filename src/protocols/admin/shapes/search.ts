// The search for keys.

import { z } from 'zod';
import type { KeyInstant, KeySortProperty } from '../../../core/ports/key-search.ts';
import { SOUGHT_STATES } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { instant, label, reference } from './common.ts';
import { keyReply, nameReply } from './keys.ts';

const INSTANTS = [
  'createdAt',
  'updatedAt',
  'rotatedAt',
  'destructionRequestedAt',
  'deactivateAt',
] as const satisfies readonly KeyInstant[];
const SORTS = [
  'id',
  'state',
  'exportable',
  'origin',
  ...INSTANTS,
] as const satisfies readonly KeySortProperty[];

const range = z
  .strictObject({
    from: instant.optional(),
    until: instant.optional().meta({ description: 'exclusive' }),
    absent: z.boolean().optional(),
  })
  .optional();

export const searchKeysBody = z.strictObject({
  keyRings: z.array(reference).max(LIMITS.keyRingsPerProjectMax).readonly().optional(),
  states: z
    .array(z.enum(SOUGHT_STATES))
    .min(1)
    .readonly()
    .optional()
    .meta({ description: 'by the clock; a key that waits for its destruction is in none of the others' }),
  exportable: z.boolean().optional(),
  origin: z.enum(['generated', 'imported', 'external']).optional(),
  instants: z
    .strictObject({
      createdAt: range,
      updatedAt: range,
      rotatedAt: range,
      destructionRequestedAt: range,
      deactivateAt: range,
    })
    .optional(),
  text: z
    .strictObject({
      text: label,
      in: z
        .array(z.enum(['label', 'name']))
        .min(1)
        .max(2)
        .readonly()
        .default(['label', 'name']),
      namespace: label.default('keyhold'),
      whole: z.boolean().default(false),
      negated: z.boolean().default(false),
    })
    .optional()
    .meta({ description: 'in labels and names; letters of ASCII are alike in either case' }),
  sort: z
    .array(z.strictObject({ by: z.enum(SORTS), descending: z.boolean().default(false) }))
    .max(SORTS.length)
    .readonly()
    .default([])
    .meta({ description: 'completed by the id' }),
  offset: z.int().min(0).max(LIMITS.windowOffsetMax).default(0),
  limit: z.int().min(1).max(LIMITS.windowItemsMax).default(100),
  total: z.boolean().default(false).meta({ description: 'count all that match as well' }),
  names: label.optional().meta({ description: 'show the names of each key in this namespace' }),
});

export const searchKeysReply = z.strictObject({
  items: z.array(z.strictObject({ key: keyReply, names: z.array(nameReply).readonly() })).readonly(),
  next: z
    .int()
    .optional()
    .meta({ description: 'offset of the next window; absent when this one is not full' }),
  total: z.int().optional(),
});
