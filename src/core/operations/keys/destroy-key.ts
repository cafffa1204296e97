// Destroys a key for good: the material of every version is removed, names and registrations go with it, the row stays as a witness.
// Called by the schedule when the destruction that was asked for is due, and by purgers at once.

import { EMPTY_BYTES } from '../../../base/bytes.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { entering, nextState } from '../../../domain/key-state.ts';
import type { ChangeOperation } from '../../operation.ts';
import { pagesOf } from '../../pages.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { requireDestructionFor } from './destruction.ts';
import {
  type DestructionOptions,
  type DestructionRequest,
  requireDestructible,
} from './destruction-guard.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

export interface DestroyKeyInput extends KeyChangeInput, DestructionOptions {
  /** Refuse unless the scheduled instant has come: the schedule sets it, so that a cancelled destruction cannot slip through. */
  readonly onlyIfDue?: boolean | undefined;
  /** Refuse unless the destruction was asked for at least that long ago: `keyNotPendingDestruction`, or `tooEarly`. */
  readonly minimumIntervalMs?: number | undefined;
}

export const destroyKey: ChangeOperation<DestroyKeyInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.destroy',
  kind: 'change',
  ...onKey<DestroyKeyInput>('key.purge'),
  allow({ key }, input, at) {
    requireUserManaged(key);
    if (input.minimumIntervalMs !== undefined && key.state !== 'destroyed') {
      requireDestructionFor(key, input.minimumIntervalMs, at);
    }
  },
  async run(_kms, tx, args) {
    const { input, at } = args;
    const { key } = args.target;
    if (input.onlyIfDue && (key.destruction === undefined || key.destruction.at > at)) {
      throw new KmsError('keyNotPendingDestruction', `The destruction of key ${key.id} is not due.`, {
        keyId: key.id,
      });
    }
    return eraseKey(tx, args);
  },
  async finish(kms, { key }) {
    kms.custody.forget(key.id);
    // The key is destroyed, whatever becomes of this: what a token keeps is found by `keyhold hsm check`.
    await kms.custody.eraseMaterial(key).catch(() => undefined);
  },
};

/** Destroys it now. Throws by the state table, `approvalRequired` and `inUse`. */
export async function eraseKey(tx: StoreTransaction, args: DestructionRequest): Promise<KeyWithVersion> {
  const { at } = args;
  const { key } = args.target;
  const state = nextState(key, 'destroy', at);
  if (key.destruction === undefined) await requireDestructible(tx, args);
  await eraseVersions(tx, key.id, at);
  await tx.names.deleteOfKey(key.id);
  await tx.registrations.deleteOfKey(key.id);
  const over = { destruction: undefined, rotation: undefined, replacement: undefined };
  const changes = { ...entering(key, state, at), ...over };
  return storeKeyChange(tx, args, changes);
}

async function eraseVersions(tx: StoreTransaction, keyId: string, at: number): Promise<void> {
  for await (const versions of pagesOf(page => tx.keys.versions(keyId, page))) {
    for (const version of versions) {
      await tx.keys.updateVersion({ ...version, state: 'destroyed', wrapped: EMPTY_BYTES, destroyedAt: at });
    }
  }
}
