// Orders of keys, pairs and certificates. What cannot be made is not refused: the order says so itself, as Barbican's does.

import { utf8 } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { execute } from '../../../core/execute.ts';
import {
  type CreateOrderInput,
  createOrder,
  deleteOrder,
  listOrders,
  readOrder,
} from '../../../core/operations/secrets/orders.ts';
import { ORDER_TYPES, type OrderType } from '../../../domain/order.ts';
import { SECRET_TYPES } from '../../../domain/secret.ts';
import type { JsonValue } from '../../../wire/json.ts';
import { pairToMake, symmetricToMake } from '../algorithms.ts';
import { readObject } from '../body.ts';
import { Members } from '../members.ts';
import { isObjectId } from '../names.ts';
import { listBody } from '../page.ts';
import { BINARY, knownContentType, readContentEncoding } from '../payload.ts';
import { absent, refusal } from '../refusal.ts';
import { type Answer, type Call, NO_CONTENT, type Route } from '../route.ts';
import { orderRef, orderShape } from '../shapes.ts';
import { repeatedTime } from '../times.ts';
import { readDescription } from './secrets.ts';

function orderId({ params }: Call): string {
  const { id = '' } = params;
  if (!isObjectId(id)) throw absent('order');
  return id;
}

async function create(call: Call): Promise<Answer> {
  const members = new Members('Order', readObject(call.body));
  const type = members.oneOf('type', ORDER_TYPES) ?? members.refuse(`'type' is a required property`);
  const meta = members.object('meta') ?? members.refuse(`'meta' is a required property`);
  const input = type === 'certificate' ? waiting(meta) : making(type, meta);
  const { location } = call;
  using _passphrase = input.ordered?.passphrase;
  const order = await execute(call.kms, createOrder, call.context, { ...input, type, location });
  const ref = orderRef(call.url(), order.id);
  return { status: 202, body: { order_ref: ref }, location: ref };
}

type Ordered = Pick<CreateOrderInput, 'request' | 'ordered' | 'failure'>;

function making(type: Exclude<OrderType, 'certificate'>, meta: Members): Ordered {
  const described = readDescription(meta);
  // What these say is of no weight here, but has to be what a secret could say.
  readContentEncoding(meta);
  meta.oneOf('secret_type', SECRET_TYPES);
  meta.oneOf('transport_key_needed', { true: 1, false: 0 });
  const { algorithm, bitLength } = described;
  if (meta.has('payload')) return meta.refuse(`'payload' not allowed for ${type} type order`);
  if (algorithm === undefined || algorithm === '') {
    return meta.refuse(`'algorithm' is required field for ${type} type order`);
  }
  if (bitLength === undefined) return meta.refuse(`'bit_length' is required field for ${type} type order`);
  if (bitLength % 8 !== 0) return meta.refuse('Must be a positive integer that is a multiple of 8');
  const contentType = readContentType(meta);
  const { name = null } = described;
  const request = requestText(meta, { name, expiration: repeatedTime(meta.text('expiration') ?? '') });
  const made =
    type === 'key' ? symmetricToMake(algorithm, bitLength, described.mode) : pairToMake(algorithm, bitLength);
  if ('failure' in made) return { request, failure: made.failure };
  const passphrase = type === 'asymmetric' ? readPassphrase(meta) : undefined;
  return { request, ordered: { ...described, ...made, contentType, passphrase } };
}

function readPassphrase(meta: Members): SecretBytes | undefined {
  const text = meta.text('passphrase', { orNull: true });
  return text === undefined || text === '' ? undefined : SecretBytes.own(Uint8Array.from(utf8(text)));
}

function readContentType(meta: Members): string {
  const asked = meta.text('payload_content_type', { orNull: true });
  if (asked === undefined || asked === '') return BINARY;
  return knownContentType(asked) ?? meta.refuse('payload_content_type is not supported');
}

/** What each request for a certificate has to say. */
const CERTIFICATE_REQUESTS = {
  custom: [],
  'simple-cmc': ['request_data'],
  'stored-key': ['container_ref', 'subject_dn'],
} as const satisfies Record<string, readonly string[]>;

/** Clients of certificates know no `expiration`: nothing is added to what they sent. */
function waiting(meta: Members): Ordered {
  const given = (name: string): boolean => (meta.value(name) ?? null) !== null;
  if (given('payload')) return meta.refuse("'payload' not allowed for certificate type order");
  const asked = meta.oneOf('request_type', CERTIFICATE_REQUESTS) ?? 'custom';
  const required = [...CERTIFICATE_REQUESTS[asked], ...(meta.has('profile') ? ['ca_id'] : [])];
  const missing = required.find(name => !given(name));
  if (missing !== undefined) throw refusal(400, `Missing required metadata field for ${missing}`);
  return { request: requestText(meta, {}) };
}

const UNKEPT = 'passphrase';

/**
 * What was asked for, with the members that Barbican adds or writes in its own way. A passphrase is kept as a secret and not here, where
 * Barbican keeps it too.
 */
function requestText(meta: Members, added: Readonly<Record<string, JsonValue>>): string {
  const asked: Record<string, JsonValue> = {};
  for (const name of meta.names()) if (name !== UNKEPT) asked[name] = meta.value(name) ?? null;
  return JSON.stringify({ ...asked, ...added });
}

async function list(call: Call): Promise<Answer> {
  const { kms, context, query } = call;
  const window = query.window();
  const { items, total } = await execute(kms, listOrders, context, {
    window,
    requestPart: query.filter('meta'),
  });
  const body = listBody({
    noun: 'orders',
    items: items.map(order => orderShape(call.url(), order)),
    total,
    window,
    href: `${call.url()}/v1/orders`,
    filters: query.pick(['meta']),
  });
  return { status: 200, body };
}

async function show(call: Call): Promise<Answer> {
  const order = await execute(call.kms, readOrder, call.context, { id: orderId(call) });
  return { status: 200, body: orderShape(call.url(), order) };
}

async function remove(call: Call): Promise<Answer> {
  await execute(call.kms, deleteOrder, call.context, { id: orderId(call) });
  return NO_CONTENT;
}

export const ORDER_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v1/orders', takes: 'json', needs: 'order.create', serve: create },
  { method: 'GET', path: '/v1/orders', serve: list },
  { method: 'GET', path: '/v1/orders/:id', serve: show },
  { method: 'DELETE', path: '/v1/orders/:id', answers: 'anything', serve: remove },
];
