// The refusal of a request that no operation could take: its words were malformed, or named something that is not offered. It passes
// the one door like everything else, so that its entry is durable before the caller hears of it.

import { excerpt } from '../../domain/audit-entry.ts';
import type { KmsError } from '../../domain/errors.ts';
import type { UseOperation } from '../operation.ts';
import { forEveryCaller } from './without-target.ts';

export interface RefusedRequest {
  /** What the protocol calls the thing that was asked for, such as `Encrypt`. Never content of the request. */
  readonly asked: string;
  readonly error: KmsError;
}

/** Always throws `error`, or `auditUnavailable`. */
export const refuseRequest: UseOperation<RefusedRequest, undefined, never> = {
  name: 'request.refuse',
  kind: 'read',
  ...forEveryCaller,
  check(input) {
    throw input.error;
  },
  run: (_kms, { input }) => Promise.reject(input.error),
  record: input => ({ targets: [], details: { asked: excerpt(input.asked, 128) } }),
};
