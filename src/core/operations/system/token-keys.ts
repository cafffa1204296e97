// The key that signs tokens, replaced: from time to time, or because it may be known.

import { LIMITS } from '../../../domain/limits.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { TokenKeyRow } from '../../ports/store.ts';
import { onSystem } from '../without-target.ts';

export interface RotateTokenKeyInput {
  /** Every token that is out proves nothing from now on. Otherwise each counts to its own end. */
  readonly revoke: boolean;
}

export type TokenKeyFacts = Pick<TokenKeyRow, 'id' | 'createdAt'>;

export const rotateTokenKey: ChangeOperation<RotateTokenKeyInput, undefined, TokenKeyFacts, TokenKeyRow> = {
  name: 'system.rotateTokenKey',
  kind: 'change',
  ...onSystem('system.rotateTokenKey'),
  prepare: kms => kms.identity.makeTokenKey(kms.clock.now()),
  async run(_kms, tx, { input: { revoke }, prepared: made, at }) {
    for (const { id, endsAt } of await tx.tokenKeys.list()) {
      if (revoke || (endsAt !== undefined && endsAt <= at)) await tx.tokenKeys.delete(id);
      else if (endsAt === undefined) await tx.tokenKeys.setEnd(id, at + LIMITS.refreshTokenLifetimeMsMax);
    }
    await tx.tokenKeys.insert(made);
    return { id: made.id, createdAt: made.createdAt };
  },
  record: ({ revoke }, _target, made) => ({
    targets: [{ type: 'system', id: 'tokenKey' }],
    details: { revoke, tokenKeyId: made?.id },
  }),
};
