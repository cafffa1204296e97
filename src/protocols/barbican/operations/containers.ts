// Containers, and the secrets in them.

import { isKeyOf } from '../../../base/table.ts';
import { execute } from '../../../core/execute.ts';
import {
  createContainer,
  deleteContainer,
  listContainers,
  putIntoContainer,
  readContainer,
  takeFromContainer,
} from '../../../core/operations/secrets/containers.ts';
import { CONTAINER_TYPES, type ContainedSecret } from '../../../domain/container.ts';
import { readObject } from '../body.ts';
import { Members } from '../members.ts';
import { isObjectId } from '../names.ts';
import { listBody } from '../page.ts';
import { absent, refusal } from '../refusal.ts';
import { type Answer, type Call, NO_CONTENT, type Route } from '../route.ts';
import { containerRef, containerShape } from '../shapes.ts';

const SCHEMA = 'Container';

export function containerId({ params }: Pick<Call, 'params'>): string {
  const { id = '' } = params;
  if (!isObjectId(id)) throw absent('container');
  return id;
}

/** Throws 400 for a reference to somewhere else, 404 for one to what cannot be there. */
function readMember(call: Call, members: Members, { orNull = false } = {}): ContainedSecret {
  const name = members.text('name', { orNull });
  const ref = members.requiredText('secret_ref');
  const prefix = `${call.url()}/v1/secrets/`;
  if (!ref.startsWith(prefix)) return members.refuse(`secret_ref must begin with ${prefix}`);
  const secretId = ref.slice(prefix.length).replace(/\/$/, '');
  if (!isObjectId(secretId)) throw refusal(404, 'Secret provided for the container does not exist.');
  return { name, secretId };
}

async function create(call: Call): Promise<Answer> {
  const members = new Members(SCHEMA, readObject(call.body));
  const type = members.oneOf('type', CONTAINER_TYPES) ?? members.refuse("'type' is a required property");
  const name = members.text('name', { orNull: true });
  const secrets = members.objects('secret_refs').map(member => readMember(call, member, { orNull: true }));
  const container = await execute(call.kms, createContainer, call.context, { type, name, secrets });
  const ref = containerRef(call.url(), container.id);
  return { status: 201, body: { container_ref: ref }, location: ref };
}

/** Of a type that no container has. */
const NONE = { items: [], total: 0 };

async function list(call: Call): Promise<Answer> {
  const { kms, context, query } = call;
  const window = query.window();
  const asked = query.filter('type');
  const type = asked !== undefined && isKeyOf(CONTAINER_TYPES, asked) ? asked : undefined;
  const found = await execute(kms, listContainers, context, { window, name: query.filter('name'), type });
  const { items, total } = asked !== undefined && type === undefined ? NONE : found;
  const body = listBody({
    noun: 'containers',
    items: items.map(({ container, consumers }) => containerShape(call.url(), container, consumers)),
    total,
    window,
    href: `${call.url()}/v1/containers`,
    filters: query.pick(['name', 'type']),
  });
  return { status: 200, body };
}

async function show(call: Call): Promise<Answer> {
  const { container, consumers } = await execute(call.kms, readContainer, call.context, {
    id: containerId(call),
  });
  return { status: 200, body: containerShape(call.url(), container, consumers) };
}

async function remove(call: Call): Promise<Answer> {
  await execute(call.kms, deleteContainer, call.context, { id: containerId(call) });
  return NO_CONTENT;
}

async function putSecret(call: Call): Promise<Answer> {
  const id = containerId(call);
  const secret = readMember(call, new Members('ContainerSecret', readObject(call.body)));
  await execute(call.kms, putIntoContainer, call.context, { id, secret });
  const ref = containerRef(call.url(), id);
  return { status: 201, body: { container_ref: ref }, location: ref };
}

async function takeSecret(call: Call): Promise<Answer> {
  const id = containerId(call);
  const secret = readMember(call, new Members('ContainerSecret', readObject(call.body)));
  await execute(call.kms, takeFromContainer, call.context, { id, secret });
  return NO_CONTENT;
}

export const CONTAINER_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v1/containers', takes: 'json', needs: 'container.create', serve: create },
  { method: 'GET', path: '/v1/containers', serve: list },
  { method: 'GET', path: '/v1/containers/:id', serve: show },
  { method: 'DELETE', path: '/v1/containers/:id', answers: 'anything', serve: remove },
  { method: 'POST', path: '/v1/containers/:id/secrets', about: 'container', takes: 'json', serve: putSecret },
  {
    method: 'DELETE',
    path: '/v1/containers/:id/secrets',
    takes: 'json',
    answers: 'anything',
    serve: takeSecret,
  },
];
