// How many names a project may have in one namespace, for protocols that bound them.

import { limitExceeded } from '../../../domain/errors.ts';
import type { StoreReads } from '../../ports/store.ts';

/** Throws `limitExceeded` when one more would pass the bound; undefined is none. */
export async function requireRoomInNamespace(
  reads: StoreReads,
  projectId: string,
  namespace: string,
  max: number | undefined,
): Promise<void> {
  if (max === undefined || (await reads.names.countOfNamespace(projectId, namespace)) < max) return;
  throw limitExceeded('A project', max, 'names in this namespace');
}
