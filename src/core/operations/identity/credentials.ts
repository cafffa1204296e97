// Credentials of a principal. The secret exists in the answer to the request that made it, once; nobody reads it again.

import { KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Credential, CredentialKind } from '../../../domain/principal.ts';
import type { Rule } from '../../../domain/rule.ts';
import { requireWithin } from '../../checks.ts';
import type { RequestContext } from '../../context.ts';
import type { AuditRecord, ChangeOperation, Demand, UseOperation } from '../../operation.ts';
import type { IssuedCredential } from '../../ports/identity.ts';
import type { StoreReads } from '../../ports/store.ts';
import { isId } from '../../references.ts';
import { powersOfBindings, powersOfRule } from '../access/powers.ts';
import { placeOfScope } from '../access/scopes.ts';
import {
  type PrincipalInput,
  principalRecord,
  realmDemand,
  requirePrincipal,
  type SoughtPrincipal,
  seekPrincipal,
} from './seek-principal.ts';

/** A credential without what its secret is checked against. */
export type CredentialFacts = Omit<Credential, 'verifier'>;

export interface IssueCredentialInput extends PrincipalInput {
  readonly kind: CredentialKind;
  /** Undefined: it counts until it is revoked. */
  readonly expiresAt?: number | undefined;
}

export interface NewCredential {
  readonly credential: CredentialFacts;
  /** The caller disposes of it once it is encoded. */
  readonly secret: IssuedCredential['secret'];
}

interface SoughtPowers extends SoughtPrincipal {
  /** What whoever holds a credential of the principal may do. */
  readonly powers: readonly Demand[];
}

export const issueCredential: ChangeOperation<
  IssueCredentialInput,
  SoughtPowers,
  NewCredential,
  IssuedCredential
> = {
  name: 'credential.create',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    if (input.expiresAt !== undefined) {
      requireWithin('expiresAt', input.expiresAt, 0, Number.MAX_SAFE_INTEGER);
    }
  },
  async find(reads, context, input) {
    const sought = await seekPrincipal(reads, context, input);
    return { ...sought, powers: await powersOf(reads, context, sought) };
  },
  demands: sought => [realmDemand('credential.create', sought), ...sought.powers],
  allow: (sought, input) => void requirePrincipal(sought.principal, input.principal),
  prepare(kms, { input, target }) {
    const { kind, expiresAt } = input;
    const at = kms.clock.now();
    if (expiresAt !== undefined && expiresAt <= at) {
      throw new KmsError('invalidInput', 'expiresAt must be in the future', { field: 'expiresAt' });
    }
    return kms.identity.issue(kind, requirePrincipal(target.principal, input.principal), { at, expiresAt });
  },
  async run(_kms, tx, { target, input, prepared: { credential, secret } }) {
    const { id } = requirePrincipal(target.principal, input.principal);
    // A name may mean another principal by now: the credential is of the one that it was made for.
    if (credential.principalId !== id)
      throw new KmsError('conflict', 'The principal was replaced meanwhile.');
    if ((await tx.credentials.list(id)).length >= LIMITS.credentialsPerPrincipalMax) {
      throw new KmsError(
        'limitExceeded',
        `A principal has at most ${LIMITS.credentialsPerPrincipalMax} credentials. Revoke one first.`,
        { limit: LIMITS.credentialsPerPrincipalMax },
      );
    }
    await tx.credentials.insert(credential);
    return { credential: factsOf(credential), secret };
  },
  abandon: ({ secret }) => secret[Symbol.dispose](),
  record(input, sought, output) {
    const record = principalRecord(input, sought);
    return {
      ...record,
      targets: [...record.targets, ...credentialTargets(output?.credential)],
      details: { ...record.details, kind: input.kind, expiresAt: input.expiresAt },
    };
  },
};

export interface CredentialList {
  readonly items: readonly CredentialFacts[];
}

export const listCredentials: UseOperation<PrincipalInput, SoughtPrincipal, CredentialList> = {
  name: 'credential.list',
  kind: 'read',
  disclosure: 'denied',
  find: seekPrincipal,
  demands: sought => [realmDemand('credential.read', sought)],
  async run(kms, { target, input }) {
    const { id } = requirePrincipal(target.principal, input.principal);
    return { items: (await kms.store.credentials.list(id)).map(factsOf) };
  },
  record: principalRecord,
};

export interface RevokeCredentialInput extends PrincipalInput {
  readonly credentialId: string;
}

interface SoughtCredential extends SoughtPrincipal {
  readonly credential?: Credential | undefined;
}

/** It counts no more from the next request on; the audit log remembers that it was. */
export const revokeCredential: ChangeOperation<RevokeCredentialInput, SoughtCredential, CredentialFacts> = {
  name: 'credential.revoke',
  kind: 'change',
  disclosure: 'denied',
  async find(reads, context, input) {
    const sought = await seekPrincipal(reads, context, input);
    const credential = isId(input.credentialId)
      ? await reads.credentials.find(input.credentialId)
      : undefined;
    const its = sought.principal !== undefined && credential?.principalId === sought.principal.id;
    return { ...sought, credential: its ? credential : undefined };
  },
  demands: sought => [realmDemand('credential.revoke', sought)],
  async run(_kms, tx, { target, input }) {
    requirePrincipal(target.principal, input.principal);
    const { credential } = target;
    if (credential === undefined) {
      throw new KmsError('notFound', `The principal has no credential ${input.credentialId}.`, {
        credentialId: input.credentialId,
      });
    }
    await tx.credentials.delete(credential.id);
    return factsOf(credential);
  },
  record(input, sought): AuditRecord {
    const record = principalRecord(input, sought);
    return { ...record, targets: [...record.targets, ...credentialTargets(sought?.credential)] };
  },
};

/**
 * Whoever issues a credential for another could act as that other: he must hold all that its roles give, and what rules give to it by
 * name, wherever they are. One's own credentials ask for nothing more.
 */
async function powersOf(
  reads: StoreReads,
  context: RequestContext,
  { principal }: SoughtPrincipal,
): Promise<readonly Demand[]> {
  const { actor } = context;
  if (principal === undefined || actor.type === 'system' || actor.principal.id === principal.id) return [];
  const powers = [...(await powersOfBindings(reads, await reads.bindings.ofPrincipal(principal.id)))];
  for (const rule of await reads.rules.naming(principal.id)) {
    if (rule.effect === 'allow') powers.push(...(await powersWhereSet(reads, rule)));
  }
  return powers;
}

async function powersWhereSet(reads: StoreReads, rule: Rule): Promise<readonly Demand[]> {
  const place = await placeOfScope(reads, rule.scope);
  return place === undefined ? [] : powersOfRule(rule, place);
}

function factsOf({ verifier: _verifier, ...facts }: Credential): CredentialFacts {
  return facts;
}

function credentialTargets(credential: CredentialFacts | undefined): AuditRecord['targets'] {
  return credential === undefined ? [] : [{ type: 'credential', id: credential.id }];
}
