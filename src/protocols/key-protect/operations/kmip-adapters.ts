// KMIP adapters: made for a root key, shown, and taken away once they hold no live object.

import { actorId } from '../../../core/context.ts';
import { writeFacet } from '../../../core/facets.ts';
import { findKey } from '../../../core/find-key.ts';
import type { ChangeOperation } from '../../../core/operation.ts';
import {
  createPrincipal,
  deletePrincipal,
  listPrincipals,
} from '../../../core/operations/identity/principals.ts';
import { realmDemand } from '../../../core/operations/identity/seek-principal.ts';
import { allOf } from '../../../core/pages.ts';
import type { PageRequest } from '../../../core/ports/page.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { Registration } from '../../../domain/registration.ts';
import { readResource } from '../body.ts';
import { collection } from '../collections.ts';
import { fieldRefusal, KeyProtectRefusal, refusal } from '../fault.ts';
import { kindOf, stateOf } from '../kinds.ts';
import {
  ADAPTERS_MAX,
  type Adapter,
  type AdapterFacet,
  accountName,
  adapterBody,
  asAdapter,
  findAdapter,
  KMIP_NAME,
  NAME_RULE,
  PROFILE,
} from '../kmip/adapter.ts';
import { empower, insertRing, removeRing, requireConfined } from '../kmip/confinement.ts';
import { adapterCrn, keySelector, PROTOCOL_NAME, parseUuid } from '../names.ts';
import { pageOf } from '../query.ts';
import { IamIds, type KeyProtectRequest, perform } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, type Route, requireNoBody } from '../route.ts';

async function allAdapters(request: KeyProtectRequest): Promise<readonly Adapter[]> {
  const list = (page: PageRequest) => perform(request, listPrincipals, { page, withFacet: PROTOCOL_NAME });
  const found = (await allOf(list)).map(({ facet, ...principal }) => asAdapter(principal, facet));
  return found.filter(adapter => adapter !== undefined);
}

async function serveList({ request, query }: Call): Promise<Answer> {
  const page = query.page(100, 200);
  const counted = query.flag('totalCount') ?? false;
  const crk = query.text('crk_id');
  query.end();
  const crkId = crk === undefined ? undefined : await crkIdOf(request, crk);
  const found = (await allAdapters(request)).filter(
    ({ facet }) => crk === undefined || facet.crkId === crkId,
  );
  const iam = new IamIds(request.kms);
  const bodies = await Promise.all(pageOf(found, page).map(adapter => adapterBody(adapter, iam)));
  const totalCount = counted ? found.length : undefined;
  return { status: 200, body: collection('kmipAdapter', bodies, { totalCount }) };
}

/** The id of the key that is named by it or by an alias; undefined where there is none. */
async function crkIdOf({ kms, instance }: KeyProtectRequest, crk: string): Promise<string | undefined> {
  const id = parseUuid(crk);
  return id ?? (await kms.store.names.find(PROTOCOL_NAME, instance.id, crk))?.keyId;
}

async function serveGet({ request, query, params }: Call): Promise<Answer> {
  query.end();
  const adapter = await findAdapter(request, params.adapter ?? '');
  return adapterAnswer(request, 200, adapter);
}

async function adapterAnswer(
  request: KeyProtectRequest,
  status: 200 | 201,
  adapter: Adapter,
): Promise<Answer> {
  const body = await adapterBody(adapter, new IamIds(request.kms));
  return { status, body: collection('kmipAdapter', [body]) };
}

