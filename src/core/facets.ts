// What protocols keep about objects (domain/facet.ts): written in the transaction of the change that it belongs to, read with the object.

import type { Facet, FacetDocument, FacetMarks } from '../domain/facet.ts';
import { mergeFacet } from '../domain/facet.ts';
import type { StoreReads, StoreTransaction } from './ports/store.ts';

/** An object as an operation shows it to the protocol that asked for its facet. */
export interface WithFacet {
  /** Undefined where none was asked for, or none is kept. */
  readonly facet?: FacetDocument | undefined;
}

/** The whole document after the change, by which the object is found from then on. Throws `tooLarge`. */
export async function writeFacet(
  tx: StoreTransaction,
  objectId: string,
  { protocol, document, marksOf }: Facet,
): Promise<FacetDocument> {
  const stored = await tx.facets.get(objectId, protocol);
  const merged = mergeFacet(stored, document);
  await tx.facets.put(objectId, protocol, merged.text);
  if (marksOf !== undefined) await remark(tx, objectId, marksOf(stored ?? {}), marksOf(merged.document));
  return merged.document;
}

async function remark(
  tx: StoreTransaction,
  keyId: string,
  before: FacetMarks,
  after: FacetMarks,
): Promise<void> {
  if (after.kind !== before.kind) await tx.keyMarks.setKind(keyId, after.kind);
  const [had, has] = [new Set(before.marks), new Set(after.marks)];
  const [gone, come] = [had.difference(has), has.difference(had)];
  if (gone.size > 0) await tx.keyMarks.remove(keyId, [...gone]);
  if (come.size > 0) await tx.keyMarks.add(keyId, [...come]);
}

/** A facet of a key that is not stored yet. */
export interface NewFacet {
  /** By which the key is to be stored. */
  readonly kind?: string | undefined;
  /** To be called once the key is there. */
  store(tx: StoreTransaction, keyId: string): Promise<void>;
}

/** Throws `tooLarge`. */
export function newFacet({ protocol, document, marksOf }: Facet): NewFacet {
  const { document: whole, text } = mergeFacet(undefined, document);
  const { kind, marks } = marksOf?.(whole) ?? { marks: [] };
  return {
    kind,
    async store(tx, keyId) {
      await tx.facets.put(keyId, protocol, text);
      if (marks.length > 0) await tx.keyMarks.add(keyId, marks);
    },
  };
}

export async function readFacet(
  reads: StoreReads,
  objectId: string,
  protocol: string | undefined,
): Promise<FacetDocument | undefined> {
  if (protocol === undefined) return undefined;
  return reads.facets.get(objectId, protocol);
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
  return objects.map(object => ({ ...object, facet: documents.get(object.id) }));
}
