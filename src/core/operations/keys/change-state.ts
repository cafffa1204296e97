// Steps in the life of a key that the state table describes: disabling and enabling, and the two ends of its cryptoperiod.

import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { entering, nextState, requireChangeable } from '../../../domain/key-state.ts';
import type { DeactivationReason, Revocation } from '../../../domain/revocation.ts';
import { requireElapsed, requireRevocationMessage } from '../../checks.ts';
import { keyDemand } from '../../find-key.ts';
import type { ChangeOperation, Demand } from '../../operation.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

type KeyStep<Input extends KeyChangeInput> = ChangeOperation<Input, KeyWithVersion, KeyWithVersion>;

/** Disabled is disabled now: state is read for every use, and what custody has opened is forgotten as well. */
export const disableKey: KeyStep<KeyChangeInput> = {
  name: 'key.disable',
  kind: 'change',
  ...onKey<KeyChangeInput>('key.disable'),
  allow: target => requireUserManaged(target.key),
  run(_kms, tx, args) {
    const { at } = args;
    const { key } = args.target;
    return storeKeyChange(tx, args, entering(key, nextState(key, 'suspend', at), at));
  },
  finish: (kms, output) => kms.custody.forget(output.key.id),
};

export interface EnableKeyInput extends KeyChangeInput {
  /** Refuse with `tooEarly` a key that was disabled less long ago. */
  readonly minimumIntervalMs?: number | undefined;
}

export const enableKey: KeyStep<EnableKeyInput> = {
  name: 'key.enable',
  kind: 'change',
  ...onKey<EnableKeyInput>('key.enable'),
  allow({ key }, input, at) {
    requireUserManaged(key);
    requireElapsed(`the disabling of key ${key.id}`, key.suspendedAt, input.minimumIntervalMs, at);
  },
  run(_kms, tx, args) {
    const { at } = args;
    const { key } = args.target;
    return storeKeyChange(tx, args, entering(key, nextState(key, 'resume', at), at));
  },
};

export interface CryptoperiodInput extends KeyChangeInput {
  /** Refuse unless the planned instant has come: the schedule sets it, so that nothing that changed meanwhile slips through. */
  readonly onlyIfDue?: boolean | undefined;
}

/** Begins the cryptoperiod, now or as it was planned. */
export const activateKey: KeyStep<CryptoperiodInput> = {
  name: 'key.activate',
  kind: 'change',
  ...onKey<CryptoperiodInput>('key.enable'),
  allow({ key }) {
    requireUserManaged(key);
    requireChangeable(key);
  },
  run(_kms, tx, args) {
    const { at, input } = args;
    const { key } = args.target;
    const due = key.state === 'preActive' && key.activateAt !== undefined && key.activateAt <= at;
    if (input.onlyIfDue && !due) throw notDue('activation', key.id);
    // By the clock it may be over already: its end is a step of its own.
    const state = key.state === 'preActive' ? 'active' : nextState(key, 'activate', at);
    const activateAt = key.state === 'preActive' && !due ? at : key.activateAt;
    return storeKeyChange(tx, args, { ...entering(key, state, at), activateAt });
  },
};

export interface DeactivateKeyInput extends CryptoperiodInput {
  /** Of a key that is deactivated by hand; undefined: `unspecified`. A compromise is an operation of its own. */
  readonly reason?: DeactivationReason | undefined;
  readonly message?: string | undefined;
}

/** Ends the cryptoperiod, now or as it was planned: the key goes on processing what it has protected, and protects no more. */
export const deactivateKey: KeyStep<DeactivateKeyInput> = {
  name: 'key.deactivate',
  kind: 'change',
  ...onKey<DeactivateKeyInput>('key.disable', ({ reason }) => ({ reason })),
  check: ({ message }) => requireRevocationMessage(message),
  demands: ({ key }) => endingDemands(key),
  allow({ key }) {
    requireUserManaged(key);
    requireChangeable(key);
  },
  run(_kms, tx, args) {
    const { at, input } = args;
    const { key } = args.target;
    const over = key.deactivateAt !== undefined && key.deactivateAt <= at;
    if (input.onlyIfDue && !(over && key.state === 'active')) throw notDue('deactivation', key.id);
    const state = nextState(key, 'deactivate', at);
    return storeKeyChange(tx, args, {
      ...entering(key, state, at),
      deactivateAt: over ? key.deactivateAt : at,
      revocation: input.onlyIfDue ? key.revocation : (key.revocation ?? revokedBy(input, at)),
    });
  },
};

/** The demands of ending what a key protects. A suspended key processes nothing, and will then: that enables something. */
export function endingDemands(key: Key): readonly Demand[] {
  return [
    keyDemand('key.disable', key),
    ...(key.state === 'suspended' ? [keyDemand('key.enable', key)] : []),
  ];
}

function revokedBy({ reason = 'unspecified', message = '' }: DeactivateKeyInput, at: number): Revocation {
  return { reason, message, at };
}

function notDue(step: string, keyId: string): KmsError {
  return new KmsError('conflict', `The ${step} of key ${keyId} is not due.`, { keyId });
}
