// What protocols keep about objects (domain/facet.ts): written in the transaction of the change that it belongs to, read with the object.

import type { Facet, FacetDocument } from '../domain/facet.ts';
import { mergeFacet } from '../domain/facet.ts';
import type { StoreReads, StoreTransaction } from './ports/store.ts';

/** An object as an operation shows it to the protocol that asked for its facet. */
export interface WithFacet {
  /** Undefined where none was asked for, or none is kept. */
  readonly facet?: FacetDocument | undefined;
}

/** The whole document after the change. Throws `tooLarge`. */
export async function writeFacet(
  tx: StoreTransaction,
  objectId: string,
  { protocol, document }: Facet,
): Promise<FacetDocument> {
  const merged = mergeFacet(await tx.facets.get(objectId, protocol), document);
  await tx.facets.put(objectId, protocol, merged);
  return parsed(merged);
}

export async function readFacet(
  reads: StoreReads,
  objectId: string,
  protocol: string | undefined,
): Promise<FacetDocument | undefined> {
  if (protocol === undefined) return undefined;
  return parsedWhereKept(await reads.facets.get(objectId, protocol));
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
  return objects.map(object => ({ ...object, facet: parsedWhereKept(documents.get(object.id)) }));
}

function parsedWhereKept(document: string | undefined): FacetDocument | undefined {
  return document === undefined ? undefined : parsed(document);
}

function parsed(document: string): FacetDocument {
  return JSON.parse(document) as FacetDocument;
}
