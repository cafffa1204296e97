// Shapes that several nouns share. Instants are whole milliseconds since 1970-01-01T00:00:00Z; objects take no unknown members.

import { z } from 'zod';
import { LIMITS } from '../../../domain/limits.ts';

export const instant = z.int().min(0).meta({ description: 'milliseconds since 1970-01-01T00:00:00Z' });
export const id = z.string().meta({ description: 'UUID' });
const name = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, 'must not hold NUL');
export const label = name.max(LIMITS.nameCharactersMax);
export const reference = name.max(LIMITS.nameCharactersMax).meta({ description: 'id or name' });
export const base64Text = z.string().meta({ contentEncoding: 'base64' });

export const keyReference = name.max(2 * LIMITS.nameCharactersMax).meta({
  description:
    'id of a key; or a name of it: `<namespace>:<text>`, or the text alone for the namespace `keyhold`',
});

const DECIMAL = /^[0-9]{1,16}$/;

/** A number in a query, which arrives as a text. */
export function numberInQuery(bounds: z.ZodInt): z.ZodType<number> {
  return z.preprocess((text, { issues }) => {
    if (typeof text === 'string' && DECIMAL.test(text)) return Number(text);
    const message = 'must be a whole number of at most 16 decimal digits';
    issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  }, bounds);
}

export const pageQuery = {
  limit: numberInQuery(z.int().min(1).max(LIMITS.pageItemsMax)).default(100),
  cursor: z.string().optional().meta({ description: '`next` of the page before' }),
};
export type PageQuery = { readonly limit: number; readonly cursor?: string | undefined };

export const listQuery = z.strictObject(pageQuery);

export function pageReply<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item).readonly(),
    next: z.string().optional().meta({ description: 'cursor of the next page; absent on the last one' }),
  });
}

export const errorShape = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number()])),
    requestId: z.string(),
  }),
});
