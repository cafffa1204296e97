// One key: shown, moved, deleted, restored, purged, and its versions.

import { readFacet } from '../../../core/facets.ts';
import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import { destroyKey } from '../../../core/operations/keys/destroy-key.ts';
import { cancelDestruction, scheduleDestruction } from '../../../core/operations/keys/destruction.ts';
import { exportKey } from '../../../core/operations/keys/export-key.ts';
import { listVersions } from '../../../core/operations/keys/list-versions.ts';
import { moveKey } from '../../../core/operations/keys/move-key.ts';
import { allOf } from '../../../core/pages.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { readCollection } from '../body.ts';
import { collection } from '../collections.ts';
import { fieldRefusal, refusal } from '../fault.ts';
import { keySelector, PROTOCOL_NAME, requireKeyRingId } from '../names.ts';
import { pageOf } from '../query.ts';
import { guarded, type KeyProtectRequest, perform, performOn } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, type Route, requireNoBody } from '../route.ts';
import { TIMES } from '../times.ts';
import { keyAnswer, versionBody } from './representation.ts';

/** The key of the path. */
export function namedKey({ params }: Call) {
  return { key: keySelector(params.id ?? '') };
}

function describe(call: Call) {
  return performOn(call.request, describeKey, { ...namedKey(call), withFacet: PROTOCOL_NAME }, {});
}

async function serveMetadata(call: Call): Promise<Answer> {
  call.query.end();
  return keyAnswer(call.request, 200, await describe(call));
}

/** The payload of a standard key goes to those who may export it; of a deleted one, to nobody. */
async function serveKey(call: Call): Promise<Answer> {
  call.query.end();
  const found = await describe(call);
  if (!found.key.exportable || found.key.destruction !== undefined) {
    return keyAnswer(call.request, 200, found);
  }
  const exported = await performOn(call.request, exportKey, { key: { by: 'id', id: found.key.id } }, {});
  try {
    const secret = { name: 'payload', value: exported.material, inResource: true } as const;
    return await keyAnswer(call.request, 200, found, secret);
  } catch (thrown) {
    exported.material[Symbol.dispose]();
    throw thrown;
  }
}

async function servePatch(call: Call): Promise<Answer> {
  call.query.end();
  const keyRing = call.body.text('keyRingID');
  call.body.end();
  if (keyRing === undefined) throw fieldRefusal('keyRingID', 'is required');
  requireKeyRingId('keyRingID', keyRing);
  const moved = await performOn(
    call.request,
    moveKey,
    { ...namedKey(call), keyRing },
    {},
    // The operation refuses an absent ring by its name, and an absent key otherwise.
    { notFound: ({ details }) => ('keyRing' in details ? 'KEY_RING_NOT_FOUND_ERR' : 'KEY_NOT_FOUND_ERR') },
  );
  return keyAnswer(call.request, 200, await withFacet(call.request, moved.key));
}

async function serveDelete(call: Call): Promise<Answer> {
  const force = call.query.flag('force') ?? false;
  call.query.end();
  requireNoBody(call);
  const input = { ...namedKey(call), delayMs: TIMES.purgeWithinMs, onlyIfUnregistered: !force };
  const deleted = await performOn(call.request, scheduleDestruction, input, { states: [0, 1, 2, 3] });
  if (call.prefer !== 'representation') return NO_CONTENT;
  return keyAnswer(call.request, 200, await withFacet(call.request, deleted.key));
}

async function servePurge(call: Call): Promise<Answer> {
  call.query.end();
  requireNoBody(call);
  const { request } = call;
  const input = { ...namedKey(call), minimumIntervalMs: TIMES.purgeAfterMs };
  // What it is about to be no more is what is shown of it.
  let before: KeyWithVersion | undefined;
  const operation = guarded(
    request,
    destroyKey,
    target => target,
    { states: [5] },
    target => {
      before = target;
    },
  );
  await perform(request, operation, input);
  if (call.prefer !== 'representation' || before === undefined) return NO_CONTENT;
  return keyAnswer(request, 200, before);
}

/** Also the action of that name. The old form of a body, with the material of an imported key, has no use any more: it is still here. */
export async function serveRestore(call: Call): Promise<Answer> {
  if (call.bodyGiven && call.body.has('resources')) {
    for (const resource of readCollection(call.body, 'key')) {
      for (const member of ['type', 'payload', 'encryptedNonce', 'iv', 'encryptionAlgorithm'])
        resource.text(member);
      resource.end();
    }
  } else {
    call.body.end();
  }
  const { request } = call;
  const operation = guarded(request, cancelDestruction, target => target, { states: [5] }, requireRestorable);
  const input = { ...namedKey(call), restore: true, minimumIntervalMs: TIMES.restoreAfterMs };
  const restored = await perform(request, operation, input);
  return keyAnswer(request, 201, await withFacet(request, restored.key));
}

function requireRestorable({ key: { destruction, deactivateAt } }: KeyWithVersion, at: number): void {
  if (destruction !== undefined && at >= destruction.requestedAt + TIMES.restoreWithinMs) {
    throw refusal('KEY_RESTORE_EXPIRED');
  }
  if (deactivateAt !== undefined && deactivateAt <= at) throw refusal('KEY_EXPIRED_ERR');
}

/** The key as it is now, with its facet: the change that was answered has been authorized already. */
export async function withFacet({ kms }: KeyProtectRequest, { id }: Pick<Key, 'id'>) {
  const found = await kms.store.keys.findWithVersion(id);
  if (found === undefined) throw refusal('KEY_NOT_FOUND_ERR');
  return { ...found, facet: await readFacet(kms.store, id, PROTOCOL_NAME) };
}

async function serveVersions(call: Call): Promise<Answer> {
  const { request, query } = call;
  const page = query.page(200, 5_000);
  const counted = query.flag('totalCount') ?? false;
  const states = query.flag('allKeyStates') ? undefined : ([1] as const);
  query.end();
  const operation = guarded(request, listVersions, target => target, { kind: 'root', states });
  const versions = await allOf(part => perform(request, operation, { ...namedKey(call), page: part }));
  const shown = pageOf(versions.reverse(), page).map(versionBody);
  return {
    status: 200,
    body: collection('keyVersion', shown, { totalCount: counted ? versions.length : undefined }),
  };
}

const ONE_KEY = '/api/v2/keys/:id';

export const KEY_ROUTES: readonly Route[] = [
  { method: 'GET', path: ONE_KEY, failed: 'Key could not be retrieved', serve: serveKey },
  {
    method: 'GET',
    path: `${ONE_KEY}/metadata`,
    failed: 'Key metadata could not be retrieved',
    serve: serveMetadata,
  },
  { method: 'PATCH', path: ONE_KEY, failed: 'Key could not be updated', serve: servePatch },
  { method: 'DELETE', path: ONE_KEY, failed: 'Key could not be deleted', serve: serveDelete },
  { method: 'DELETE', path: `${ONE_KEY}/purge`, failed: 'Key could not be purged', serve: servePurge },
  {
    method: 'POST',
    path: `${ONE_KEY}/restore`,
    failed: 'Key could not be restored',
    secret: { name: 'payload', inResource: true },
    serve(call) {
      call.query.end();
      return serveRestore(call);
    },
  },
  {
    method: 'GET',
    path: `${ONE_KEY}/versions`,
    failed: 'Key versions could not be retrieved',
    serve: serveVersions,
  },
];
