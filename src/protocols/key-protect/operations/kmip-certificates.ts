// The client certificates of a KMIP adapter: credentials of its account, each with a name.

import { withFacets, writeFacet } from '../../../core/facets.ts';
import {
  addCertificate,
  listCredentials,
  revokeCredential,
} from '../../../core/operations/identity/credentials.ts';
import { realmDemand } from '../../../core/operations/identity/seek-principal.ts';
import type { StoreReads } from '../../../core/ports/store.ts';
import type { Credential } from '../../../domain/principal.ts';
import { readResource } from '../body.ts';
import { collection, dateText } from '../collections.ts';
import { fieldRefusal, refusal } from '../fault.ts';
import { findAdapter, KMIP_NAME, NAME_RULE } from '../kmip/adapter.ts';
import { requireConfined } from '../kmip/confinement.ts';
import { PROTOCOL_NAME, parseUuid } from '../names.ts';
import { pemText } from '../pem.ts';
import { pageOf } from '../query.ts';
import { IamIds, type KeyProtectRequest, perform } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, type Route, requireNoBody } from '../route.ts';

/** A type alias: only these are canonical JSON to the compiler. */
type CertificateFacet = { readonly name: string; readonly createdBy: string };

interface Named {
  readonly credential: Pick<Credential, 'id' | 'kind' | 'createdAt'>;
  readonly facet: CertificateFacet;
}

async function certificatesOf(request: KeyProtectRequest, adapterId: string): Promise<readonly Named[]> {
  const { items } = await perform(request, listCredentials, { principal: adapterId });
  return named(request.kms.store, items);
}

async function named(
  reads: StoreReads,
  credentials: readonly Pick<Credential, 'id' | 'kind' | 'createdAt'>[],
): Promise<readonly Named[]> {
  const certificates = credentials.filter(({ kind }) => kind === 'certificate');
  return (await withFacets(reads, certificates, PROTOCOL_NAME)).map(({ facet, ...credential }) => ({
    credential,
    // One that an administrator has added has no name here but its id.
    facet: (facet ?? { name: credential.id, createdBy: '' }) as CertificateFacet,
  }));
}

async function certificateBody({ credential, facet }: Named, iam: IamIds, pem?: string) {
  return {
    id: credential.id,
    name: facet.name,
    certificate: pem,
    created_at: dateText(credential.createdAt),
    created_by: facet.createdBy === '' ? undefined : await iam.of(facet.createdBy),
  };
}

async function serveList({ request, query, params }: Call): Promise<Answer> {
  const page = query.page(100, 200);
  const counted = query.flag('totalCount') ?? false;
  query.end();
  const { principal } = await findAdapter(request, params.adapter ?? '');
  const found = await certificatesOf(request, principal.id);
  const iam = new IamIds(request.kms);
  const bodies = await Promise.all(pageOf(found, page).map(one => certificateBody(one, iam)));
  const totalCount = counted ? found.length : undefined;
  return { status: 200, body: collection('kmipCertificate', bodies, { totalCount }) };
}

async function findCertificate({ request, params }: Call): Promise<Named & { readonly adapterId: string }> {
  const { principal } = await findAdapter(request, params.adapter ?? '');
  const reference = params.certificate ?? '';
  const id = parseUuid(reference);
  const found = (await certificatesOf(request, principal.id)).find(({ credential, facet }) =>
    id === undefined ? facet.name === reference : credential.id === id,
  );
  if (found === undefined) throw refusal('KMIP_OBJECT_NOT_FOUND_ERR');
  return { ...found, adapterId: principal.id };
}

async function serveGet(call: Call): Promise<Answer> {
  call.query.end();
  const found = await findCertificate(call);
  const row = await call.request.kms.store.credentials.find(found.credential.id);
  const pem = row === undefined ? undefined : pemOf(row);
  const body = await certificateBody(found, new IamIds(call.request.kms), pem);
  return { status: 200, body: collection('kmipCertificate', [body]) };
}

function pemOf({ verifier }: Credential): string {
  return pemText('CERTIFICATE', verifier);
}

async function serveCreate(call: Call): Promise<Answer> {
  const { request } = call;
  call.query.end();
  const resource = readResource(call.body, 'kmipCertificate');
  const name =
    resource.text('name', { pattern: KMIP_NAME, rule: NAME_RULE }) ??
    `kmip_cert_${request.kms.random.uuid().slice(0, 8)}`;
  if (parseUuid(name) !== undefined) throw fieldRefusal('name', 'must not be a UUID');
  const certificate = resource.text('certificate', { min: 1, max: 16_384 });
  resource.end();
  if (certificate === undefined) throw fieldRefusal('certificate', 'is required');
  const { principal } = await findAdapter(request, call.params.adapter ?? '');
  const { actor } = request.context;
  const facet: CertificateFacet = {
    name,
    createdBy: actor.type === 'principal' ? actor.principal.id : actor.name,
  };
  const operation: typeof addCertificate = {
    ...addCertificate,
    // What the account may do in its own ring is the adapter's purpose: whoever adds certificates need not hold it.
    demands: sought => [realmDemand('credential.create', sought)],
    async run(kms, tx, args) {
      await requireConfined(tx, principal);
      const others = await named(tx, await tx.credentials.list(principal.id));
      if (others.some(other => other.facet.name === name)) throw refusal('KMIP_CERT_DUPLICATE_NAME_ERR');
      const added = await addCertificate.run(kms, tx, args);
      await writeFacet(tx, added.id, { protocol: PROTOCOL_NAME, document: facet });
      return added;
    },
  };
  const input = { principal: principal.id, certificate };
  const credential = await perform(request, operation, input, { alreadyExists: 'KMIP_CERT_DUPLICATE_ERR' });
  const row = await request.kms.store.credentials.find(credential.id);
  const pem = row === undefined ? undefined : pemOf(row);
  const body = await certificateBody({ credential, facet }, new IamIds(request.kms), pem);
  return { status: 201, body: collection('kmipCertificate', [body]) };
}

async function serveDelete(call: Call): Promise<Answer> {
  call.query.end();
  requireNoBody(call);
  const { adapterId, credential } = await findCertificate(call);
  const operation: typeof revokeCredential = {
    ...revokeCredential,
    async run(kms, tx, args) {
      await tx.facets.delete(credential.id, PROTOCOL_NAME);
      return revokeCredential.run(kms, tx, args);
    },
  };
  const input = { principal: adapterId, credentialId: credential.id };
  await perform(call.request, operation, input, { notFound: 'KMIP_OBJECT_NOT_FOUND_ERR' });
  return NO_CONTENT;
}

const PATH = '/api/v2/kmip_adapters/:adapter/certificates';
const ONE = `${PATH}/:certificate`;

export const KMIP_CERTIFICATE_ROUTES: readonly Route[] = [
  { method: 'GET', path: PATH, failed: 'KMIP client certificates could not be retrieved', serve: serveList },
  { method: 'POST', path: PATH, failed: 'KMIP client certificate could not be created', serve: serveCreate },
  { method: 'GET', path: ONE, failed: 'KMIP client certificate could not be retrieved', serve: serveGet },
  { method: 'DELETE', path: ONE, failed: 'KMIP client certificate could not be deleted', serve: serveDelete },
];
