// Containers: named sets of secrets of the same project.

import { targetsOf } from '../../../domain/audit-entry.ts';
import type { Consumer } from '../../../domain/consumer.ts';
import type { ContainedSecret, Container, ContainerType } from '../../../domain/container.ts';
import { MEMBER_NAMES } from '../../../domain/container.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Project } from '../../../domain/project.ts';
import { requireText, requireWindow } from '../../checks.ts';
import { type Making, madeBy } from '../../context.ts';
import { homeProject } from '../../find-project.ts';
import { newObjectId } from '../../object-id.ts';
import type { ChangeOperation, UseOperation } from '../../operation.ts';
import type { Window } from '../../ports/registrations.ts';
import type { ContainerQuery } from '../../ports/secrets.ts';
import type { StoreReads } from '../../ports/store.ts';
import { isId } from '../../references.ts';
import { onHomeProject } from '../projects/on-home-project.ts';
import { requireRoom } from './quotas.ts';
import {
  changeDemands,
  demandOn,
  findContainer,
  isExpired,
  isOwn,
  objectRecord,
  type Reached,
  readDemands,
} from './reach.ts';

export interface CreateContainerInput {
  readonly type: ContainerType;
  readonly name?: string | undefined;
  readonly secrets: readonly ContainedSecret[];
}

/** Throws `invalidInput` for names and secrets that a container of the type does not take, `notFound` for a secret that is not there. */
export const createContainer: ChangeOperation<CreateContainerInput, Project, Container> = {
  name: 'container.create',
  kind: 'change',
  disclosure: 'denied',
  check: checkContainer,
  async find(reads, context, input, kms) {
    const project = await homeProject(reads, context);
    for (const { secretId } of input.secrets) await requireSecret(reads, project, secretId, kms.clock.now());
    return project;
  },
  demands: ({ id }) => [{ permission: 'container.create', place: { projectId: id } }],
  async run(kms, tx, { input, target, context, at }) {
    await requireRoom(tx, target.id, 'containers');
    const container = newContainer(newObjectId(kms), target, input, { context, at });
    await tx.containers.insert(container);
    return container;
  },
  record: (input, project, container) => ({
    projectId: project?.id,
    targets: targetsOf('container', container),
    details: { type: input.type, secrets: input.secrets.map(({ secretId }) => secretId).slice(0, 100) },
  }),
};

export function newContainer(
  id: string,
  { id: projectId }: Project,
  { type, name, secrets }: CreateContainerInput,
  making: Making,
): Container {
  return { id, projectId, type, name, secrets, ...madeBy(making), updatedAt: making.at };
}

export interface ContainerInput {
  readonly id: string;
}

export interface ShownContainer {
  readonly container: Container;
  readonly consumers: readonly Consumer[];
}

export const readContainer: UseOperation<ContainerInput, Reached<Container>, ShownContainer> = {
  name: 'container.read',
  kind: 'read',
  disclosure: 'denied',
  find: (reads, context, { id }) => findContainer(reads, context, id),
  demands: (target, _input, context) => readDemands('container.read', target, context),
  run: async (kms, { target: { object: container } }) => ({
    container,
    consumers: await kms.store.consumers.ofObjects([container.id]),
  }),
  record: ({ id }, target) => objectRecord({ noun: 'container', id }, target),
};

export interface ListContainersInput extends Omit<ContainerQuery, 'projectId'> {
  readonly window: Window;
}

export interface ContainerList {
  readonly items: readonly ShownContainer[];
  readonly total: number;
}

export const listContainers: UseOperation<ListContainersInput, Project, ContainerList> = {
  name: 'container.list',
  kind: 'read',
  ...onHomeProject('container.list'),
  check({ window, name }) {
    requireWindow(window);
    if (name !== undefined) requireText('name', name, 0, LIMITS.nameCharactersMax);
  },
  async run(kms, { input: { window, ...asked }, target: { id: projectId } }) {
    const query = { ...asked, projectId };
    const containers = await kms.store.containers.list(query, window);
    const consumers = await kms.store.consumers.ofObjects(containers.map(({ id }) => id));
    const byContainer = Map.groupBy(consumers, ({ objectId }) => objectId);
    return {
      items: containers.map(container => ({ container, consumers: byContainer.get(container.id) ?? [] })),
      total: await kms.store.containers.count(query),
    };
  },
};

