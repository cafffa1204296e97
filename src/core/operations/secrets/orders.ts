// Orders: keys and pairs that are made here and kept as secrets. An order is done before it is answered, or says why it came to nothing;
// only a certificate waits, for an authority that there is not.

import { targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Order, OrderType } from '../../../domain/order.ts';
import type { Project } from '../../../domain/project.ts';
import { requireFuture, requireText, requireWindow } from '../../checks.ts';
import { madeBy, type RequestContext } from '../../context.ts';
import { homeProject } from '../../find-project.ts';
import { newObjectId } from '../../object-id.ts';
import type { AuditRecord, ChangeOperation, UseOperation } from '../../operation.ts';
import type { Window } from '../../ports/registrations.ts';
import type { StoreReads } from '../../ports/store.ts';
import { isId } from '../../references.ts';
import { onHomeProject } from '../projects/on-home-project.ts';
import {
  checkDescription,
  findPayloadHome,
  newSecretDemands,
  type PayloadHome,
  requireStore,
} from './keep-secret.ts';
import { keepOrdered, type Made, makeOrdered, type OrderedKey } from './ordered-material.ts';
import { requireRoom } from './quotas.ts';

export interface CreateOrderInput {
  readonly type: OrderType;
  /** What was asked for, as JSON, in the words of the protocol. */
  readonly request: string;
  readonly location: string;
  /** What is made of it; otherwise it waits, or has failed. */
  readonly ordered?: OrderedKey | undefined;
  readonly failure?: string | undefined;
}

export const createOrder: ChangeOperation<CreateOrderInput, PayloadHome, Order, Made | undefined> = {
  name: 'order.create',
  kind: 'change',
  disclosure: 'denied',
  check({ request, ordered }) {
    requireText('request', request, 2, LIMITS.orderRequestCharactersMax);
    if (ordered !== undefined) checkDescription({ ...ordered, type: 'opaque' });
  },
  find: findPayloadHome,
  demands: home => newSecretDemands(home, 'order.create'),
  allow(_home, { ordered }, at) {
    requireFuture(ordered?.expiresAt, at);
  },
  async prepare(kms, { input: { ordered }, target, context }) {
    if (ordered === undefined) return undefined;
    await requireStore(kms, context, target);
    return makeOrdered(kms, target, ordered);
  },
  async run(kms, tx, { input, target, prepared, context, at }) {
    const projectId = target.project.id;
    await requireRoom(tx, projectId, 'orders');
    const { type, request, failure, ordered } = input;
    const making = { context, at };
    const kept =
      ordered === undefined || prepared === undefined
        ? {}
        : await keepOrdered({ kms, tx, home: target, ordered, making }, prepared);
    const order: Order = {
      id: newObjectId(kms),
      projectId,
      type,
      request,
      state: failure !== undefined ? 'error' : ordered === undefined ? 'pending' : 'active',
      failure,
      ...kept,
      ...madeBy(making),
      updatedAt: at,
    };
    await tx.orders.insert(order);
    return order;
  },
  record: (input, home, order) => ({
    projectId: home?.project.id,
    targets: [...targetsOf('order', order), ...madeTargets(order)],
    details: { type: input.type, algorithm: input.ordered?.make, failed: input.failure !== undefined },
  }),
};

function madeTargets(order: Order | undefined): AuditRecord['targets'] {
  if (order?.secretId !== undefined) return [{ type: 'key', id: order.secretId, version: 1 }];
  return order?.containerId === undefined ? [] : [{ type: 'container', id: order.containerId }];
}

export interface OrderInput {
  readonly id: string;
}

export const readOrder: UseOperation<OrderInput, Order, Order> = {
  name: 'order.read',
  kind: 'read',
  disclosure: 'denied',
  find: findOrder,
  demands: ({ projectId }) => [{ permission: 'order.read', place: { projectId } }],
  run: async (_kms, { target }) => target,
  record: orderRecord,
};

/** What it has made stays. */
export const deleteOrder: ChangeOperation<OrderInput, Order, Order> = {
  name: 'order.delete',
  kind: 'change',
  disclosure: 'denied',
  find: findOrder,
  demands: ({ projectId }) => [{ permission: 'order.delete', place: { projectId } }],
  async run(_kms, tx, { target }) {
    await tx.orders.delete(target.id);
    return target;
  },
  record: orderRecord,
};

export interface ListOrdersInput {
  readonly requestPart?: string | undefined;
  readonly window: Window;
}

export interface OrderList {
  readonly items: readonly Order[];
  readonly total: number;
}

export const listOrders: UseOperation<ListOrdersInput, Project, OrderList> = {
  name: 'order.list',
  kind: 'read',
  ...onHomeProject('order.list'),
  check({ window, requestPart }) {
    requireWindow(window);
    if (requestPart !== undefined) requireText('requestPart', requestPart, 0, LIMITS.nameCharactersMax);
  },
  async run(kms, { input: { window, requestPart }, target: { id: projectId } }) {
    const query = { projectId, requestPart };
    const items = await kms.store.orders.list(query, window);
    return { items, total: await kms.store.orders.count(query) };
  },
};

async function findOrder(reads: StoreReads, context: RequestContext, { id }: OrderInput): Promise<Order> {
  const project = await homeProject(reads, context);
  const order = isId(id) ? await reads.orders.find(id) : undefined;
  if (order?.projectId === project.id) return order;
  throw new KmsError('notFound', 'There is no such order.', { noun: 'order' });
}

function orderRecord(_input: OrderInput, order: Order | undefined): AuditRecord {
  return { projectId: order?.projectId, targets: targetsOf('order', order) };
}
