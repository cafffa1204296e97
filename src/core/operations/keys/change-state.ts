// Steps in the life of a key that the state table describes: disabling, enabling, and the two ends of a pending destruction.

import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { nextState } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireWithin } from '../../checks.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type DestructionOptions, requireDestructible } from './destruction-guard.ts';
import { type KeyInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

type KeyChange<Input extends KeyInput> = ChangeOperation<Input, KeyWithVersion, KeyWithVersion>;

/** Disabled is disabled now: state is read for every use, and what custody has opened is forgotten as well. */
export const disableKey: KeyChange<KeyInput> = {
  name: 'key.disable',
  kind: 'change',
  ...onKey<KeyInput>('key.disable'),
  allow: target => requireUserManaged(target.key),
  run: (_kms, tx, { target, at }) =>
    storeKeyChange(tx, target, { state: nextState(target.key, 'suspend') }, at),
  finish: (kms, output) => kms.custody.forget(output.key.id),
};

export const enableKey: KeyChange<KeyInput> = {
  name: 'key.enable',
  kind: 'change',
  ...onKey<KeyInput>('key.enable'),
  allow: target => requireUserManaged(target.key),
  run: (_kms, tx, { target, at }) =>
    storeKeyChange(tx, target, { state: nextState(target.key, 'resume') }, at),
};

export interface ScheduleDestructionInput extends KeyInput, DestructionOptions {
  /** From now to the destruction. */
  readonly delayMs: number;
}

export const scheduleDestruction: KeyChange<ScheduleDestructionInput> = {
  name: 'key.scheduleDestruction',
  kind: 'change',
  ...onKey<ScheduleDestructionInput>('key.destroy', input => ({ delayMs: input.delayMs })),
  check: input =>
    requireWithin('delayMs', input.delayMs, LIMITS.destructionDelayMsMin, LIMITS.destructionDelayMsMax),
  allow: target => requireUserManaged(target.key),
  async run(_kms, tx, { input, target, at }) {
    const state = nextState(target.key, 'scheduleDestruction');
    await requireDestructible(tx, target.key, input);
    return storeKeyChange(tx, target, { state, destroyAt: at + input.delayMs }, at);
  },
  finish: (kms, output) => kms.custody.forget(output.key.id),
};

/** The key stays as it was left by the request to destroy it: never enabled by this alone. */
export const cancelDestruction: KeyChange<KeyInput> = {
  name: 'key.cancelDestruction',
  kind: 'change',
  ...onKey<KeyInput>('key.destroy'),
  allow({ key }) {
    requireUserManaged(key);
    if (key.state === 'destroyed')
      throw new KmsError('keyDestroyed', `Key ${key.id} is destroyed.`, { keyId: key.id });
    if (key.destroyAt === undefined) {
      throw new KmsError('keyNotPendingDestruction', `Key ${key.id} is not pending destruction.`, {
        keyId: key.id,
      });
    }
  },
  run: (_kms, tx, { target, at }) => storeKeyChange(tx, target, { destroyAt: undefined }, at),
};
