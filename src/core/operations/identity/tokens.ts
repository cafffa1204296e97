// Tokens in exchange for a proof. Whoever has proven himself may have them: they give nothing that the credential does not, and they end
// with it.

import { LIMITS } from '../../../domain/limits.ts';
import { requireWithin } from '../../checks.ts';
import type { UseOperation } from '../../operation.ts';
import type { IssuedToken, NewToken } from '../../ports/identity.ts';
import { forEveryCaller } from '../without-target.ts';
import { requireCaller } from './require-caller.ts';

export interface IssueTokensInput extends Pick<NewToken, 'audience' | 'claims'> {
  readonly accessTtlMs: number;
  /** Undefined: no refresh token. It carries none of the claims. */
  readonly refreshTtlMs?: number | undefined;
}

export interface IssuedTokens {
  readonly access: IssuedToken;
  readonly refresh?: IssuedToken | undefined;
}

export const issueTokens: UseOperation<IssueTokensInput, undefined, IssuedTokens> = {
  name: 'token.issue',
  kind: 'use',
  ...forEveryCaller,
  check({ accessTtlMs, refreshTtlMs }) {
    requireWithin('accessTtlMs', accessTtlMs, 1_000, LIMITS.accessTokenLifetimeMsMax);
    if (refreshTtlMs !== undefined) {
      requireWithin('refreshTtlMs', refreshTtlMs, 1_000, LIMITS.refreshTokenLifetimeMsMax);
    }
  },
  async run({ identity, clock }, { context, input }) {
    const { audience, claims, accessTtlMs, refreshTtlMs } = input;
    const proof = requireCaller(context);
    const at = clock.now();
    const access = await identity.issueToken(
      proof,
      { kind: 'access', audience, ttlMs: accessTtlMs, claims },
      at,
    );
    if (refreshTtlMs === undefined) return { access };
    try {
      const token = { kind: 'refresh', audience, ttlMs: refreshTtlMs, claims: {} } as const;
      return { access, refresh: await identity.issueToken(proof, token, at) };
    } catch (thrown) {
      access.text[Symbol.dispose]();
      throw thrown;
    }
  },
  discard({ access, refresh }) {
    access.text[Symbol.dispose]();
    refresh?.text[Symbol.dispose]();
  },
  record: ({ audience }, _target, issued) => ({
    targets: [],
    details: { audience, expiresAt: issued?.access.expiresAt, refreshExpiresAt: issued?.refresh?.expiresAt },
  }),
};
