// Ping, and Log (KMIP 2.1 section 6.1.35 and 6.1.41).

import { answerRequest } from '../../../core/operations/answer-request.ts';
import { writeNote } from '../../../core/operations/audit/note.ts';
import { read } from '../../../wire/ttlv/index.ts';
import { operation } from '../operation.ts';
import { perform } from '../request.ts';

export const PING = operation({
  since: '2.1',
  decode: () => undefined,
  async run(request) {
    await perform(request, answerRequest, { asked: 'Ping' });
    return [];
  },
});

/** What a client logs is a note in the audit log, under its name. */
export const LOG = operation({
  since: '2.0',
  decode: payload => payload.one('LogMessage', read.textString),
  async run(request, text) {
    await perform(request, writeNote, { text });
    return [];
  },
});
