// Registrations: resources say that they depend on a key, and may so prevent its destruction.

import { KmsError, limitExceeded } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { OperationName } from '../../../domain/operation-name.ts';
import type { Registration } from '../../../domain/registration.ts';
import { actorId } from '../../context.ts';
import { findKey, keyDemand } from '../../find-key.ts';
import type { ChangeOperation } from '../../operation.ts';
import { requireUserManaged } from '../keys/on-key.ts';
import {
  findRegistration,
  type Registered,
  type RegistrationFacts,
  type RegistrationInput,
  registrationRecord,
  requireFacts,
  requireResource,
  requireVersion,
  type SomeFacts,
} from './on-registration.ts';

export interface CreateRegistrationInput extends RegistrationInput, SomeFacts {}

/** A key that waits for its destruction, or has met it, takes no registration. */
export const createRegistration: ChangeOperation<CreateRegistrationInput, KeyWithVersion, Registration> = {
  name: 'registration.create',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    requireResource(input.resource);
    requireFacts(input);
  },
  find: (reads, context, input) => findKey(reads, context, input.key),
  demands: target => [keyDemand('registration.create', target.key)],
  allow(target, input) {
    requireUserManaged(target.key);
    requireChangeable(target.key);
    requireVersion(target, input.keyVersion);
  },
  async run(_kms, tx, { context, input, target: { key, project }, at }) {
    const limit = LIMITS.registrationsPerKeyMax;
    if ((await tx.registrations.count({ projectId: project.id, keyId: key.id })) >= limit)
      throw limitExceeded('A key', limit, 'registrations', { keyId: key.id });
    const by = actorId(context.actor);
    const registration: Registration = {
      projectId: project.id,
      keyId: key.id,
      resource: input.resource,
      preventsDestruction: input.preventsDestruction ?? false,
      description: input.description ?? '',
      metadata: input.metadata ?? '',
      keyVersion: input.keyVersion ?? key.primaryVersion,
      createdBy: by,
      createdAt: at,
      updatedBy: by,
      updatedAt: at,
      revision: 1,
    };
    await tx.registrations.insert(registration);
    return registration;
  },
  record: (input, target) => registrationRecord(input, target),
};

interface Expectation extends RegistrationInput {
  /** Refuse with `conflict` when the registration is at none of these revisions. */
  readonly expectedRevisions?: readonly number[] | undefined;
}

/** What is undefined stays. */
export interface UpdateRegistrationInput extends Expectation, SomeFacts {}

/** All is said anew. */
export interface ReplaceRegistrationInput extends Expectation, RegistrationFacts {}

export const updateRegistration = change<UpdateRegistrationInput>(
  'registration.update',
  (input, { registration }) => ({
    preventsDestruction: input.preventsDestruction ?? registration.preventsDestruction,
    description: input.description ?? registration.description,
    metadata: input.metadata ?? registration.metadata,
    keyVersion: input.keyVersion ?? registration.keyVersion,
  }),
);

export const replaceRegistration = change<ReplaceRegistrationInput>(
  'registration.replace',
  (input, { of }) => ({
    preventsDestruction: input.preventsDestruction,
    description: input.description,
    metadata: input.metadata,
    keyVersion: input.keyVersion ?? of.key.primaryVersion,
  }),
);

function change<Input extends Expectation & SomeFacts>(
  name: OperationName,
  factsOf: (input: Input, target: Registered) => Pick<Registration, keyof RegistrationFacts>,
): ChangeOperation<Input, Registered, Registration> {
  return {
    name,
    kind: 'change',
    disclosure: 'denied',
    check(input) {
      requireResource(input.resource);
      requireFacts(input);
    },
    find: findRegistration,
    demands: ({ of }) => [keyDemand('registration.update', of.key)],
    allow({ of }, input) {
      requireChangeable(of.key);
      requireVersion(of, input.keyVersion);
    },
    async run(_kms, tx, { context, input, target, at }) {
      const { registration } = target;
      if (input.expectedRevisions?.includes(registration.revision) === false) {
        throw new KmsError('conflict', 'The registration is at another revision.', {
          revision: registration.revision,
        });
      }
      const changed = {
        ...registration,
        ...factsOf(input, target),
        updatedBy: actorId(context.actor),
        updatedAt: at,
      };
      await tx.registrations.update(changed);
      return { ...changed, revision: changed.revision + 1 };
    },
    record: (input, target) => registrationRecord(input, target?.of),
  };
}

/** Whatever the state of the key. */
export const deleteRegistration: ChangeOperation<RegistrationInput, Registered, Registration> = {
  name: 'registration.delete',
  kind: 'change',
  disclosure: 'denied',
  check: input => requireResource(input.resource),
  find: findRegistration,
  demands: ({ of }) => [keyDemand('registration.delete', of.key)],
  async run(_kms, tx, { target: { registration } }) {
    await tx.registrations.delete(registration.keyId, registration.resource);
    return registration;
  },
  record: (input, target) => registrationRecord(input, target?.of),
};
