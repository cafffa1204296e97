// The audit log and the state of the installation.

import { z } from 'zod';
import { tableKeys } from '../../../base/table.ts';
import { ERROR_CODES } from '../../../domain/errors.ts';
import { OPERATION_NAMES } from '../../../domain/operation-name.ts';
import { instant, label, numberInQuery, pageQuery, pageReply } from './common.ts';

const instantQuery = numberInQuery(z.int().min(0));

/** A proof that failed before any operation was known is in the log as well, and what the server did before there was any. */
const LOGGED: ReadonlySet<string> = new Set(['authenticate', 'system.selfTest', ...OPERATION_NAMES]);

/** A word that no entry has is a slip, and an empty answer would be taken for the truth. */
const searchMembers = {
  key: label.optional().meta({ description: 'id of a key' }),
  principal: label.optional().meta({ description: 'id of a principal, or the name of a part of the server' }),
  operation: label.refine(name => LOGGED.has(name), 'is no operation that the audit log knows').optional(),
  outcome: z
    .enum(['ok', ...tableKeys(ERROR_CODES)])
    .optional()
    .meta({ description: '`ok` or an error code' }),
};

export const searchQuery = z.strictObject({
  ...pageQuery,
  ...searchMembers,
  order: z.enum(['newest', 'oldest']).default('newest'),
  from: instantQuery.optional(),
  until: instantQuery.optional().meta({ description: 'exclusive' }),
});

/** `after` is the last entry that the reader has; without it, what is written from now on. */
export const followQuery = z.strictObject({ ...searchMembers, after: instantQuery.optional() });
export const followReply = z.string().meta({
  description:
    'JSON Lines: `{"index","entry"}` as they are written; empty lines mean nothing. Ends after a minute: ask again.',
});

/** Entries as they were hashed: docs/formats/audit-log.md. */
export const entriesReply = pageReply(
  z.strictObject({
    index: z.int(),
    entry: z.looseObject({ at: instant, operation: z.string(), outcome: z.string() }),
  }),
);
export const checkpointReply = z.strictObject({ checkpoint: z.string(), verifierKey: z.string() });
export const receiptReply = z.strictObject({
  receipt: z.string().meta({ description: 'as it is verified offline: docs/formats/audit-log.md' }),
  verifierKey: z.string(),
});
export const exportReply = z.string().meta({ description: 'JSON Lines: docs/formats/audit-log.md' });

export const statusReply = z.strictObject({
  at: instant,
  store: z.enum(['sqlite', 'postgres']),
  protectionLevels: z.array(z.string()).readonly(),
  rootKeys: z
    .array(
      z.strictObject({
        generation: z.int(),
        provider: z.string(),
        fingerprint: z.string(),
        state: z.enum(['current', 'retiring', 'retired']),
        createdAt: instant,
      }),
    )
    .readonly(),
  wrappingKeys: z.int(),
  checkpoint: z.string(),
  verifierKey: z.string(),
});

export const progressReply = z.string().meta({
  description:
    'JSON Lines: `{"progress":{"done","total"}}` as the work goes on, then `{"outcome":{...}}` or `{"error":{...}}` as the last line',
});
