// Registrations: which cloud resources depend on a key. Reading them is for everybody; services register by the calls that IBM keeps to its
// own, and administrators by the admin API.

import { listRegistrations } from '../../../core/operations/registrations/list-registrations.ts';
import {
  createRegistration,
  deleteRegistration,
  replaceRegistration,
  updateRegistration,
} from '../../../core/operations/registrations/registrations.ts';
import type { ResourceMatch } from '../../../core/ports/registrations.ts';
import type { Key } from '../../../domain/key.ts';
import type { Registration } from '../../../domain/registration.ts';
import { readResource } from '../body.ts';
import { collection, dateText } from '../collections.ts';
import { fieldRefusal, KeyProtectRefusal, queryRefusal, refusal } from '../fault.ts';
import { type Expected, kindOf } from '../kinds.ts';
import type { Members } from '../members.ts';
import { versionId, versionNumber } from '../names.ts';
import { guarded, IamIds, type KeyProtectRequest, perform } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, type Route, requireNoBody } from '../route.ts';
import { namedKey } from './keys.ts';

const CRN_CHARACTERS_MAX = 1_024;

async function serveList(call: Call, ofKey: boolean): Promise<Answer> {
  const { request, query } = call;
  const window = query.page(200, 5_000);
  const total = query.flag('totalCount') ?? false;
  const preventsDestruction = query.flag('preventKeyDeletion');
  const resource = readResourceQuery(query.text('urlEncodedResourceCRNQuery'));
  query.end();
  const input = { window, total, preventsDestruction, resource };
  const found = ofKey
    ? await perform(
        request,
        { ...listRegistrations, find: guardedFind(call) },
        { ...input, ...namedKey(call) },
      )
    : await perform(request, listRegistrations, input);
  const iam = new IamIds(request.kms);
  const keys = new Map<string, Promise<Key | undefined>>();
  const bodies: Readonly<Record<string, unknown>>[] = [];
  for (const registration of found.items) {
    const key = keys.get(registration.keyId) ?? request.kms.store.keys.find(registration.keyId);
    keys.set(registration.keyId, key);
    bodies.push(await registrationBody(request, registration, await key, iam));
  }
  return { status: 200, body: collection('registration', bodies, { totalCount: found.total }) };
}

/** The key that is named must be of the key ring that is named. */
function guardedFind(call: Call): typeof listRegistrations.find {
  return async (reads, context, input, kms) => {
    const target = await listRegistrations.find(reads, context, input, kms);
    const { keyRing } = call.request;
    const home = target.of === undefined ? undefined : await reads.keyRings.find(target.of.key.keyRingId);
    if (keyRing !== undefined && home?.name !== keyRing) throw refusal('KEY_NOT_FOUND_ERR');
    return target;
  };
}

async function registrationBody(
  { kms }: KeyProtectRequest,
  registration: Registration,
  key: Key | undefined,
  iam: IamIds,
): Promise<Readonly<Record<string, unknown>>> {
  const { keyId, keyVersion: number, createdAt, updatedAt, description, metadata } = registration;
  const version = await kms.store.keys.findWithVersion(keyId, number);
  return {
    keyId,
    keyName: key?.label,
    resourceCrn: registration.resource,
    createdBy: await iam.of(registration.createdBy),
    creationDate: dateText(createdAt),
    updatedBy: await iam.of(registration.updatedBy),
    lastUpdated: dateText(updatedAt),
    description,
    registrationMetadata: metadata === '' ? undefined : metadata,
    preventKeyDeletion: registration.preventsDestruction,
    keyVersion: {
      id: versionId({ keyId, number }),
      creationDate: dateText(version?.version.createdAt),
    },
  };
}

/** Some clients encode what their callers have encoded already. */
function decodeCrn(text: string): string | undefined {
  try {
    const once = /%[0-9a-fA-F]{2}/.test(text) ? decodeURIComponent(text) : text;
    return /%[0-9a-fA-F]{2}/.test(once) ? decodeURIComponent(once) : once;
  } catch {
    return undefined;
  }
}

function readResourceQuery(text: string | undefined): ResourceMatch | undefined {
  if (text === undefined) return undefined;
  const crn = decodeCrn(text);
  if (crn === undefined || crn === '' || crn.length > CRN_CHARACTERS_MAX) {
    throw queryRefusal(
      'urlEncodedResourceCRNQuery',
      'must be a URL encoded CRN, or the beginning of one and *',
    );
  }
  if (crn === '*') return undefined;
  const by = crn.endsWith('*') ? 'prefix' : crn.startsWith('*') ? 'suffix' : 'whole';
  const plain = by === 'whole' ? crn : by === 'prefix' ? crn.slice(0, -1) : crn.slice(1);
  if (plain.includes('*')) throw queryRefusal('urlEncodedResourceCRNQuery', 'has one * at most, at an end');
  return { by, text: plain };
}

const SERVICE_INSTANCE = 7;

/** The CRN of the path: it names at least a service instance. */
function resourceOf({ params }: Call): string {
  const crn = decodeCrn(params.crn ?? '');
  const segments = crn?.split(':') ?? [];
  if (
    crn === undefined ||
    segments[0] !== 'crn' ||
    !segments[SERVICE_INSTANCE] ||
    crn.length > CRN_CHARACTERS_MAX
  ) {
    throw fieldRefusal('resourceCrn', 'must be a CRN that names at least a service instance');
  }
  return crn;
}

