// A destruction that is asked for and may still be taken back. The destruction itself is in destroy-key.ts.

import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion, PendingDestruction } from '../../../domain/key.ts';
import { entering, nextState, stateAt } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireElapsed, requireWithin } from '../../checks.ts';
import { actorId } from '../../context.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type DestructionOptions, requireDestructible } from './destruction-guard.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

export interface ScheduleDestructionInput extends KeyChangeInput, DestructionOptions {
  /** From now to the destruction. */
  readonly delayMs: number;
}

type DestructionStep<Input extends KeyChangeInput> = ChangeOperation<Input, KeyWithVersion, KeyWithVersion>;

export const scheduleDestruction: DestructionStep<ScheduleDestructionInput> = {
  name: 'key.scheduleDestruction',
  kind: 'change',
  ...onKey<ScheduleDestructionInput>('key.destroy', input => ({ delayMs: input.delayMs })),
  check: input =>
    requireWithin('delayMs', input.delayMs, LIMITS.destructionDelayMsMin, LIMITS.destructionDelayMsMax),
  allow: target => requireUserManaged(target.key),
  async run(_kms, tx, args) {
    const { input, context, at } = args;
    const { key } = args.target;
    const state = nextState(key, 'scheduleDestruction', at);
    await requireDestructible(tx, args);
    const destruction: PendingDestruction = {
      at: at + input.delayMs,
      requestedAt: at,
      requestedBy: actorId(context.actor),
      stateBefore: stateAt(key, at),
    };
    return storeKeyChange(tx, args, { ...entering(key, state, at), destruction });
  },
  finish: (kms, output) => kms.custody.forget(output.key.id),
};

export interface CancelDestructionInput extends KeyChangeInput {
  /** Bring back the state of before the request; otherwise the key stays as the request has left it, never enabled by this alone. */
  readonly restore: boolean;
  /** Refuse with `tooEarly` a destruction that was asked for less long ago. */
  readonly minimumIntervalMs?: number | undefined;
}

export const cancelDestruction: DestructionStep<CancelDestructionInput> = {
  name: 'key.cancelDestruction',
  kind: 'change',
  ...onKey<CancelDestructionInput>('key.destroy', input => ({ restore: input.restore })),
  allow({ key }, input, at) {
    requireUserManaged(key);
    if (key.state === 'destroyed')
      throw new KmsError('keyDestroyed', `Key ${key.id} is destroyed.`, { keyId: key.id });
    requireDestructionFor(key, input.minimumIntervalMs ?? 0, at);
  },
  run(_kms, tx, args) {
    const { input, at } = args;
    const { key } = args.target;
    const before = key.destruction?.stateBefore ?? key.state;
    // A key that nobody has activated waits again: suspended, it could be enabled as if somebody had.
    const unbegun = before === 'preActive' && key.activateAt === undefined;
    const state = input.restore || unbegun ? before : key.state;
    // What was approved is over with the request: the next one needs another approval.
    const dualControl = key.dualControl === undefined ? undefined : {};
    return storeKeyChange(tx, args, { ...entering(key, state, at), destruction: undefined, dualControl });
  },
};

/** Throws `keyNotPendingDestruction`, and `tooEarly` when the destruction was asked for less long ago. */
export function requireDestructionFor(key: KeyWithVersion['key'], leastMs: number, at: number): void {
  if (key.destruction === undefined) {
    throw new KmsError('keyNotPendingDestruction', `Key ${key.id} is not pending destruction.`, {
      keyId: key.id,
    });
  }
  const what = `the request to destroy key ${key.id}`;
  requireElapsed(what, key.destruction.requestedAt, leastMs, at);
}
