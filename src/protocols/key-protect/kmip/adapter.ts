// A KMIP adapter is a service account of the project: its certificates are credentials of that account, and what IBM tells of it is the
// account's facet. What it may do, and where, is in confinement.ts. The root key that it stands on has a registration of it, which keeps
// the key from being deleted by whichever protocol.

import { readFacet } from '../../../core/facets.ts';
import { readPrincipal } from '../../../core/operations/identity/principals.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import type { Principal } from '../../../domain/principal.ts';
import { dateText } from '../collections.ts';
import { refusal } from '../fault.ts';
import { PROTOCOL_NAME, parseUuid } from '../names.ts';
import { type IamIds, type KeyProtectRequest, perform } from '../request.ts';

export const PROFILE = 'native_1.0';
export const ADAPTERS_MAX = 200;
export const KMIP_NAME = /^[A-Za-z0-9_-]{2,40}$/;
export const NAME_RULE = 'must have from 2 to 40 letters, digits, hyphens and underscores';

/** The names of the accounts, apart from those of others. */
const ACCOUNT_PREFIX = 'kmip.';

/** A type alias: only these are canonical JSON to the compiler. */
export type AdapterFacet = {
  readonly adapter: string;
  readonly description: string;
  readonly crkId: string;
  readonly createdBy: string;
  readonly createdAt: number;
};

export interface Adapter {
  readonly principal: Principal;
  readonly facet: AdapterFacet;
}

export function accountName(adapterName: string): string {
  return ACCOUNT_PREFIX + adapterName;
}

/** Undefined for an account that is no adapter. */
export function asAdapter(principal: Principal, facet: FacetDocument | undefined): Adapter | undefined {
  return facet?.adapter === undefined ? undefined : { principal, facet: facet as AdapterFacet };
}

/** The reference to the account of the adapter that a path names by id or name. */
function accountReference(idOrName: string): string {
  return parseUuid(idOrName) ?? accountName(idOrName);
}

/** Throws KMIP_OBJECT_NOT_FOUND_ERR. */
export async function findAdapter(request: KeyProtectRequest, idOrName: string): Promise<Adapter> {
  if (parseUuid(idOrName) === undefined && !KMIP_NAME.test(idOrName))
    throw refusal('KMIP_OBJECT_NOT_FOUND_ERR');
  const principal = await perform(
    request,
    readPrincipal,
    { principal: accountReference(idOrName) },
    { notFound: 'KMIP_OBJECT_NOT_FOUND_ERR' },
  );
  const found = asAdapter(principal, await readFacet(request.kms.store, principal.id, PROTOCOL_NAME));
  if (found === undefined) throw refusal('KMIP_OBJECT_NOT_FOUND_ERR');
  return found;
}

export async function adapterBody({ principal, facet }: Adapter, iam: IamIds) {
  const by = await iam.of(facet.createdBy);
  return {
    id: principal.id,
    name: facet.adapter,
    description: facet.description,
    profile: PROFILE,
    profile_data: { crk_id: facet.crkId },
    created_at: dateText(facet.createdAt),
    created_by: by,
    updated_at: dateText(facet.createdAt),
    updated_by: by,
  };
}
