// The root key coming and going, and what protects what.

import { z } from 'zod';
import { SHARING_PARTS_MAX } from '../../../domain/secret-sharing.ts';
import { base64Text, id, instant, label } from './common.ts';

export const sealReply = z.strictObject({
  sealed: z.boolean(),
  reason: z.string().optional().meta({ description: 'why it is sealed' }),
  nextAttemptAt: instant.optional().meta({ description: 'when the server tries again by itself' }),
  shares: z
    .array(
      z.strictObject({
        generation: z.int(),
        set: z.string().meta({ description: 'stands at the beginning of each of its shares' }),
        parts: z.int(),
        threshold: z.int(),
        given: z.array(z.int()).readonly(),
        until: instant.optional().meta({ description: 'when those that were given are forgotten' }),
        complete: z.boolean(),
      }),
    )
    .readonly()
    .meta({ description: 'of each root key in shares' }),
});

export const unsealBody = z.strictObject({
  share: base64Text.optional().meta({
    description: 'the text of one share; without it the server tries to open a root key that needs none',
  }),
});

export const makeSharesBody = z.strictObject({
  parts: z.int().min(2).max(SHARING_PARTS_MAX),
  threshold: z.int().min(2).max(SHARING_PARTS_MAX),
});
export const madeSharesReply = z.strictObject({
  shares: z.string().meta({ description: 'the shares with a blank between them. Shown this once.' }),
});

export const rotateRootBody = z.strictObject({
  to: label.optional().meta({
    description: 'the provider that the root key moves to, such as `file` or `shares`; default: it stays',
  }),
});

const hardwareObject = z.strictObject({
  name: z.string().meta({ description: 'class and CKA_ID of the object' }),
  keyId: id.optional().meta({ description: 'the key that it was made for' }),
  version: z.int().optional().meta({ description: 'of the key' }),
  rootGeneration: z
    .int()
    .optional()
    .meta({ description: 'the generation of the root key that it was made for' }),
  madeAt: instant,
});
export const hardwareReply = z.strictObject({
  objects: z.int().meta({ description: 'how many objects of this installation are in the token' }),
  orphans: z.array(hardwareObject).readonly(),
});
export const sweepReply = z.strictObject({
  objects: z.int().meta({ description: 'how many are left' }),
  erased: z.array(hardwareObject).readonly(),
  young: z
    .array(hardwareObject)
    .readonly()
    .meta({ description: 'orphans of less than a minute, which may still become keys' }),
});

export const custodyReply = z.strictObject({
  sealed: z.boolean(),
  protectionLevels: z.array(z.string()).readonly(),
  rootKeys: z
    .array(
      z.strictObject({
        generation: z.int(),
        provider: z.string(),
        kept: z.string().meta({ description: 'where it is' }),
        fingerprint: z.string(),
        state: z.enum(['current', 'retiring']),
        wrappingKeys: z.int().meta({ description: 'how many wrapping keys of projects it wraps' }),
      }),
    )
    .readonly(),
});
