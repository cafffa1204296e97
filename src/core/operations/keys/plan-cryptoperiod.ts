// Changes the planned instants of a key: when it becomes active and is deactivated, and its usage periods in between. What is undefined
// stays, null takes a plan away; an instant that has come counts at once.

import {
  CRYPTOPERIOD_INSTANTS,
  type Cryptoperiod,
  type CryptoperiodInstant,
  comparePlans,
  requireInstants,
  requireOrdered,
} from '../../../domain/cryptoperiod.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { entering, requireChangeable, stateAt } from '../../../domain/key-state.ts';
import { keyDemand } from '../../find-key.ts';
import type { ChangeOperation, Demand } from '../../operation.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

type Plan = { readonly [I in CryptoperiodInstant]?: number | null | undefined };

export interface PlanCryptoperiodInput extends KeyChangeInput, Plan {}

export const planCryptoperiod: ChangeOperation<PlanCryptoperiodInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.planCryptoperiod',
  kind: 'change',
  ...onKey<PlanCryptoperiodInput>(
    'key.disable',
    ({ activateAt, processStartAt, protectStopAt, deactivateAt }) => ({
      activateAt,
      processStartAt,
      protectStopAt,
      deactivateAt,
    }),
  ),
  check: requireInstants,
  demands: ({ key }, input) => planDemands(key, input),
  allow({ key }, input, at) {
    requireUserManaged(key);
    requireChangeable(key);
    requirePlannable(key, input, at);
    requireOrdered(planned(key, input));
  },
  run(_kms, tx, args) {
    const { at, input } = args;
    const { key } = args.target;
    const period = planned(key, input);
    return storeKeyChange(tx, args, { ...entering(key, stateAt({ ...key, ...period }, at), at), ...period });
  },
};

/** Who may enable the key may have it used longer, and who may disable it, less long: the plan is no way around either. */
function planDemands(key: Key, input: Plan): readonly Demand[] {
  const { widens, narrows } = comparePlans(key, planned(key, input), key.state !== 'preActive');
  return [
    ...(widens ? [keyDemand('key.enable', key)] : []),
    ...(narrows || !widens ? [keyDemand('key.disable', key)] : []),
  ];
}

function planned(key: Key, plan: Plan): Cryptoperiod {
  const period: Partial<Record<CryptoperiodInstant, number | undefined>> = {};
  for (const name of CRYPTOPERIOD_INSTANTS) {
    const instant = plan[name];
    period[name] = instant === undefined ? key[name] : (instant ?? undefined);
  }
  return period;
}

/** Throws `conflict`: what has begun cannot begin otherwise, and what has ended is over. */
function requirePlannable(key: Key, plan: Plan, at: number): void {
  const state = stateAt(key, at);
  if (state !== 'preActive' && state !== 'active') {
    throw conflict(key, `A key in state ${state} has no cryptoperiod to plan.`);
  }
  if (plan.activateAt !== undefined && state !== 'preActive') {
    throw conflict(key, `Key ${key.id} is active already.`);
  }
  for (const name of ['processStartAt', 'protectStopAt'] as const) {
    if (plan[name] !== undefined && (key[name] ?? Number.POSITIVE_INFINITY) <= at) {
      throw conflict(key, `${name} of key ${key.id} has passed.`);
    }
  }
}

function conflict(key: Key, message: string): KmsError {
  return new KmsError('conflict', message, { keyId: key.id });
}
