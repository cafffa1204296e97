// An answer that no object is behind: what a protocol says of itself, of its versions and operations. It passes the one door like
// everything else, so that its entry is durable before the caller hears it.

import { excerpt } from '../../domain/audit-entry.ts';
import type { UseOperation } from '../operation.ts';
import { forEveryCaller } from './without-target.ts';

export interface AnsweredRequest {
  /** What the protocol calls the thing that was asked for, such as `Query`. Never content of the request. */
  readonly asked: string;
}

export const answerRequest: UseOperation<AnsweredRequest, undefined, undefined> = {
  name: 'request.answer',
  kind: 'read',
  ...forEveryCaller,
  run: async () => undefined,
  record: ({ asked }) => ({ targets: [], details: { asked: excerpt(asked, 128) } }),
};
