// The proven caller of a request, for operations that are about the caller itself.

import { KmsError } from '../../../domain/errors.ts';
import type { RequestContext } from '../../context.ts';
import type { Proof } from '../../ports/identity.ts';

/** Throws `unsupported` for the server itself, which is no principal. */
export function requireCaller({ actor }: RequestContext): Proof {
  if (actor.type !== 'principal') throw new KmsError('unsupported', 'The server itself has no principal.');
  return actor;
}
