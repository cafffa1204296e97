// Consumers of secrets and of containers: the same thing in two vocabularies.

import { execute } from '../../../core/execute.ts';
import {
  addConsumer,
  type Consumed,
  type ConsumerFacts,
  listConsumers,
  removeConsumer,
} from '../../../core/operations/secrets/consumers.ts';
import type { ObjectReference } from '../../../core/operations/secrets/reach.ts';
import type { Consumer } from '../../../domain/consumer.ts';
import { readObject } from '../body.ts';
import { Members } from '../members.ts';
import { listBody } from '../page.ts';
import { refusal } from '../refusal.ts';
import type { Answer, Call, Route } from '../route.ts';
import {
  consumerOfContainer,
  consumerOfSecret,
  consumerRow,
  containerRef,
  containerShape,
  type Shape,
  secretRef,
  secretShape,
} from '../shapes.ts';
import { SINCE } from '../versions.ts';
import { containerId } from './containers.ts';
import { secretId } from './secrets.ts';

const CONSUMER_NAME_CHARACTERS_MAX = 36;

interface Vocabulary {
  readonly noun: ObjectReference['noun'];
  readonly order: 'createdAt' | 'service';
  id(call: Call): string;
  ref(url: string, id: string): string;
  read(members: Members): ConsumerFacts;
  show(consumer: Consumer): Shape;
}

const OF_SECRETS: Vocabulary = {
  noun: 'secret',
  order: 'createdAt',
  id: secretId,
  ref: secretRef,
  read: members => ({
    service: members.requiredText('service'),
    resourceType: members.requiredText('resource_type'),
    resource: members.requiredText('resource_id'),
  }),
  show: consumerOfSecret,
};

const OF_CONTAINERS: Vocabulary = {
  noun: 'container',
  order: 'service',
  id: containerId,
  ref: containerRef,
  read: members => ({
    service: members.requiredText('name', CONSUMER_NAME_CHARACTERS_MAX),
    resourceType: '',
    resource: members.requiredText('URL'),
  }),
  show: consumerOfContainer,
};

function parentShape(call: Call, { object, consumers }: Consumed): Shape {
  const url = call.url();
  if (object.noun === 'container') return containerShape(url, object.container, consumers);
  // Here the consumers are shown whatever the version, and the type of the payload is not.
  const secret = { ...object.secret, contentType: undefined };
  return secretShape(url, secret, consumers, { minor: SINCE.consumersOfSecrets });
}

function routesOf(words: Vocabulary): readonly Route[] {
  const { noun: about } = words;
  const path = `/v1/${about}s/:id/consumers`;
  const input = (call: Call) => {
    const of = { noun: words.noun, id: words.id(call) };
    return { of, consumer: words.read(new Members('Consumer', readObject(call.body))) };
  };
  const add = async (call: Call): Promise<Answer> => {
    const asked = input(call);
    const body = parentShape(call, await execute(call.kms, addConsumer, call.context, asked));
    return { status: 200, body, location: `${call.url()}/v1/consumers/${asked.of.id}/consumers` };
  };
  const remove = async (call: Call): Promise<Answer> => ({
    status: 200,
    body: parentShape(call, await execute(call.kms, removeConsumer, call.context, input(call))),
  });
  const list = async (call: Call): Promise<Answer> => {
    const window = call.query.window();
    const of = { noun: words.noun, id: words.id(call) };
    const { order } = words;
    const { items, total } = await execute(call.kms, listConsumers, call.context, { of, order, window });
    const body = listBody({
      noun: 'consumers',
      items: items.map(consumer => consumerRow(consumer, words.show(consumer))),
      total,
      window,
      href: `${words.ref(call.url(), of.id)}/consumers`,
    });
    return { status: 200, body };
  };
  const one = async (): Promise<Answer> => {
    // Consumers have ids in Barbican that nobody is ever told.
    throw refusal(404, 'Consumer not found.');
  };
  return [
    { method: 'POST', path, about, takes: 'json', serve: add },
    { method: 'DELETE', path, about, takes: 'json', serve: remove },
    { method: 'GET', path, about, serve: list },
    { method: 'GET', path: `${path}/:consumer`, serve: one },
  ];
}

export const CONSUMER_ROUTES: readonly Route[] = [...routesOf(OF_SECRETS), ...routesOf(OF_CONTAINERS)];
