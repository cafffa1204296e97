// Destroys a key for good: the material of every version is removed, names and registrations go with it, the row stays as a witness.
// Called by the schedule when `destroyAt` has come, and by purgers at once.

import { EMPTY_BYTES } from '../../../base/bytes.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { nextState } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { type DestructionOptions, requireDestructible } from './destruction-guard.ts';
import { type KeyInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

export interface DestroyKeyInput extends KeyInput, DestructionOptions {
  /** Refuse unless the scheduled instant has come: the schedule sets it, so that a cancelled destruction cannot slip through. */
  readonly onlyIfDue?: boolean | undefined;
}

export const destroyKey: ChangeOperation<DestroyKeyInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.destroy',
  kind: 'change',
  ...onKey<DestroyKeyInput>('key.purge'),
  allow: target => requireUserManaged(target.key),
  async run(_kms, tx, { input, target, at }) {
    const { destroyAt } = target.key;
    if (input.onlyIfDue && (destroyAt === undefined || destroyAt > at)) {
      throw new KmsError('keyNotPendingDestruction', `The destruction of key ${target.key.id} is not due.`, {
        keyId: target.key.id,
      });
    }
    const state = nextState(target.key, 'destroy');
    if (destroyAt === undefined) await requireDestructible(tx, target.key, input);
    await eraseVersions(tx, target.key.id, at);
    await tx.names.deleteOfKey(target.key.id);
    await tx.registrations.deleteOfKey(target.key.id);
    return storeKeyChange(tx, target, { state, destroyAt: undefined, rotation: undefined }, at);
  },
  finish: (kms, output) => kms.custody.forget(output.key.id),
};

async function eraseVersions(tx: StoreTransaction, keyId: string, at: number): Promise<void> {
  let after: string | undefined;
  do {
    const page = await tx.keys.versions(keyId, { limit: LIMITS.pageItemsMax, after });
    for (const version of page.items) {
      await tx.keys.updateVersion({ ...version, state: 'destroyed', wrapped: EMPTY_BYTES, destroyedAt: at });
    }
    after = page.next;
  } while (after !== undefined);
}
