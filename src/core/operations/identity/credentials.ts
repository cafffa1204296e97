// Credentials of a principal. The secret exists in the answer to the request that made it, once; nobody reads it again.

import { targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { CertificateFacts, Credential, IssuedCredentialKind } from '../../../domain/principal.ts';
import type { Rule } from '../../../domain/rule.ts';
import { requireFuture, requireWithin } from '../../checks.ts';
import type { RequestContext } from '../../context.ts';
import type { AuditRecord, ChangeOperation, Demand, UseOperation } from '../../operation.ts';
import type { Identity, IssuedCredential } from '../../ports/identity.ts';
import type { StoreReads, StoreTransaction } from '../../ports/store.ts';
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

/** A credential without what its proof is checked against. */
export type CredentialFacts = Omit<Credential, 'verifier'> & {
  readonly certificate?: CertificateFacts | undefined;
};

export interface IssueCredentialInput extends PrincipalInput {
  readonly kind: IssuedCredentialKind;
  /** Undefined: it counts until it is revoked. */
  readonly expiresAt?: number | undefined;
}

export interface NewCredential {
  readonly credential: CredentialFacts;
  /** The caller disposes of it once it is encoded. */
  readonly secret: IssuedCredential['secret'];
}

export interface SoughtPowers extends SoughtPrincipal {
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
  check: requireInstant,
  find: seekPowers,
  demands: sought => [realmDemand('credential.create', sought), ...sought.powers],
  allow: (sought, input) => void requirePrincipal(sought.principal, input.principal),
  prepare(kms, { input, target }) {
    const { kind, expiresAt } = input;
    const at = kms.clock.now();
    requireFuture(expiresAt, at);
    return kms.identity.issue(kind, requirePrincipal(target.principal, input.principal), { at, expiresAt });
  },
  async run({ identity }, tx, { target, input, prepared: { credential, secret } }) {
    const { id } = requirePrincipal(target.principal, input.principal);
    // A name may mean another principal by now: the credential is of the one that it was made for.
    if (credential.principalId !== id)
      throw new KmsError('conflict', 'The principal was replaced meanwhile.');
    await insertWithin(tx, credential, LIMITS.credentialsPerPrincipalMax);
    return { credential: factsOf(identity, credential), secret };
  },
  abandon: ({ secret }) => secret[Symbol.dispose](),
  record(input, sought, output) {
    const record = principalRecord(input, sought);
    return {
      ...record,
      targets: [...record.targets, ...targetsOf('credential', output?.credential)],
      details: { ...record.details, kind: input.kind, expiresAt: input.expiresAt },
    };
  },
};

export interface AddCertificateInput extends PrincipalInput {
  /** One X.509 certificate in PEM. */
  readonly certificate: string;
  /** Undefined: it counts as long as the certificate is valid. */
  readonly expiresAt?: number | undefined;
}

/** From the next connection on, whoever proves to hold the private key of the certificate is the principal. */
export const addCertificate: ChangeOperation<AddCertificateInput, SoughtPowers, CredentialFacts> = {
  name: 'credential.addCertificate',
  kind: 'change',
  disclosure: 'denied',
  check: requireInstant,
  find: seekPowers,
  demands: sought => [realmDemand('credential.create', sought), ...sought.powers],
  async run({ identity }, tx, { target, input: { principal, certificate, expiresAt }, at }) {
    const holder = requirePrincipal(target.principal, principal);
    requireFuture(expiresAt, at);
    const credential = identity.acceptCertificate(certificate, holder, { at, expiresAt });
    await insertWithin(tx, credential, LIMITS.certificatesPerPrincipalMax);
    return factsOf(identity, credential);
  },
  record(input, sought, output) {
    const record = principalRecord(input, sought);
    return {
      ...record,
      targets: [...record.targets, ...targetsOf('credential', output)],
      details: { ...record.details, expiresAt: output?.expiresAt, sha256: output?.lookup },
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
    const credentials = await kms.store.credentials.list(id);
    return { items: credentials.map(credential => factsOf(kms.identity, credential)) };
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
  async run({ identity }, tx, { target, input }) {
    requirePrincipal(target.principal, input.principal);
    const { credential } = target;
    if (credential === undefined) {
      throw new KmsError('notFound', `The principal has no credential ${input.credentialId}.`, {
        credentialId: input.credentialId,
      });
    }
    await tx.credentials.delete(credential.id);
    return factsOf(identity, credential);
  },
  record(input, sought): AuditRecord {
    const record = principalRecord(input, sought);
    return { ...record, targets: [...record.targets, ...targetsOf('credential', sought?.credential)] };
  },
};

function requireInstant({ expiresAt }: { readonly expiresAt?: number | undefined }): void {
  if (expiresAt !== undefined) requireWithin('expiresAt', expiresAt, 0, Number.MAX_SAFE_INTEGER);
}

/** Certificates, and application credentials, are counted apart from everything else. */
export async function insertWithin(
  tx: StoreTransaction,
  credential: Credential,
  limit: number,
): Promise<void> {
  const noun = nounOf(credential);
  const alike = (await tx.credentials.list(credential.principalId)).filter(one => nounOf(one) === noun);
  if (alike.length >= limit) {
    throw new KmsError('limitExceeded', `A principal has at most ${limit} ${noun}. Revoke one first.`, {
      limit,
    });
  }
  await tx.credentials.insert(credential);
}

function nounOf({ kind }: Credential): string {
  if (kind === 'certificate') return 'certificates';
  return kind === 'applicationCredential' ? 'application credentials' : 'credentials';
}

export async function seekPowers(
  reads: StoreReads,
  context: RequestContext,
  input: PrincipalInput,
): Promise<SoughtPowers> {
  const sought = await seekPrincipal(reads, context, input);
  return { ...sought, powers: await powersOf(reads, context, sought) };
}

/**
 * Whoever issues a credential for another could act as that other: he must hold all that its roles give, and what rules give to it by
 * name, wherever they are. One's own credentials ask for nothing more, but of a program that has some of the roles only.
 */
async function powersOf(
  reads: StoreReads,
  context: RequestContext,
  { principal }: SoughtPrincipal,
): Promise<readonly Demand[]> {
  const { actor, session } = context;
  if (principal === undefined || actor.type === 'system') return [];
  if (actor.principal.id === principal.id && session?.ownRoles === undefined) return [];
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

export function factsOf(identity: Identity, credential: Credential): CredentialFacts {
  const { verifier: _verifier, ...facts } = credential;
  const certificate = identity.certificateFacts(credential);
  return certificate === undefined ? facts : { ...facts, certificate };
}
