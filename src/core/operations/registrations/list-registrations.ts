// The registrations of a key or of a project, by resource, as a window of the list and with the size of the whole where it is asked for.

import type { KeyWithVersion } from '../../../domain/key.ts';
import type { Project } from '../../../domain/project.ts';
import type { Registration } from '../../../domain/registration.ts';
import { requireWindow } from '../../checks.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import { homeProject } from '../../find-project.ts';
import type { UseOperation } from '../../operation.ts';
import type { ResourceMatch, Window } from '../../ports/registrations.ts';
import { keyRecord } from '../keys/on-key.ts';
import {
  findRegistration,
  type Registered,
  type RegistrationInput,
  registrationRecord,
  requireResource,
} from './on-registration.ts';

export interface ListRegistrationsInput {
  /** Only those of this key. */
  readonly key?: KeySelector | undefined;
  readonly resource?: ResourceMatch | undefined;
  readonly preventsDestruction?: boolean | undefined;
  readonly window: Window;
  /** Whether to count all that match as well. */
  readonly total?: boolean | undefined;
}

interface ListTarget {
  readonly project: Project;
  readonly of?: KeyWithVersion | undefined;
}

export interface RegistrationList {
  readonly items: readonly Registration[];
  /** Where the next window begins; undefined when this one is not full. */
  readonly next?: number | undefined;
  readonly total?: number | undefined;
}

export const listRegistrations: UseOperation<ListRegistrationsInput, ListTarget, RegistrationList> = {
  name: 'registration.list',
  kind: 'read',
  disclosure: 'denied',
  check(input) {
    requireWindow(input.window);
    if (input.resource !== undefined) requireResource(input.resource.text);
  },
  async find(reads, context, input) {
    const project = await homeProject(reads, context);
    return input.key === undefined ? { project } : { project, of: await findKey(reads, context, input.key) };
  },
  demands: ({ project, of }) => [
    of === undefined
      ? { permission: 'registration.read', place: { projectId: project.id } }
      : keyDemand('registration.read', of.key),
  ],
  async run(kms, { target: { project, of }, input }) {
    const { resource, preventsDestruction, window } = input;
    // A key that was named by the account of another project stands there.
    const projectId = of?.project.id ?? project.id;
    const filter = { projectId, keyId: of?.key.id, resource, preventsDestruction };
    const items = await kms.store.registrations.list(filter, window);
    const next = items.length < window.limit ? undefined : window.offset + window.limit;
    const total = input.total ? await kms.store.registrations.count(filter) : undefined;
    return { items, next, total };
  },
  record: (_input, target) => ({
    ...keyRecord(target?.of),
    projectId: (target?.of?.project ?? target?.project)?.id,
  }),
};

export const readRegistration: UseOperation<RegistrationInput, Registered, Registration> = {
  name: 'registration.read',
  kind: 'read',
  disclosure: 'denied',
  check: input => requireResource(input.resource),
  find: findRegistration,
  demands: ({ of }) => [keyDemand('registration.read', of.key)],
  run: async (_kms, { target }) => target.registration,
  record: (input, target) => registrationRecord(input, target?.of),
};