/** Those of others by a right of its own. The secrets stay. */
export const deleteContainer: ChangeOperation<ContainerInput, Reached<Container>, Container> = {
  name: 'container.delete',
  kind: 'change',
  disclosure: 'denied',
  find: (reads, context, { id }) => findContainer(reads, context, id),
  demands: (target, _input, context) =>
    isOwn(target.object, context)
      ? [demandOn('secret.ownAccess', target.object)]
      : changeDemands('container.delete', target, context),
  async run(_kms, tx, { target: { object } }) {
    await tx.containers.delete(object.id);
    return object;
  },
  record: ({ id }, target) => objectRecord({ noun: 'container', id }, target),
};

export interface ContainedSecretInput extends ContainerInput {
  readonly secret: ContainedSecret;
}

/** Throws `invalidInput` for a container of a fixed form, `notFound` for the secret, `alreadyExists`. */
export const putIntoContainer: ChangeOperation<ContainedSecretInput, Reached<Container>, Container> = {
  name: 'container.putSecret',
  kind: 'change',
  disclosure: 'denied',
  check: ({ secret }) => checkMemberText(secret),
  find: (reads, context, { id }) => findContainer(reads, context, id),
  demands: (target, _input, context) => changeDemands('container.update', target, context),
  allow: ({ object }) => requireGeneric(object),
  async run(_kms, tx, { input, target: { object }, at }) {
    await requireSecret(tx, { id: object.projectId }, input.secret.secretId, at);
    if (object.secrets.length >= LIMITS.secretsPerContainerMax) throw tooMany();
    await tx.containers.addSecret(object.id, input.secret, at);
    return { ...object, secrets: [...object.secrets, input.secret], updatedAt: at };
  },
  record: containedRecord,
};

/** Throws `notFound` where it is not in it under that name. */
export const takeFromContainer: ChangeOperation<ContainedSecretInput, Reached<Container>, Container> = {
  name: 'container.takeSecret',
  kind: 'change',
  disclosure: 'denied',
  check: ({ secret }) => checkMemberText(secret),
  find: (reads, context, { id }) => findContainer(reads, context, id),
  demands: (target, _input, context) => changeDemands('container.update', target, context),
  allow: ({ object }) => requireGeneric(object),
  async run(_kms, tx, { input, target: { object }, at }) {
    await tx.containers.removeSecret(object.id, input.secret, at);
    return { ...object, updatedAt: at };
  },
  record: containedRecord,
};

function containedRecord({ id, secret }: ContainedSecretInput, target: Reached<Container> | undefined) {
  const record = objectRecord({ noun: 'container', id }, target);
  const contained = isId(secret.secretId) ? [{ type: 'secret', id: secret.secretId } as const] : [];
  return { ...record, targets: [...record.targets, ...contained] };
}

function requireGeneric({ type }: Container): void {
  if (type !== 'generic')
    throw invalidInput('container', `of type ${type} keeps the secrets that it was made with`);
}

async function requireSecret(
  reads: StoreReads,
  project: Pick<Project, 'id'>,
  id: string,
  at: number,
): Promise<void> {
  const secret = isId(id) ? await reads.secrets.find(id) : undefined;
  if (secret?.projectId === project.id && !isExpired(secret, at)) return;
  throw new KmsError('notFound', 'There is no such secret for the container.', { noun: 'containedSecret' });
}

function checkMemberText({ name }: ContainedSecret): void {
  if (name !== undefined) requireText('secrets.name', name, 0, LIMITS.secretTextCharactersMax);
}

function checkContainer({ type, name, secrets }: CreateContainerInput): void {
  if (name !== undefined) requireText('name', name, 0, LIMITS.secretTextCharactersMax);
  if (secrets.length > LIMITS.secretsPerContainerMax) throw tooMany();
  for (const secret of secrets) checkMemberText(secret);
  if (new Set(secrets.map(secret => secret.name ?? '')).size < secrets.length) {
    throw invalidInput('secrets', 'must have different names');
  }
  if (new Set(secrets.map(secret => secret.secretId)).size < secrets.length) {
    throw invalidInput('secrets', 'must be different secrets');
  }
  if (type === 'generic' || secrets.length === 0) return;
  const { required, optional } = MEMBER_NAMES[type];
  const given = secrets.map(secret => secret.name ?? '');
  const missing = required.filter(member => !given.includes(member));
  const stray = given.filter(member => !required.includes(member) && !optional.includes(member));
  if (missing.length > 0 || stray.length > 0) {
    throw invalidInput(
      'secrets',
      `of a container of type ${type} must be named ${required.join(', ')}, and may be ${optional.join(', ')}`,
    );
  }
}

function tooMany(): KmsError {
  const limit = LIMITS.secretsPerContainerMax;
  return new KmsError('tooLarge', `A container has at most ${limit} secrets.`, { field: 'secrets', limit });
}