async function serveCreate({ request, query, body }: Call): Promise<Answer> {
  const mayExpire = query.flag('allowExpiringKey') ?? false;
  query.end();
  const resource = readResource(body, 'kmipAdapter');
  const { kms } = request;
  const name =
    resource.text('name', { pattern: KMIP_NAME, rule: NAME_RULE }) ??
    `kmip_adapter_${kms.random.uuid().slice(0, 8)}`;
  if (parseUuid(name) !== undefined) throw fieldRefusal('name', 'must not be a UUID');
  const description = resource.text('description', { max: 240 }) ?? '';
  const profile = resource.text('profile');
  const data = resource.object('profile_data');
  resource.end();
  if (profile !== PROFILE) throw fieldRefusal('profile', `must be ${PROFILE}`);
  const crk = data?.text('crk_id');
  data?.end();
  if (crk === undefined) throw fieldRefusal('profile_data.crk_id', 'is required');
  if ((await allAdapters(request)).length >= ADAPTERS_MAX) {
    throw new KeyProtectRefusal(
      { kind: 'bare', status: 409, message: `An instance has at most ${ADAPTERS_MAX} adapters.` },
      'limitExceeded',
    );
  }
  let made: Adapter | undefined;
  const operation: typeof createPrincipal = {
    ...createPrincipal,
    async run(house, tx, args) {
      const { context, at } = args;
      const root = await findKey(tx, context, keySelector(crk)).catch((thrown: unknown) => {
        throw thrown instanceof KmsError && thrown.code === 'notFound'
          ? refusal('NATIVE_CRK_ID_NOT_FOUND_ERR')
          : thrown;
      });
      requireNativeRoot(root, at, mayExpire);
      const by = actorId(context.actor);
      const { projectId } = root.key;
      const ring = await insertRing(house, tx, { projectId, createdBy: by, createdAt: at });
      const input = { ...args.input, keyRing: ring.id };
      const principal = await createPrincipal.run(house, tx, { ...args, input });
      await empower(house, tx, principal, ring, root.key.id);
      const facet: AdapterFacet = {
        adapter: name,
        description,
        crkId: root.key.id,
        createdBy: by,
        createdAt: at,
      };
      await writeFacet(tx, principal.id, { protocol: PROTOCOL_NAME, document: facet });
      await tx.registrations.insert(registrationOf(request, root, principal.id, by, at));
      made = { principal, facet };
      return principal;
    },
  };
  await perform(
    request,
    operation,
    { name: accountName(name), kind: 'serviceAccount' },
    { alreadyExists: 'KMIP_ADAPTER_DUPLICATE_NAME_ERR' },
  );
  if (made === undefined) throw new KmsError('internal', 'An adapter was made and is not there.');
  return adapterAnswer(request, 201, made);
}

function requireNativeRoot({ key }: KeyWithVersion, at: number, mayExpire: boolean): void {
  const lasts = mayExpire || key.deactivateAt === undefined;
  if (kindOf(key) !== 'root' || stateOf(key, at) !== 1 || !lasts) throw refusal('NATIVE_INVALID_CRK_ERR');
}

function registrationOf(
  { instance }: KeyProtectRequest,
  { key }: KeyWithVersion,
  adapterId: string,
  by: string,
  at: number,
): Registration {
  return {
    projectId: key.projectId,
    keyId: key.id,
    resource: adapterCrn(instance, adapterId),
    preventsDestruction: true,
    description: 'KMIP adapter',
    metadata: '',
    keyVersion: key.primaryVersion,
    createdBy: by,
    createdAt: at,
    updatedBy: by,
    updatedAt: at,
    revision: 1,
  };
}

/** Whoever may revoke credentials may make an account useless, and so may take it away once nothing depends on it. */
async function serveDelete(call: Call): Promise<Answer> {
  const { request, query, params } = call;
  query.end();
  requireNoBody(call);
  const adapter = await findAdapter(request, params.adapter ?? '');
  const { id } = adapter.principal;
  const operation: typeof deletePrincipal = {
    ...deletePrincipal,
    demands: sought => [realmDemand('credential.revoke', sought)],
    async run(house, tx, args) {
      const { principal } = adapter;
      if (await holdsLiveObjects(tx, principal)) {
        throw new KeyProtectRefusal(
          { kind: 'bare', status: 409, message: 'The adapter still has live KMIP objects.' },
          'inUse',
        );
      }
      await requireConfined(tx, principal);
      const deleted = await deletePrincipal.run(house, tx, args);
      await tx.facets.delete(id, PROTOCOL_NAME);
      await removeRing(tx, principal, args.at);
      await unregister(tx, request, adapter);
      return deleted;
    },
  };
  await perform(request, operation, { principal: id }, { notFound: 'KMIP_OBJECT_NOT_FOUND_ERR' });
  return NO_CONTENT;
}

async function holdsLiveObjects(tx: Transaction, { keyRingId }: Principal): Promise<boolean> {
  return keyRingId !== undefined && (await tx.keyRings.holdsLivingKeys(keyRingId));
}

type Transaction = Parameters<ChangeOperation<unknown, unknown, unknown>['run']>[1];

async function unregister(tx: Transaction, { instance }: KeyProtectRequest, adapter: Adapter): Promise<void> {
  const resource = adapterCrn(instance, adapter.principal.id);
  const { crkId } = adapter.facet;
  // An administrator may have taken it away already.
  if ((await tx.registrations.find(crkId, resource)) !== undefined)
    await tx.registrations.delete(crkId, resource);
}

const PATH = '/api/v2/kmip_adapters';

export const KMIP_ADAPTER_ROUTES: readonly Route[] = [
  { method: 'GET', path: PATH, failed: 'KMIP adapters could not be retrieved', serve: serveList },
  { method: 'POST', path: PATH, failed: 'KMIP adapter could not be created', serve: serveCreate },
  { method: 'GET', path: `${PATH}/:adapter`, failed: 'KMIP adapter could not be retrieved', serve: serveGet },
  {
    method: 'DELETE',
    path: `${PATH}/:adapter`,
    failed: 'KMIP adapter could not be deleted',
    serve: serveDelete,
  },
];
