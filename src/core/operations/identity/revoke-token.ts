// A token taken back before its time: it proves nothing from the next request on, on every node.

import { LIMITS } from '../../../domain/limits.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { TokenProof } from '../../ports/identity.ts';
import { requireCaller } from './require-caller.ts';
import { realmDemand } from './seek-principal.ts';

export interface RevokeTokenInput {
  /** Proven before: whoever shows a token of another must have been given it. */
  readonly proof: Pick<TokenProof, 'principal' | 'token'>;
}

/** One's own tokens may be taken back by oneself. */
export const revokeToken: ChangeOperation<RevokeTokenInput, undefined, undefined> = {
  name: 'token.revoke',
  kind: 'change',
  disclosure: 'denied',
  find: async () => undefined,
  demands: (_target, { proof: { principal } }, context) =>
    requireCaller(context).principal.id === principal.id
      ? []
      : [realmDemand('credential.revoke', { projectId: principal.projectId })],
  async run(_kms, tx, { input: { proof }, at }) {
    const { id, expiresAt } = proof.token;
    // A token may count for a while after its end.
    await tx.tokenRevocations.deleteEnded(at - LIMITS.cloudTokenGraceMs);
    await tx.tokenRevocations.insert(id, expiresAt);
    return undefined;
  },
  record: ({ proof: { principal, token } }) => ({
    projectId: principal.projectId,
    targets: [{ type: 'principal', id: principal.id }],
    details: { tokenId: token.id, expiresAt: token.expiresAt },
  }),
};
