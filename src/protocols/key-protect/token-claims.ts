// What an access token tells its readers of its holder, in IBM's claims. It is for them alone: this server asks its own rows instead.

import type { NewToken } from '../../core/ports/identity.ts';
import type { Principal, PrincipalKind } from '../../domain/principal.ts';
import { accountOf } from './names.ts';

/** Of principals of the system, which are in no account. */
const NO_ACCOUNT = '0'.repeat(32);

export const SCOPE = 'ibm openid';

interface IdentityRow {
  readonly realm: string;
  readonly identifierPrefix: string;
  readonly subType?: string;
}

const IDENTITIES = {
  user: { realm: 'IBMid', identifierPrefix: '' },
  serviceAccount: { realm: 'iam', identifierPrefix: 'ServiceId-', subType: 'ServiceId' },
} as const satisfies Record<PrincipalKind, IdentityRow>;

/** The id by which IBM knows a principal. */
export function iamId({ id, kind }: Pick<Principal, 'id' | 'kind'>): string {
  const { realm, identifierPrefix } = IDENTITIES[kind];
  return `${realm}-${identifierPrefix}${id}`;
}

export function accountOfPrincipal({ projectId }: Pick<Principal, 'projectId'>): string {
  return projectId === undefined ? NO_ACCOUNT : accountOf(projectId);
}

export interface Grant {
  readonly type: string;
  readonly clientId: string;
  readonly issuer: string;
}

export function tokenClaims(principal: Principal, { type, clientId, issuer }: Grant): NewToken['claims'] {
  const { realm, identifierPrefix, subType }: IdentityRow = IDENTITIES[principal.kind];
  const identifier = identifierPrefix + principal.id;
  const id = iamId(principal);
  return {
    iam_id: id,
    id,
    realmid: realm,
    identifier,
    name: principal.name,
    sub: identifier,
    ...(subType === undefined ? {} : { sub_type: subType }),
    account: { valid: true, bss: accountOfPrincipal(principal) },
    iss: issuer,
    grant_type: type,
    scope: SCOPE,
    client_id: clientId,
  };
}
