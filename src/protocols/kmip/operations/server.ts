// Ping, Log and Interop (KMIP 2.1 section 6.1.35, 6.1.41 and 6.1.31).

import { answerRequest } from '../../../core/operations/answer-request.ts';
import { writeNote } from '../../../core/operations/audit/note.ts';
import { read } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
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

/**
 * A mark that a test sets where it begins and ends, which changes nothing. The standard wants no server in production to take it: one does where its
 * settings say so. Nothing is ever reset.
 */
export const INTEROP = operation({
  since: '2.0',
  decode: payload => ({
    name: payload.one('InteropFunction', read.enumeration('InteropFunction')),
    test: payload.one('InteropIdentifier', read.textString),
  }),
  async run(request, { name }) {
    if (!request.takesInterop) throw refusal('operationNotSupported');
    if (name === 'Reset') throw refusal('featureNotSupported', 'Nothing is reset for a test.');
    await perform(request, answerRequest, { asked: 'Interop' });
    return [];
  },
});
