// What stands between a user and the destruction of a key, in whichever words it is asked for: resources that depend on the key.

import { KmsError } from '../../../domain/errors.ts';
import type { Key } from '../../../domain/key.ts';
import type { StoreReads } from '../../ports/store.ts';

export interface DestructionOptions {
  /** Refuse for every registration of the key, not only for those that prevent its destruction. */
  readonly onlyIfUnregistered?: boolean | undefined;
}

/** Throws `inUse`. What is pending already has passed this: a key that waits for its destruction takes no registrations. */
export async function requireDestructible(
  reads: StoreReads,
  key: Key,
  { onlyIfUnregistered }: DestructionOptions,
): Promise<void> {
  const ofKey = { projectId: key.projectId, keyId: key.id };
  const preventing = await reads.registrations.count({ ...ofKey, preventsDestruction: true });
  if (preventing > 0) {
    throw inUse(key, `Key ${key.id} is in use: registered resources prevent its destruction.`, {
      preventing,
    });
  }
  const registered = onlyIfUnregistered ? await reads.registrations.count(ofKey) : 0;
  if (registered > 0)
    throw inUse(key, `Key ${key.id} is in use: resources are registered at it.`, { registered });
}

function inUse(key: Key, message: string, counts: Readonly<Record<string, number>>): KmsError {
  return new KmsError('inUse', message, { keyId: key.id, ...counts });
}
