// What stands between a user and the destruction of a key, in whichever words it is asked for: dual control, and resources that depend
// on the key.

import { requireApproval } from '../../../domain/dual-control.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key } from '../../../domain/key.ts';
import { actorId, type Making } from '../../context.ts';
import type { StoreReads } from '../../ports/store.ts';
import type { KeyChange, KeyChangeInput } from './on-key.ts';

export interface DestructionOptions {
  /** Refuse for every registration of the key, not only for those that prevent its destruction. */
  readonly onlyIfUnregistered?: boolean | undefined;
}

export type DestructionRequest = KeyChange<KeyChangeInput & DestructionOptions> & Making;

/**
 * Throws `approvalRequired` or `inUse`. What is pending already has passed this: a key that waits for its destruction takes neither
 * approvals nor registrations, so that destroying it earlier is not asked anew.
 */
export async function requireDestructible(
  reads: StoreReads,
  { input, target: { key }, context, at }: DestructionRequest,
): Promise<void> {
  requireApproval(key, actorId(context.actor), at);
  const ofKey = { projectId: key.projectId, keyId: key.id };
  const preventing = await reads.registrations.count({ ...ofKey, preventsDestruction: true });
  if (preventing > 0) {
    throw inUse(key, `Key ${key.id} is in use: registered resources prevent its destruction.`, {
      preventing,
    });
  }
  const registered = input.onlyIfUnregistered ? await reads.registrations.count(ofKey) : 0;
  if (registered > 0)
    throw inUse(key, `Key ${key.id} is in use: resources are registered at it.`, { registered });
}

function inUse(key: Key, message: string, counts: Readonly<Record<string, number>>): KmsError {
  return new KmsError('inUse', message, { keyId: key.id, ...counts });
}