/** Undefined is what is left out. */
function readInput(resource: Members) {
  const read = {
    preventsDestruction: resource.flag('preventKeyDeletion'),
    description: resource.text('description', { max: 1_024 }),
    metadata: resource.text('registrationMetadata', { max: 4_096 }),
    keyVersionId: resource.text('keyVersionId'),
  };
  resource.end();
  return read;
}

const ACTIVE: Expected = { states: [1], otherwise: refusal('KEY_INVALID_STATE_ERR') };

/** Throws KEY_ROOT_REQ_REG_ERR and KEY_VERSION_INVALID. */
function requireRegistrable(key: Key, keyVersionId: string | undefined): void {
  if (kindOf(key) !== 'root') throw refusal('KEY_ROOT_REQ_REG_ERR');
  if (keyVersionId !== undefined && versionNumber(key, keyVersionId) === undefined) {
    throw refusal('KEY_VERSION_INVALID');
  }
}

/** The number of a version that is named by its id: the key is read for it, and judged again by the operation. */
async function keyVersionOf({ request, params }: Call, id: string | undefined): Promise<number | undefined> {
  if (id === undefined) return undefined;
  const { key } = namedKey({ params } as Call);
  const keyId =
    key.by === 'id'
      ? key.id
      : (await request.kms.store.names.find(key.namespace, request.instance.id, key.text))?.keyId;
  const found = keyId === undefined ? undefined : await request.kms.store.keys.find(keyId);
  return found === undefined ? undefined : versionNumber(found, id);
}

async function serveCreate(call: Call): Promise<Answer> {
  const { request } = call;
  call.query.end();
  const resource = resourceOf(call);
  const { keyVersionId, ...facts } = readInput(readResource(call.body, 'registrationInput'));
  const keyVersion = await keyVersionOf(call, keyVersionId);
  const operation = guarded(
    request,
    createRegistration,
    target => target,
    ACTIVE,
    ({ key }) => requireRegistrable(key, keyVersionId),
  );
  const made = await perform(request, operation, { ...namedKey(call), resource, ...facts, keyVersion });
  return registrationAnswer(request, 201, made);
}

async function serveChange(call: Call, whole: boolean): Promise<Answer> {
  const { request } = call;
  call.query.end();
  const resource = resourceOf(call);
  const { keyVersionId, ...facts } = readInput(readResource(call.body, 'registrationInput'));
  const expectedRevisions = readIfMatch(call.ifMatch);
  const keyVersion = await keyVersionOf(call, keyVersionId);
  const named = { ...namedKey(call), resource, expectedRevisions, keyVersion };
  const check = ({ of }: { readonly of: { readonly key: Key } }) => requireRegistrable(of.key, keyVersionId);
  try {
    const changed = whole
      ? await perform(
          request,
          guarded(request, replaceRegistration, ({ of }) => of, ACTIVE, check),
          {
            ...named,
            preventsDestruction: facts.preventsDestruction ?? false,
            description: facts.description ?? '',
            metadata: facts.metadata ?? '',
          },
        )
      : await perform(
          request,
          guarded(request, updateRegistration, ({ of }) => of, ACTIVE, check),
          { ...named, ...facts },
        );
    return await registrationAnswer(request, 200, changed);
  } catch (thrown) {
    throw stale(request, thrown);
  }
}

/** Weak comparison: which of the listed revisions it is does not matter. */
function readIfMatch(header: string | undefined): readonly number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  return header.split(',').map(tag => {
    const revision = /^\s*(?:W\/)?"(\d{1,15})"\s*$/.exec(tag)?.[1];
    // A tag that was never given matches nothing.
    return revision === undefined ? -1 : Number(revision);
  });
}

function stale(request: KeyProtectRequest, thrown: unknown): unknown {
  if (thrown instanceof KeyProtectRefusal || !isConflict(thrown)) return thrown;
  const told = new KeyProtectRefusal(
    { kind: 'bare', status: 412, message: 'The registration is at another revision than If-Match names.' },
    'conflict',
  );
  request.recorded.add(told);
  return told;
}

function isConflict(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'conflict';
}

async function registrationAnswer(
  request: KeyProtectRequest,
  status: 200 | 201,
  registration: Registration,
): Promise<Answer> {
  const key = await request.kms.store.keys.find(registration.keyId);
  const body = await registrationBody(request, registration, key, new IamIds(request.kms));
  return {
    status,
    body: collection('registration', [body]),
    headers: { etag: `W/"${registration.revision}"` },
  };
}

async function serveDelete(call: Call): Promise<Answer> {
  call.query.end();
  requireNoBody(call);
  const operation = guarded(call.request, deleteRegistration, ({ of }) => of, {});
  await perform(call.request, operation, { ...namedKey(call), resource: resourceOf(call) });
  return NO_CONTENT;
}

const ONE = '/api/v2/keys/:id/registrations/:crn';
const CHANGE_FAILED = 'Registration could not be updated';

export const REGISTRATION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v2/keys/registrations',
    failed: 'Registrations could not be retrieved',
    serve: call => serveList(call, false),
  },
  {
    method: 'GET',
    path: '/api/v2/keys/:id/registrations',
    failed: 'Registrations could not be retrieved',
    serve: call => serveList(call, true),
  },
  { method: 'POST', path: ONE, failed: 'Registration could not be created', serve: serveCreate },
  { method: 'PATCH', path: ONE, failed: CHANGE_FAILED, serve: call => serveChange(call, false) },
  { method: 'PUT', path: ONE, failed: CHANGE_FAILED, serve: call => serveChange(call, true) },
  { method: 'DELETE', path: ONE, failed: 'Registration could not be deleted', serve: serveDelete },
];
