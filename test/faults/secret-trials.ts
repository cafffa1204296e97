// The operations on what clients keep: secrets, containers, consumers, access lists, orders and quotas.

import { SecretBytes } from '../../src/base/secret-bytes.ts';
import * as access from '../../src/core/operations/secrets/access-lists.ts';
import * as consumers from '../../src/core/operations/secrets/consumers.ts';
import * as containers from '../../src/core/operations/secrets/containers.ts';
import { deleteSecret } from '../../src/core/operations/secrets/delete-secret.ts';
import { keepSecret, storePayload } from '../../src/core/operations/secrets/keep-secret.ts';
import * as orders from '../../src/core/operations/secrets/orders.ts';
import * as quotas from '../../src/core/operations/secrets/quotas.ts';
import type { ObjectReference } from '../../src/core/operations/secrets/reach.ts';
import { listSecrets, readSecret } from '../../src/core/operations/secrets/read-secret.ts';
import { revealSecret } from '../../src/core/operations/secrets/reveal-secret.ts';
import { changeMetadata } from '../../src/core/operations/secrets/secret-metadata.ts';
import * as stores from '../../src/core/operations/secrets/secret-stores.ts';
import { type Bench, uniqueName } from './bench.ts';
import { type Trial, trial } from './trial.ts';

const WINDOW = { offset: 0, limit: 10 };
const DESCRIPTION = { type: 'symmetric', name: 'a', algorithm: 'aes', location: 'here' } as const;
const ONE = { id: 'one', name: 'one' };
const CONSUMER = { service: 'volumes', resourceType: 'volume', resource: 'one' };
const ORDER = { request: '{}', location: 'here' } as const;
const ORDERED = { contentType: 'application/octet-stream', name: 'a' } as const;

const PAIR_ORDER = { ...ORDER, type: 'asymmetric', ordered: { ...ORDERED, make: 'rsa-2048' } } as const;

const payload = () => ({
  material: SecretBytes.own(new Uint8Array(32).fill(7)),
  contentType: 'application/octet-stream',
  algorithm: 'aes-256' as const,
});

async function aSecret(bench: Bench): Promise<{ readonly id: string }> {
  return bench.do(keepSecret, { ...DESCRIPTION, payload: payload() });
}

async function aContainer(bench: Bench): Promise<{ readonly id: string; readonly secretId: string }> {
  const { id: secretId } = await aSecret(bench);
  const input = { type: 'generic', secrets: [{ name: 'a', secretId }] } as const;
  return { id: (await bench.do(containers.createContainer, input)).id, secretId };
}

async function secretObject(bench: Bench): Promise<{ readonly of: ObjectReference }> {
  return { of: { noun: 'secret', id: (await aSecret(bench)).id } };
}

async function containerObject(bench: Bench): Promise<{ readonly of: ObjectReference }> {
  return { of: { noun: 'container', id: (await aContainer(bench)).id } };
}

async function anOrder(bench: Bench): Promise<{ readonly id: string }> {
  return bench.do(orders.createOrder, { ...ORDER, type: 'certificate' });
}

async function someQuotas(bench: Bench): Promise<{ readonly projectId: string }> {
  const projectId = uniqueName();
  await bench.do(quotas.setQuotas, { projectId, quotas: { secrets: 5 } }, 'system');
  return { projectId };
}

export const SECRET_TRIALS: readonly Trial[] = [
  trial(keepSecret, async () => ({ ...DESCRIPTION, payload: payload() })),
  trial(
    storePayload,
    async bench => ({
      id: (await bench.do(keepSecret, DESCRIPTION)).id,
      payload: payload(),
      location: 'here',
    }),
    { repeated: 'conflict' },
  ),
  trial(readSecret, async bench => ({ ...(await aSecret(bench)), withConsumers: true })),
  trial(listSecrets, async () => ({ window: WINDOW, withConsumers: true })),
  trial(revealSecret, aSecret),
  trial(changeMetadata, async bench => ({
    id: (await aSecret(bench)).id,
    change: { replace: { a: 'b' } },
  })),
  trial(deleteSecret, async bench => ({ id: (await aContainer(bench)).secretId }), { repeated: 'notFound' }),
  trial(containers.createContainer, async bench => {
    const { id: secretId } = await aSecret(bench);
    return { type: 'generic', name: 'a', secrets: [{ secretId }] } as const;
  }),
  trial(containers.readContainer, aContainer),
  trial(containers.listContainers, async () => ({ window: WINDOW })),
  trial(containers.deleteContainer, aContainer, { repeated: 'notFound' }),
  trial(
    containers.putIntoContainer,
    async bench => {
      const { id, secretId } = await aContainer(bench);
      return { id, secret: { name: 'b', secretId } };
    },
    { repeated: 'alreadyExists' },
  ),
  trial(
    containers.takeFromContainer,
    async bench => {
      const { id, secretId } = await aContainer(bench);
      return { id, secret: { name: 'a', secretId } };
    },
    { repeated: 'notFound' },
  ),
  trial(consumers.addConsumer, async bench => ({ ...(await secretObject(bench)), consumer: CONSUMER })),
  trial(
    consumers.removeConsumer,
    async bench => {
      const input = { ...(await containerObject(bench)), consumer: CONSUMER };
      await bench.do(consumers.addConsumer, input);
      return input;
    },
    { repeated: 'notFound' },
  ),
  trial(consumers.listConsumers, async bench => ({
    ...(await containerObject(bench)),
    order: 'service' as const,
    window: WINDOW,
  })),
  trial(access.readAccessList, secretObject),
  trial(access.setAccessList, async bench => ({
    ...(await containerObject(bench)),
    principals: [ONE],
    openToProject: false,
  })),
  trial(access.deleteAccessList, async bench => {
    const input = await secretObject(bench);
    await bench.do(access.setAccessList, { ...input, principals: [ONE] });
    return input;
  }),
  trial(orders.createOrder, async () => PAIR_ORDER),
  trial(orders.readOrder, anOrder),
  trial(orders.listOrders, async () => ({ window: WINDOW })),
  trial(orders.deleteOrder, anOrder, { repeated: 'notFound' }),
  trial(stores.readSecretStores, async () => undefined),
  trial(
    stores.preferSecretStore,
    async bench => {
      await bench.do(stores.preferSecretStore, { store: 'software' });
      return { store: undefined };
    },
    { repeated: 'notFound' },
  ),
  trial(quotas.readQuotas, async () => undefined),
  trial(quotas.listQuotas, async () => ({ window: WINDOW }), { where: 'system' }),
  trial(quotas.readProjectQuotas, someQuotas, { where: 'system' }),
  trial(quotas.setQuotas, async () => ({ projectId: uniqueName(), quotas: { orders: 0 } }), {
    where: 'system',
  }),
  trial(quotas.deleteQuotas, someQuotas, { where: 'system', repeated: 'notFound' }),
];
