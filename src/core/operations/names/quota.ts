// How many names a project may have in one namespace, for protocols that bound them.

import { KmsError } from '../../../domain/errors.ts';
import type { StoreReads } from '../../ports/store.ts';

/** Throws `limitExceeded` when one more would pass the bound; undefined is none. */
export async function requireRoomInNamespace(
  reads: StoreReads,
  projectId: string,
  namespace: string,
  max: number | undefined,
): Promise<void> {
  if (max === undefined || (await reads.names.countOfNamespace(projectId, namespace)) < max) return;
  throw new KmsError('limitExceeded', `A project has at most ${max} names in this namespace.`, {
    limit: max,
  });
}
