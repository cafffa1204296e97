// Who may reach a secret or a container beside the roles of its project. Whoever made it says so; others need a right of their own.

import type { AccessList, ListedPrincipal } from '../../../domain/access-list.ts';
import { KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Permission } from '../../../domain/permission.ts';
import { requireText } from '../../checks.ts';
import type { RequestContext } from '../../context.ts';
import type { AuditRecord, ChangeOperation, Demand, UseOperation } from '../../operation.ts';
import {
  demandOn,
  factsOf,
  findObject,
  isOwn,
  type KeptObject,
  type ObjectReference,
  objectRecord,
  type Reached,
} from './reach.ts';

export interface AccessListInput {
  readonly of: ObjectReference;
}

/** Undefined: there is none, and the project reaches the object by its roles. */
export const readAccessList: UseOperation<AccessListInput, Reached<KeptObject>, AccessList | undefined> = {
  name: 'accessList.read',
  kind: 'read',
  disclosure: 'denied',
  find: (reads, context, { of }, kms) => findObject(reads, context, of, kms.clock.now()),
  demands: (target, { of }, context) => ownOr('secret.readAccess', `${of.noun}.read`, target, context),
  run: async (_kms, { target }) => target.access,
  record: accessRecord,
};

export interface SetAccessListInput extends AccessListInput {
  /** Undefined: as it was; open where there was no list. */
  readonly openToProject?: boolean | undefined;
  /** Undefined: as they were; nobody where there was no list. */
  readonly principals?: readonly ListedPrincipal[] | undefined;
}

export const setAccessList: ChangeOperation<SetAccessListInput, Reached<KeptObject>, AccessList> = {
  name: 'accessList.set',
  kind: 'change',
  disclosure: 'denied',
  check({ principals = [] }) {
    const limit = LIMITS.principalsPerAccessListMax;
    if (principals.length > limit) {
      throw new KmsError('tooLarge', `An access list names at most ${limit} principals.`, { limit });
    }
    for (const { name } of principals) requireText('principals', name, 1, LIMITS.secretTextCharactersMax);
  },
  find: (reads, context, { of }, kms) => findObject(reads, context, of, kms.clock.now()),
  demands: (target, _input, context) => ownOr('secret.updateAccess', 'secret.ownAccess', target, context),
  async run(_kms, tx, { input, target: { object, access }, at }) {
    const list: AccessList = {
      objectId: factsOf(object).id,
      openToProject: input.openToProject ?? access?.openToProject ?? true,
      principals: onceEach(input.principals ?? access?.principals ?? []),
      createdAt: access?.createdAt ?? at,
      updatedAt: at,
    };
    const says = input.openToProject !== undefined || input.principals !== undefined;
    if (says) await tx.accessLists.put(list);
    return list;
  },
  record: (input, target) => ({
    ...accessRecord(input, target),
    details: {
      openToProject: input.openToProject,
      principals: input.principals?.slice(0, 100).map(({ id }) => id),
    },
  }),
};

/** None is fine. */
export const deleteAccessList: ChangeOperation<AccessListInput, Reached<KeptObject>, undefined> = {
  name: 'accessList.delete',
  kind: 'change',
  disclosure: 'denied',
  find: (reads, context, { of }, kms) => findObject(reads, context, of, kms.clock.now()),
  demands: (target, _input, context) => ownOr('secret.updateAccess', 'secret.ownAccess', target, context),
  async run(_kms, tx, { target: { object } }) {
    await tx.accessLists.delete(factsOf(object).id);
    return undefined;
  },
  record: accessRecord,
};

function onceEach(principals: readonly ListedPrincipal[]): readonly ListedPrincipal[] {
  return [...new Map(principals.map(listed => [listed.id, listed])).values()];
}

function ownOr(
  others: Permission,
  own: Permission,
  { object }: Reached<KeptObject>,
  context: RequestContext,
): readonly Demand[] {
  const facts = factsOf(object);
  return [demandOn(isOwn(facts, context) ? own : others, facts)];
}

function accessRecord({ of }: AccessListInput, target: Reached<KeptObject> | undefined): AuditRecord {
  return objectRecord(of, target && { object: factsOf(target.object), access: target.access });
}
