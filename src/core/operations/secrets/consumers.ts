// Consumers: who may read a secret or a container may say what uses it.

import type { Consumer } from '../../../domain/consumer.ts';
import { limitExceeded } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { deniedError } from '../../authorize.ts';
import { requireText, requireWindow } from '../../checks.ts';
import type { RequestContext } from '../../context.ts';
import type { AuditRecord, ChangeOperation, Demand, UseOperation } from '../../operation.ts';
import type { Window } from '../../ports/registrations.ts';
import type { StoreTransaction } from '../../ports/store.ts';
import { requireRoom } from './quotas.ts';
import {
  factsOf,
  findObject,
  type KeptObject,
  type ObjectReference,
  objectRecord,
  type Reached,
  readDemands,
} from './reach.ts';

export type ConsumerFacts = Pick<Consumer, 'service' | 'resourceType' | 'resource'>;

export interface ConsumerInput {
  readonly of: ObjectReference;
  readonly consumer: ConsumerFacts;
}

export interface Consumed {
  readonly object: KeptObject;
  /** All of them, in the order in which they came. */
  readonly consumers: readonly Consumer[];
}

/** One that is there already stays. */
export const addConsumer: ChangeOperation<ConsumerInput, Reached<KeptObject>, Consumed> = {
  name: 'consumer.add',
  kind: 'change',
  disclosure: 'denied',
  check: checkConsumer,
  find: (reads, context, { of }, kms) => findObject(reads, context, of, kms.clock.now()),
  demands,
  async run(_kms, tx, { input, target: { object }, context, at }) {
    const { id: objectId, projectId: ofObject } = factsOf(object);
    const projectId = context.projectId ?? ofObject;
    const consumer = { ...input.consumer, objectId, projectId, createdAt: at };
    if ((await findConsumer(tx, consumer)) === undefined) {
      await requireRoom(tx, projectId, 'consumers');
      const limit = LIMITS.consumersPerObjectMax;
      if ((await tx.consumers.count(objectId)) >= limit)
        throw limitExceeded('A secret or container', limit, 'consumers');
      await tx.consumers.put(consumer);
    }
    return { object, consumers: await tx.consumers.ofObjects([objectId]) };
  },
  record: consumerRecord,
};

/** Throws `notFound`, and `denied` for one that another project has added to what is of neither. */
export const removeConsumer: ChangeOperation<ConsumerInput, Reached<KeptObject>, Consumed> = {
  name: 'consumer.remove',
  kind: 'change',
  disclosure: 'denied',
  check: checkConsumer,
  find: (reads, context, { of }, kms) => findObject(reads, context, of, kms.clock.now()),
  demands,
  async run(_kms, tx, { input, target: { object }, context }) {
    const { id: objectId, projectId: ofObject } = factsOf(object);
    const consumer = { ...input.consumer, objectId };
    const found = await findConsumer(tx, consumer);
    const { projectId = ofObject } = context;
    if (found !== undefined && projectId !== found.projectId && projectId !== ofObject) {
      throw deniedError('a consumer that another project has added');
    }
    await tx.consumers.delete(consumer);
    return { object, consumers: await tx.consumers.ofObjects([objectId]) };
  },
  record: consumerRecord,
};

export interface ListConsumersInput {
  readonly of: ObjectReference;
  readonly order: 'createdAt' | 'service';
  readonly window: Window;
}

export interface ConsumerList {
  readonly items: readonly Consumer[];
  readonly total: number;
}

export const listConsumers: UseOperation<ListConsumersInput, Reached<KeptObject>, ConsumerList> = {
  name: 'consumer.list',
  kind: 'read',
  disclosure: 'denied',
  check: ({ window }) => requireWindow(window),
  find: (reads, context, { of }, kms) => findObject(reads, context, of, kms.clock.now()),
  demands,
  async run(kms, { input: { order, window }, target: { object } }) {
    const { id } = factsOf(object);
    const items = await kms.store.consumers.list(id, order, window);
    return { items, total: await kms.store.consumers.count(id) };
  },
  record: consumerRecord,
};

function demands(
  { object, access }: Reached<KeptObject>,
  { of }: { readonly of: ObjectReference },
  context: RequestContext,
): readonly Demand[] {
  return readDemands(`${of.noun}.read`, { object: factsOf(object), access }, context);
}

function consumerRecord(
  { of }: { readonly of: ObjectReference },
  target: Reached<KeptObject> | undefined,
): AuditRecord {
  return objectRecord(of, target && { object: factsOf(target.object), access: target.access });
}

function checkConsumer({ consumer: { service, resourceType, resource } }: ConsumerInput): void {
  requireText('service', service, 1, LIMITS.secretTextCharactersMax);
  requireText('resourceType', resourceType, 0, LIMITS.secretTextCharactersMax);
  requireText('resource', resource, 1, LIMITS.secretTextCharactersMax);
}

async function findConsumer(
  tx: StoreTransaction,
  sought: ConsumerFacts & Pick<Consumer, 'objectId'>,
): Promise<Consumer | undefined> {
  const consumers = await tx.consumers.ofObjects([sought.objectId]);
  return consumers.find(
    ({ service, resourceType, resource }) =>
      service === sought.service && resourceType === sought.resourceType && resource === sought.resource,
  );
}
