// Key rings, which are named by their ids: what is a name here is an id there.

import { createKeyRing, deleteKeyRing, listKeyRings } from '../../../core/operations/rings/key-rings.ts';
import { allOf } from '../../../core/pages.ts';
import { DEFAULT_KEY_RING_NAME, type KeyRing } from '../../../domain/project.ts';
import { collection, dateText } from '../collections.ts';
import { fieldRefusal } from '../fault.ts';
import { requireKeyRingId } from '../names.ts';
import { pageOf } from '../query.ts';
import { IamIds, perform } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, type Route, requireNoBody } from '../route.ts';

const KEY_RINGS_MAX = 50;

async function serveList(call: Call): Promise<Answer> {
  const { request, query } = call;
  const page = query.page(100, 5_000);
  const counted = query.flag('totalCount') ?? false;
  query.end();
  const rings = await allOf(part => perform(request, listKeyRings, { page: part }));
  const iam = new IamIds(request.kms);
  const shown = await Promise.all(
    pageOf(rings.sort(defaultFirst), page).map(async ({ name, createdAt, createdBy }) =>
      name === DEFAULT_KEY_RING_NAME
        ? { id: name }
        : { id: name, creationDate: dateText(createdAt), createdBy: await iam.of(createdBy) },
    ),
  );
  const totalCount = counted ? rings.length : undefined;
  return { status: 200, body: collection('keyRing', shown, { totalCount }) };
}

/** The one that every instance has, then by age. */
function defaultFirst(left: KeyRing, right: KeyRing): number {
  const first = Number(right.name === DEFAULT_KEY_RING_NAME) - Number(left.name === DEFAULT_KEY_RING_NAME);
  return first || left.createdAt - right.createdAt || (left.name < right.name ? -1 : 1);
}

/** The core asks that a name begin with a letter or digit, so that it can stand behind an option of a command line. */
function newKeyRingId({ params }: Call): string {
  const id = requireKeyRingId('id', params.id ?? '');
  if (id === DEFAULT_KEY_RING_NAME) throw fieldRefusal('id', 'must not be `default`, which is reserved');
  return id;
}

async function serveCreate(call: Call): Promise<Answer> {
  call.query.end();
  requireNoBody(call);
  await perform(call.request, createKeyRing, { name: newKeyRingId(call), keyRingsMax: KEY_RINGS_MAX });
  return { status: 201 };
}

async function serveDelete(call: Call): Promise<Answer> {
  const force = call.query.flag('force') ?? false;
  call.query.end();
  requireNoBody(call);
  await perform(
    call.request,
    deleteKeyRing,
    { keyRing: newKeyRingId(call), moveKeys: force },
    {
      notFound: 'KEY_RING_NOT_FOUND_ERR',
      conflict: force ? 'KEY_RING_KEYS_NOT_DELETED_ERR' : 'KEY_RING_NOT_EMPTY_ERR',
    },
  );
  return NO_CONTENT;
}

const PATH = '/api/v2/key_rings';

export const KEY_RING_ROUTES: readonly Route[] = [
  { method: 'GET', path: PATH, failed: 'Key rings could not be retrieved', serve: serveList },
  { method: 'POST', path: `${PATH}/:id`, failed: 'Key ring could not be created', serve: serveCreate },
  { method: 'DELETE', path: `${PATH}/:id`, failed: 'Key ring could not be deleted', serve: serveDelete },
];
