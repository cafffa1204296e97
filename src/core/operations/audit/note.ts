// A note of a caller's own in the audit log, for protocols whose clients may write one: who said it and when stands beside it, and nothing
// else believes it.

import { excerpt } from '../../../domain/audit-entry.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireText } from '../../checks.ts';
import type { UseOperation } from '../../operation.ts';
import { forEveryCaller } from '../without-target.ts';

export interface NoteInput {
  /** At most `noteCharactersMax` characters. */
  readonly text: string;
}

/** Throws `invalidInput` for a text beyond its bound. */
export const writeNote: UseOperation<NoteInput, undefined, undefined> = {
  name: 'audit.note',
  kind: 'use',
  ...forEveryCaller,
  check: ({ text }) => requireText('text', text, 1, LIMITS.noteCharactersMax),
  run: async () => undefined,
  record: ({ text }) => ({ targets: [], details: { note: excerpt(text, LIMITS.noteCharactersMax) } }),
};
