// What protocols keep about objects (domain/facet.ts): written in the transaction of the change that it belongs to, read with the object.

import type { Facet, FacetDocument } from '../domain/facet.ts';
import { mergeFacet } from '../domain/facet.ts';
import type { StoreReads, StoreTransaction } from './ports/store.ts';

/** An object as an operation shows it to the protocol that asked for its facet. */
export interface WithFacet {
  /** Undefined where none was asked for, or none is kept. */
  readonly facet?: FacetDocument | undefined;
}

/** Throws `tooLarge`. */
export async function writeFacet(
  tx: StoreTransaction,
  objectId: string,
  { protocol, document }: Facet,
): Promise<void> {
  const stored = await tx.facets.get(objectId, protocol);
  await tx.facets.put(objectId, protocol, mergeFacet(stored, document));
}

export async function readFacet(
  reads: StoreReads,
  objectId: string,
  protocol: string | undefined,
): Promise<FacetDocument | undefined> {
  if (protocol === undefined) return undefined;
  return parsed(await reads.facets.get(objectId, protocol));
}

/** The objects in their order, each with its facet when a protocol is named: one read for all of them. */
export async function withFacets<T extends { readonly id: string }>(
  reads: StoreReads,
  objects: readonly T[],
  protocol: string | undefined,
): Promise<readonly (T & WithFacet)[]> {
  if (protocol === undefined) return objects;
  const documents = await reads.facets.ofObjects(
    objects.map(({ id }) => id),
    protocol,
  );
  return objects.map(object => ({ ...object, facet: parsed(documents.get(object.id)) }));
}

function parsed(document: string | undefined): FacetDocument | undefined {
  return document === undefined ? undefined : (JSON.parse(document) as FacetDocument);
}
