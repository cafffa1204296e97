// The objects that KMIP clients have made through an adapter.

import { readFacet } from '../../../core/facets.ts';
import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import { scheduleDestruction } from '../../../core/operations/keys/destruction.ts';
import { collection, dateText } from '../collections.ts';
import { KeyProtectRefusal, queryRefusal, refusal } from '../fault.ts';
import { findAdapter } from '../kmip/adapter.ts';
import {
  ALL_STATES,
  asKmipFacet,
  KMIP,
  type KmipObject,
  type KmipState,
  kmipState,
  LIVE_STATES,
  objectsOf,
} from '../kmip/objects.ts';
import { parseUuid } from '../names.ts';
import { pageOf } from '../query.ts';
import { IamIds, perform } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, type Route, requireNoBody } from '../route.ts';
import { TIMES } from '../times.ts';

/** KMIP's number of the object type (specification 1.4 section 9.1.3.2.12): what keys are that no client of KMIP has made. */
const SYMMETRIC_KEY = 2;
const NOT_FOUND = { notFound: 'KMIP_OBJECT_NOT_FOUND_ERR' } as const;

async function objectBody(adapterId: string, { key, facet }: KmipObject, at: number, iam: IamIds) {
  const touched = key.updatedAt !== key.createdAt;
  return {
    id: key.id,
    kmip_object_type: facet.objectType ?? SYMMETRIC_KEY,
    state: kmipState(key, at),
    created_at: dateText(key.createdAt),
    created_by: await iam.of(key.createdBy),
    // Clients refuse an object without it. A key that another protocol has made in the ring comes from no certificate.
    created_by_kmip_client_cert_id: facet.createdByCredential ?? '',
    updated_at: touched ? dateText(key.updatedAt) : undefined,
    updated_by_kmip_client_cert_id: facet.changedByCredential,
    ...(await destructionBody(adapterId, { key, facet }, iam)),
  };
}

/** A key that waits for its destruction is destroyed to IBM, and recoverable. */
async function destructionBody(adapterId: string, { key, facet }: KmipObject, iam: IamIds) {
  if (key.state === 'destroyed') {
    const certificateId = facet.destroyedByCredential;
    return {
      destroyed_at: dateText(key.updatedAt),
      destroyed_by: certificateId === undefined ? undefined : await iam.of(adapterId),
      destroyed_by_kmip_client_cert_id: certificateId,
      recoverable: false,
    };
  }
  const { destruction } = key;
  return {
    destroyed_at: dateText(destruction?.requestedAt),
    destroyed_by: destruction === undefined ? undefined : await iam.of(destruction.requestedBy),
    recoverable: destruction !== undefined,
  };
}

function readStates(given: readonly string[] | undefined): readonly KmipState[] {
  if (given === undefined) return LIVE_STATES;
  const states = given.map(text => ALL_STATES.find(state => String(state) === text));
  if (states.includes(undefined)) throw queryRefusal('state', 'must be states of 1 to 6');
  return states as readonly KmipState[];
}

async function serveList({ request, query, params }: Call): Promise<Answer> {
  const page = query.page(100, 5_000);
  const counted = query.flag('totalCount') ?? false;
  const states = readStates(query.list('state'));
  query.end();
  const { principal } = await findAdapter(request, params.adapter ?? '');
  const found = await objectsOf(request.kms, principal, states);
  const iam = new IamIds(request.kms);
  const at = request.kms.clock.now();
  const bodies = await Promise.all(
    pageOf(found, page).map(object => objectBody(principal.id, object, at, iam)),
  );
  const totalCount = counted ? found.length : undefined;
  return { status: 200, body: collection('kmipObject', bodies, { totalCount }) };
}

async function findObject({ request, params }: Call): Promise<KmipObject & { readonly adapterId: string }> {
  const { principal } = await findAdapter(request, params.adapter ?? '');
  const id = parseUuid(params.object);
  if (id === undefined) throw refusal('KMIP_OBJECT_NOT_FOUND_ERR');
  const selector = { by: 'id', id, hideDestroyed: true } as const;
  const { key } = await perform(request, describeKey, { key: selector }, NOT_FOUND);
  if (key.keyRingId !== principal.keyRingId) throw refusal('KMIP_OBJECT_NOT_FOUND_ERR');
  const facet = asKmipFacet(await readFacet(request.kms.store, key.id, KMIP));
  return { key, facet, adapterId: principal.id };
}

async function serveGet(call: Call): Promise<Answer> {
  call.query.end();
  const { kms } = call.request;
  const { adapterId, ...object } = await findObject(call);
  const body = await objectBody(adapterId, object, kms.clock.now(), new IamIds(kms));
  return { status: 200, body: collection('kmipObject', [body]) };
}

async function serveDelete(call: Call): Promise<Answer> {
  const force = call.query.flag('force') ?? false;
  call.query.end();
  requireNoBody(call);
  const { key } = await findObject(call);
  const state = kmipState(key, call.request.kms.clock.now());
  if (state === 2 && !force) {
    throw new KeyProtectRefusal(
      {
        kind: 'bare',
        status: 409,
        message: 'The object is active. Use `force=true` to delete it all the same.',
      },
      'conflict',
    );
  }
  const input = { key: { by: 'id', id: key.id }, delayMs: TIMES.purgeWithinMs } as const;
  await perform(call.request, scheduleDestruction, input, NOT_FOUND);
  return NO_CONTENT;
}

const PATH = '/api/v2/kmip_adapters/:adapter/kmip_objects';

export const KMIP_OBJECT_ROUTES: readonly Route[] = [
  { method: 'GET', path: PATH, failed: 'KMIP objects could not be retrieved', serve: serveList },
  { method: 'GET', path: `${PATH}/:object`, failed: 'KMIP object could not be retrieved', serve: serveGet },
  {
    method: 'DELETE',
    path: `${PATH}/:object`,
    failed: 'KMIP object could not be deleted',
    serve: serveDelete,
  },
];
