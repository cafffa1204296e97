// Secrets: made, listed, shown, given a payload in a second step, deleted.

import { wipe } from '../../../base/bytes.ts';
import { execute } from '../../../core/execute.ts';
import { deleteSecret } from '../../../core/operations/secrets/delete-secret.ts';
import { keepSecret, type Payload, storePayload } from '../../../core/operations/secrets/keep-secret.ts';
import { listSecrets, readSecret } from '../../../core/operations/secrets/read-secret.ts';
import { revealSecret } from '../../../core/operations/secrets/reveal-secret.ts';
import { SECRET_TYPES, type Secret } from '../../../domain/secret.ts';
import { algorithmOfPayload } from '../algorithms.ts';
import { readWithPayload } from '../body.ts';
import { Members } from '../members.ts';
import { isObjectId } from '../names.ts';
import { listBody } from '../page.ts';
import {
  asksForMetadata,
  type GivenPayload,
  readAccept,
  readPayload,
  readRawPayload,
  unofferedType,
} from '../payload.ts';
import { absent, type BarbicanRefusal, refusal } from '../refusal.ts';
import type { Answer, Call, Route } from '../route.ts';
import { NO_CONTENT } from '../route.ts';
import { asksForUnknownType, readSecretQuery, SECRET_FILTERS } from '../secret-query.ts';
import { secretRef, secretShape } from '../shapes.ts';
import { parseTime } from '../times.ts';
import { SINCE } from '../versions.ts';

const SCHEMA = 'Secret';
const BITS_MAX = 32_767;

/** Throws 404 for what cannot be the id of a secret. */
export function secretId({ params }: Pick<Call, 'params'>): string {
  const { id = '' } = params;
  if (!isObjectId(id)) throw absent('secret');
  return id;
}

async function createSecret(call: Call): Promise<Answer> {
  const { kms, context, location } = call;
  const { members: json, payload: text } = readWithPayload(call.body);
  let given: GivenPayload | undefined;
  try {
    const members = new Members(SCHEMA, json);
    const described = readDescription(members);
    const type = members.oneOf('secret_type', SECRET_TYPES) ?? 'opaque';
    requireNoTransportKey(members);
    given = readPayload(members, text);
    const description = { ...described, type };
    const payload = given && asPayload(given, description);
    const secret = await execute(kms, keepSecret, context, { ...description, payload, location });
    const ref = secretRef(call.url(), secret.id);
    return { status: 201, body: { secret_ref: ref }, location: ref };
  } finally {
    if (text !== undefined) wipe(text);
    given?.material[Symbol.dispose]();
  }
}

/** What secrets and orders say alike of a secret. */
export function readDescription(
  members: Members,
): Pick<Secret, 'name' | 'algorithm' | 'bitLength' | 'mode' | 'expiresAt'> {
  return {
    name: members.text('name', { orNull: true }),
    algorithm: members.text('algorithm'),
    mode: members.text('mode'),
    bitLength: members.integer('bit_length', 1, BITS_MAX),
    expiresAt: readExpiration(members),
  };
}

function readExpiration(members: Members): number | undefined {
  const text = members.text('expiration');
  if (text === undefined || text === '') return undefined;
  return parseTime(text) ?? members.refuse("Invalid date for 'expiration'");
}

/** No store of ours takes payloads under transport keys. */
function requireNoTransportKey(members: Members): void {
  const needed = members.oneOf('transport_key_needed', { true: 1, false: 0 });
  if (needed === 'true' || members.has('transport_key_id')) {
    throw refusal(400, 'No secret store here takes payloads under transport keys.');
  }
}

function asPayload(
  { material, contentType }: GivenPayload,
  { type, algorithm }: Pick<Secret, 'type' | 'algorithm'>,
): Payload {
  return { material, contentType, algorithm: algorithmOfPayload(type, algorithm, material.length) };
}

const NONE = { items: [], total: 0 };

async function list(call: Call): Promise<Answer> {
  const { query, kms, context, version } = call;
  const window = query.window();
  const withConsumers = version.minor >= SINCE.consumersOfSecrets;
  const asked = readSecretQuery(query);
  const found = await execute(kms, listSecrets, context, { ...asked, window, withConsumers });
  const { items, total } = asksForUnknownType(query) ? NONE : found;
  const body = listBody({
    noun: 'secrets',
    items: items.map(({ secret, consumers }) => secretShape(call.url(), secret, consumers, version)),
    total,
    window,
    href: `${call.url()}/v1/secrets`,
    filters: query.pick(SECRET_FILTERS),
  });
  return { status: 200, body };
}

async function show(call: Call): Promise<Answer> {
  if (!asksForMetadata(call.accept)) return reveal(call);
  const { kms, context, version } = call;
  const withConsumers = version.minor >= SINCE.consumersOfSecrets;
  const { secret, consumers } = await execute(kms, readSecret, context, {
    id: secretId(call),
    withConsumers,
  });
  return { status: 200, body: secretShape(call.url(), secret, consumers, version) };
}

function withoutPayload(): BarbicanRefusal {
  return refusal(404, 'Not Found. Sorry but your secret has no payload.');
}

async function reveal(call: Call): Promise<Answer> {
  const { kms, context, accept } = call;
  const id = secretId(call);
  const asked = readAccept(accept);
  // Of what is not there nobody is told which types it does not have.
  if (asked === undefined) {
    const { secret } = await execute(kms, readSecret, context, { id });
    throw secret.contentType === undefined ? withoutPayload() : unofferedType();
  }
  const revealed = await execute(kms, revealSecret, context, { id });
  return { status: 200, payload: { revealed, asked } };
}

async function putPayload(call: Call): Promise<Answer> {
  const { kms, context, location, body, contentType, contentEncoding } = call;
  const id = secretId(call);
  const { secret } = await execute(kms, readSecret, context, { id });
  const given = readRawPayload(body, contentType, contentEncoding);
  using _material = given.material;
  await execute(kms, storePayload, context, { id, payload: asPayload(given, secret), location });
  return NO_CONTENT;
}

async function remove(call: Call): Promise<Answer> {
  const { kms, context, version, query } = call;
  const id = secretId(call);
  if (version.minor >= SINCE.forcedDeletion && !readForce(query.get('force'))) {
    const { consumers = [] } = await execute(kms, readSecret, context, { id, withConsumers: true });
    if (consumers.length > 0) {
      throw refusal(400, 'Secret has consumers and cannot be deleted without force.');
    }
  }
  await execute(kms, deleteSecret, context, { id });
  return NO_CONTENT;
}

const TRUE = /^(?:1|t|true|on|y|yes)$/i;
const FALSE = /^(?:0|f|false|off|n|no)$/i;

function readForce(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  throw refusal(400, "Invalid value for 'force'.");
}

const REVEALS = { about: 'secret', answers: 'anything', needs: 'secret.reveal' } as const;

export const SECRET_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v1/secrets', takes: 'json', needs: 'secret.create', serve: createSecret },
  { method: 'GET', path: '/v1/secrets', needs: 'secret.list', serve: list },
  { method: 'GET', path: '/v1/secrets/:id', ...REVEALS, serve: show },
  {
    method: 'PUT',
    path: '/v1/secrets/:id',
    about: 'secret',
    answers: 'anything',
    needs: 'secret.create',
    serve: putPayload,
  },
  { method: 'DELETE', path: '/v1/secrets/:id', answers: 'anything', serve: remove },
  { method: 'GET', path: '/v1/secrets/:id/payload', ...REVEALS, serve: reveal },
];
