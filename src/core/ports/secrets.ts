// The part of the store that remembers what clients keep: secrets, containers, consumers, access lists, orders and quotas.

import type { AccessList } from '../../domain/access-list.ts';
import type { Consumer } from '../../domain/consumer.ts';
import type { Container, ContainerType } from '../../domain/container.ts';
import type { InstantRange } from '../../domain/instant-range.ts';
import type { Order } from '../../domain/order.ts';
import type { ProjectQuotas } from '../../domain/quota.ts';
import type { Secret, SecretType } from '../../domain/secret.ts';
import type { Window } from './registrations.ts';

export type SecretInstant = 'createdAt' | 'updatedAt' | 'expiresAt';

/** `%` is any text and `_` any character; letters of ASCII are alike in either case. */
export type TextPattern = string;

export interface SecretQuery {
  /** Those of the project, or those whose access lists name the principal. */
  readonly within: { readonly projectId: string } | { readonly listing: string };
  readonly name?: TextPattern | undefined;
  readonly algorithm?: TextPattern | undefined;
  readonly mode?: TextPattern | undefined;
  readonly bitLength?: number | undefined;
  readonly type?: SecretType | undefined;
  readonly instants?: { readonly [Name in SecretInstant]?: InstantRange | undefined } | undefined;
  /** Those that have not expired at this instant. */
  readonly at: number;
}

export type SecretSortProperty = 'name' | 'algorithm' | 'bitLength' | 'mode' | 'type' | SecretInstant;

export interface SecretSortTerm {
  readonly by: SecretSortProperty;
  /** What is absent comes before all others, and in descending order after them. */
  readonly descending: boolean;
}

export interface SecretReads {
  find(id: string): Promise<Secret | undefined>;
  /** `sort` is completed by the order in which they were made. */
  search(query: SecretQuery, sort: readonly SecretSortTerm[], window: Window): Promise<readonly Secret[]>;
  count(query: SecretQuery): Promise<number>;
  /** Expired ones included: they hold their places. */
  countOfProject(projectId: string): Promise<number>;
}

export interface SecretWrites {
  insert(secret: Secret): Promise<void>;
  /** `secret.revision` is the revision it was read at; the stored one becomes one higher. */
  update(secret: Secret): Promise<void>;
  /** It leaves its containers; its consumers and its access list go with it. */
  delete(id: string): Promise<void>;
}

export interface ContainerQuery {
  readonly projectId: string;
  readonly name?: TextPattern | undefined;
  readonly type?: ContainerType | undefined;
}

export interface ContainerReads {
  find(id: string): Promise<Container | undefined>;
  /** In the order in which they were made. */
  list(query: ContainerQuery, window: Window): Promise<readonly Container[]>;
  count(query: ContainerQuery): Promise<number>;
}

export interface ContainerWrites {
  insert(container: Container): Promise<void>;
  /** Its consumers and its access list go with it. */
  delete(id: string): Promise<void>;
  /** At the end. Throws `alreadyExists` for the same secret under the same name. */
  addSecret(id: string, secret: Container['secrets'][number], at: number): Promise<void>;
  /** Throws `notFound` when it is not there under that name. */
  removeSecret(id: string, secret: Container['secrets'][number], at: number): Promise<void>;
}

export interface ConsumerReads {
  /** In the order in which they came, or by the names of their services. */
  list(objectId: string, order: 'createdAt' | 'service', window: Window): Promise<readonly Consumer[]>;
  count(objectId: string): Promise<number>;
  countOfProject(projectId: string): Promise<number>;
  /** All consumers of a page of objects. */
  ofObjects(objectIds: readonly string[]): Promise<readonly Consumer[]>;
}

export interface ConsumerWrites {
  /** One that is there stays as it is. */
  put(consumer: Consumer): Promise<void>;
  delete(consumer: Omit<Consumer, 'projectId' | 'createdAt'>): Promise<void>;
}

export interface AccessListReads {
  /** Hot path: asked for every use of a secret. */
  find(objectId: string): Promise<AccessList | undefined>;
}

export interface AccessListWrites {
  /** In the place of the one before. */
  put(list: AccessList): Promise<void>;
  /** Absent is fine. */
  delete(objectId: string): Promise<void>;
}

export interface OrderQuery {
  readonly projectId: string;
  /** A part of the request as it is stored. */
  readonly requestPart?: string | undefined;
}

export interface OrderReads {
  find(id: string): Promise<Order | undefined>;
  /** In the order in which they were made. */
  list(query: OrderQuery, window: Window): Promise<readonly Order[]>;
  count(query: OrderQuery): Promise<number>;
}

export interface OrderWrites {
  insert(order: Order): Promise<void>;
  delete(id: string): Promise<void>;
}

export interface QuotaReads {
  /** Hot path: asked whenever something is made. */
  find(projectId: string): Promise<ProjectQuotas | undefined>;
  /** By project. */
  list(window: Window): Promise<readonly ProjectQuotas[]>;
  count(): Promise<number>;
}

export interface QuotaWrites {
  put(quotas: ProjectQuotas): Promise<void>;
  delete(projectId: string): Promise<void>;
}

/** What the store has of all this. */
export interface SecretStoreReads {
  readonly secrets: SecretReads;
  readonly containers: ContainerReads;
  readonly consumers: ConsumerReads;
  readonly accessLists: AccessListReads;
  readonly orders: OrderReads;
  readonly quotas: QuotaReads;
}

export interface SecretStoreWrites {
  readonly secrets: SecretReads & SecretWrites;
  readonly containers: ContainerReads & ContainerWrites;
  readonly consumers: ConsumerReads & ConsumerWrites;
  readonly accessLists: AccessListReads & AccessListWrites;
  readonly orders: OrderReads & OrderWrites;
  readonly quotas: QuotaReads & QuotaWrites;
}
