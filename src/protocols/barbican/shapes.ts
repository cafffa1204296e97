// Objects as Barbican shows them. The sets of members are complete: its clients make objects of them and fail on any other.

import type { AccessList } from '../../domain/access-list.ts';
import type { Consumer } from '../../domain/consumer.ts';
import type { Container } from '../../domain/container.ts';
import type { Order } from '../../domain/order.ts';
import type { Secret } from '../../domain/secret.ts';
import { creatorId } from './names.ts';
import { optionalTimeText, timeText } from './times.ts';
import { type Microversion, SINCE } from './versions.ts';

export type Shape = Readonly<Record<string, unknown>>;

export function secretRef(url: string, id: string): string {
  return `${url}/v1/secrets/${id}`;
}

export function containerRef(url: string, id: string): string {
  return `${url}/v1/containers/${id}`;
}

export function orderRef(url: string, id: string): string {
  return `${url}/v1/orders/${id}`;
}

export function secretShape(
  url: string,
  secret: Secret,
  consumers: readonly Consumer[] | undefined,
  { minor }: Microversion,
): Shape {
  const shown =
    minor >= SINCE.consumersOfSecrets ? { consumers: (consumers ?? []).map(consumerOfSecret) } : {};
  return {
    created: timeText(secret.createdAt),
    updated: timeText(secret.updatedAt),
    status: 'ACTIVE',
    name: secret.name ?? null,
    secret_type: secret.type,
    expiration: optionalTimeText(secret.expiresAt),
    algorithm: secret.algorithm ?? null,
    bit_length: secret.bitLength ?? null,
    mode: secret.mode ?? null,
    creator_id: creatorId(secret.createdBy),
    ...shown,
    ...(secret.contentType === undefined ? {} : { content_types: { default: secret.contentType } }),
    secret_ref: secretRef(url, secret.id),
  };
}

export function containerShape(url: string, container: Container, consumers: readonly Consumer[]): Shape {
  return {
    created: timeText(container.createdAt),
    updated: timeText(container.updatedAt),
    status: 'ACTIVE',
    name: container.name ?? null,
    type: container.type,
    creator_id: creatorId(container.createdBy),
    secret_refs: container.secrets.map(({ name, secretId }) => ({
      name: name ?? null,
      secret_ref: secretRef(url, secretId),
    })),
    consumers: consumers.map(consumerOfContainer),
    container_ref: containerRef(url, container.id),
  };
}

export function consumerOfSecret({ service, resourceType, resource }: Consumer): Shape {
  return { service, resource_type: resourceType, resource_id: resource };
}

export function consumerOfContainer({ service, resource }: Consumer): Shape {
  return { name: service, URL: resource };
}

export function consumerRow(consumer: Consumer, shown: Shape): Shape {
  const created = timeText(consumer.createdAt);
  return { created, updated: created, status: 'ACTIVE', ...shown };
}

const ORDER_STATUSES = { pending: 'PENDING', active: 'ACTIVE', error: 'ERROR' } as const;

export function orderShape(url: string, order: Order): Shape {
  const { state, failure, secretId, containerId } = order;
  return {
    created: timeText(order.createdAt),
    updated: timeText(order.updatedAt),
    status: ORDER_STATUSES[state],
    type: order.type,
    meta: JSON.parse(order.request) as unknown,
    creator_id: creatorId(order.createdBy),
    ...(state === 'active' ? { sub_status: 'Unknown', sub_status_message: 'Unknown' } : {}),
    ...(state === 'pending' ? CERTIFICATE_PENDING : {}),
    ...(failure === undefined ? {} : { error_status_code: '400', error_reason: failure }),
    ...(secretId === undefined ? {} : { secret_ref: secretRef(url, secretId) }),
    ...(containerId === undefined ? {} : { container_ref: containerRef(url, containerId) }),
    order_ref: orderRef(url, order.id),
  };
}

const CERTIFICATE_PENDING = {
  sub_status: 'cert_request_pending',
  sub_status_message: 'The certificate waits for an authority.',
};

export function accessShape(access: AccessList | undefined): Shape {
  if (access === undefined) return { read: { 'project-access': true } };
  return {
    read: {
      'project-access': access.openToProject,
      users: access.principals.map(({ name }) => name),
      created: timeText(access.createdAt),
      updated: timeText(access.updatedAt),
    },
  };
}
