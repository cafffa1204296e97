// Says that somebody else may have the key: from then on it protects nothing, and what it has protected is processed with that in mind
// (SP 800-57 part 1 section 7.4). There is no way back, and a key that is destroyed, or about to be, can become known as compromised too.

import { invalidInput, KmsError } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { entering, nextState } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { type CompromiseReason, wasCompromised } from '../../../domain/revocation.ts';
import { requireRevocationMessage, requireWithin } from '../../checks.ts';
import type { ChangeOperation } from '../../operation.ts';
import { endingDemands } from './change-state.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

export interface CompromiseKeyInput extends KeyChangeInput {
  /** Undefined: `keyCompromise`. */
  readonly reason?: CompromiseReason | undefined;
  readonly message?: string | undefined;
  /** Since when it may have been compromised; undefined: since it was made. */
  readonly occurredAt?: number | undefined;
}

export const compromiseKey: ChangeOperation<CompromiseKeyInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.compromise',
  kind: 'change',
  ...onKey<CompromiseKeyInput>('key.disable', ({ reason, occurredAt }) => ({ reason, occurredAt })),
  check({ message, occurredAt }) {
    requireRevocationMessage(message);
    if (occurredAt !== undefined) requireWithin('occurredAt', occurredAt, 0, LIMITS.instantMsMax);
  },
  demands: ({ key }) => endingDemands(key),
  allow({ key }, { occurredAt }, at) {
    requireUserManaged(key);
    if (wasCompromised(key)) {
      throw new KmsError('conflict', `Key ${key.id} is known as compromised already.`, { keyId: key.id });
    }
    if (occurredAt !== undefined && occurredAt > at)
      throw invalidInput('occurredAt', 'must not be in the future');
  },
  run(_kms, tx, args) {
    const { at, input } = args;
    const { key } = args.target;
    const { reason = 'keyCompromise', message = '', occurredAt = key.createdAt } = input;
    return storeKeyChange(tx, args, {
      ...entering(key, nextState(key, 'compromise', at), at),
      deactivateAt: endedBy(key, at),
      // A cancellation does not bring back what is no longer true.
      destruction: key.destruction && { ...key.destruction, stateBefore: 'compromised' },
      revocation: { reason, message, at, occurredAt },
    });
  },
};

/** An end that was planned for later has come. */
function endedBy({ deactivateAt }: Key, at: number): number | undefined {
  return deactivateAt === undefined ? undefined : Math.min(deactivateAt, at);
}
