// Application credentials: secrets with which programs act as a user in one project, with some of the roles that the user holds there. Made
// by the user himself, or herself, in a session of that project; the secret exists in the answer, once.

import type { SecretBytes } from '../../../base/secret-bytes.ts';
import { targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { type Role, roleIncludes } from '../../../domain/permission.ts';
import type { Credential, Principal } from '../../../domain/principal.ts';
import { requireFuture, requireText } from '../../checks.ts';
import type { RequestContext } from '../../context.ts';
import type { AuditRecord, ChangeOperation, UseOperation } from '../../operation.ts';
import type { IssuedCredential } from '../../ports/identity.ts';
import type { StoreReads } from '../../ports/store.ts';
import { forEveryCaller } from '../without-target.ts';
import {
  type CredentialFacts,
  type CredentialList,
  factsOf,
  insertWithin,
  type NewCredential,
} from './credentials.ts';
import { requireChosenSecret } from './passwords.ts';
import { requireCaller } from './require-caller.ts';

export interface CreateApplicationCredentialInput {
  readonly name: string;
  readonly description: string;
  /** Held by the caller in the project of the request. */
  readonly roles: readonly Role[];
  readonly expiresAt?: number | undefined;
  /** One that the client has chosen; undefined: made here. Disposed of by the caller. */
  readonly secret?: SecretBytes | undefined;
}

interface Owner {
  readonly principal: Principal;
  readonly projectId: string;
}

export const createApplicationCredential: ChangeOperation<
  CreateApplicationCredentialInput,
  Owner,
  NewCredential,
  IssuedCredential
> = {
  name: 'credential.createApplication',
  kind: 'change',
  disclosure: 'denied',
  check({ name, description, secret }) {
    requireText('name', name, 1, LIMITS.labelCharactersMax);
    requireText('description', description, 0, LIMITS.descriptionCharactersMax);
    if (secret !== undefined) requireChosenSecret('secret', secret);
  },
  find: async (reads, context, { roles }) => requireHeld(reads, context, roles),
  demands: () => [],
  prepare({ identity, clock }, { input, target: { principal, projectId } }) {
    const at = clock.now();
    requireFuture(input.expiresAt, at);
    const { name, description, roles, expiresAt, secret } = input;
    return identity.issueApplicationCredential(principal, {
      name,
      description,
      projectId,
      roles,
      at,
      expiresAt,
      secret,
    });
  },
  async run({ identity }, tx, { target: { principal }, input, prepared: { credential, secret } }) {
    const others = await applicationsOf(tx, principal.id);
    if (others.some(({ application }) => application?.name === input.name)) {
      throw new KmsError('alreadyExists', `There is an application credential ${input.name} already.`);
    }
    await insertWithin(tx, credential, LIMITS.applicationCredentialsPerPrincipalMax);
    return { credential: factsOf(identity, credential), secret };
  },
  abandon: ({ secret }) => secret[Symbol.dispose](),
  record: ({ name, roles, expiresAt }, target, output) => ({
    projectId: target?.projectId,
    targets: targetsOf('credential', output?.credential),
    details: { name, roles: [...roles], expiresAt },
  }),
};

/** Of the caller. */
export const listApplicationCredentials: UseOperation<undefined, undefined, CredentialList> = {
  name: 'credential.listApplications',
  kind: 'read',
  ...forEveryCaller,
  async run({ store, identity }, { context }) {
    const own = await applicationsOf(store, requireCaller(context).principal.id);
    return { items: own.map(credential => factsOf(identity, credential)) };
  },
  record: () => ({ targets: [] }),
};

export interface DeleteApplicationCredentialInput {
  /** As clients present it. */
  readonly lookup: string;
}

/**
 * Of the caller. It counts no more from the next request on, nor do its tokens. Throws `denied` for a program that is the caller by one of
 * them: who has stolen one does not lock out the others.
 */
export const deleteApplicationCredential: ChangeOperation<
  DeleteApplicationCredentialInput,
  Credential | undefined,
  CredentialFacts
> = {
  name: 'credential.deleteApplication',
  kind: 'change',
  disclosure: 'denied',
  async find(reads, context, { lookup }) {
    const { principal, credentialId } = requireCaller(context);
    const own = await applicationsOf(reads, principal.id);
    if (own.some(({ id }) => id === credentialId)) {
      throw new KmsError('denied', 'An application credential takes none away.');
    }
    return own.find(credential => credential.lookup === lookup);
  },
  demands: () => [],
  async run({ identity }, tx, { target }) {
    if (target === undefined) throw new KmsError('notFound', 'There is no such application credential.');
    await tx.credentials.delete(target.id);
    return factsOf(identity, target);
  },
  record: (_input, credential): AuditRecord => ({ targets: targetsOf('credential', credential) }),
};

async function applicationsOf(
  reads: Pick<StoreReads, 'credentials'>,
  principalId: string,
): Promise<readonly Credential[]> {
  return (await reads.credentials.list(principalId)).filter(({ kind }) => kind === 'applicationCredential');
}

/** Nobody gives a program more than he holds himself; roles that somebody else has vouched for are not his to give. */
async function requireHeld(
  reads: StoreReads,
  context: RequestContext,
  roles: readonly Role[],
): Promise<Owner> {
  const { principal } = requireCaller(context);
  const { projectId, session } = context;
  if (projectId === undefined) throw new KmsError('denied', 'The request takes place in no project.');
  if (session?.ownRoles !== undefined) {
    throw new KmsError('denied', 'An application credential makes no others.');
  }
  const held = await reads.bindings.ofPrincipal(principal.id);
  const counts = (role: Role): boolean =>
    held.some(
      ({ role: one, scope }) =>
        roleIncludes(one, role) &&
        (scope.level === 'system' || (scope.level === 'project' && scope.id === projectId)),
    );
  const stray = roles.find(role => !counts(role));
  if (stray !== undefined || roles.length === 0) {
    throw new KmsError('denied', 'An application credential has roles that its user holds in the project.');
  }
  return { principal, projectId };
}
