// Dual control of destruction: one principal approves, another asks for it. Where it is asked for: destruction-guard.ts.

import { requireDualControlled } from '../../../domain/dual-control.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireWithin } from '../../checks.ts';
import { actorId } from '../../context.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type KeyChangeInput, onKey, requireUserManaged, storeKeyChange } from './on-key.ts';

/** From now on the destruction of the key needs two principals. This cannot be undone: else one of them could. */
export const requireDualControl: ChangeOperation<KeyChangeInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.requireDualControl',
  kind: 'change',
  ...onKey<KeyChangeInput>('key.update'),
  allow({ key }) {
    requireUserManaged(key);
    requireChangeable(key);
  },
  run: (_kms, tx, args) => storeKeyChange(tx, args, { dualControl: args.target.key.dualControl ?? {} }),
};

export interface ApproveDestructionInput extends KeyChangeInput {
  /** How long the approval is good; undefined: seven days. */
  readonly validMs?: number | undefined;
}

/** A newer approval takes the place of an older one, whoever gave it. */
export const approveDestruction: ChangeOperation<ApproveDestructionInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.approveDestruction',
  kind: 'change',
  ...onKey<ApproveDestructionInput>('key.approveDestruction', input => ({ validMs: input.validMs })),
  check(input) {
    if (input.validMs !== undefined) {
      requireWithin('validMs', input.validMs, LIMITS.approvalMsMin, LIMITS.approvalMsMax);
    }
  },
  allow: ({ key }) => requireApprovable(key),
  run(_kms, tx, args) {
    const { at, input, context } = args;
    const expiresAt = at + (input.validMs ?? LIMITS.approvalMsDefault);
    const approval = { by: actorId(context.actor), at, expiresAt };
    return storeKeyChange(tx, args, { dualControl: { approval } });
  },
};

export const withdrawApproval: ChangeOperation<KeyChangeInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.withdrawApproval',
  kind: 'change',
  ...onKey<KeyChangeInput>('key.approveDestruction'),
  allow: ({ key }) => requireApprovable(key),
  run: (_kms, tx, args) => storeKeyChange(tx, args, { dualControl: {} }),
};

function requireApprovable(key: KeyWithVersion['key']): void {
  requireChangeable(key);
  requireDualControlled(key);
}
