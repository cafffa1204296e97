// From what a caller calls a key ring to the ring.

import { KmsError } from '../../../domain/errors.ts';
import type { KeyRing } from '../../../domain/project.ts';
import type { StoreReads } from '../../ports/store.ts';
import { canBeName, isId } from '../../references.ts';

/** The key ring of that id or name in the project; undefined when there is none, or it is another project's. */
export async function seekKeyRing(
  reads: StoreReads,
  projectId: string,
  reference: string,
): Promise<KeyRing | undefined> {
  if (!isId(reference)) {
    return canBeName(reference) ? reads.keyRings.findByName(projectId, reference) : undefined;
  }
  const ring = await reads.keyRings.find(reference);
  return ring?.projectId === projectId ? ring : undefined;
}

/** What was found of it. Throws `notFound`. */
export function requireKeyRing(ring: KeyRing | undefined, reference: string): KeyRing {
  if (ring !== undefined) return ring;
  throw new KmsError('notFound', `There is no key ring ${reference}.`, { keyRing: reference });
}
