// Facets: the JSON document that one protocol keeps about an object.

import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import type { FacetDocument } from '../../domain/facet.ts';
import { text } from '../columns.ts';
import { findOne } from '../outcomes.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Session, Value } from '../session.ts';

export function facetRepository(query: QueryBuilder) {
  const { db } = query;
  const get = query.prepare(
    db
      .selectFrom('facets')
      .select('document')
      .where('object_id', '=', argument(0))
      .where('protocol', '=', argument(1)),
  );
  const ofObjects = (count: number) =>
    query.compile(
      db
        .selectFrom('facets')
        .select(['object_id', 'document'])
        .where('protocol', '=', argument(0))
        .where(
          'object_id',
          'in',
          Array.from({ length: count }, (_, place) => argument(place + 1)),
        ),
    );
  const put = query.prepare(
    db
      .insertInto('facets')
      .values({ object_id: argument(0), protocol: argument(1), document: argument(2) })
      .onConflict(conflict =>
        conflict.columns(['object_id', 'protocol']).doUpdateSet({ document: argument(2) }),
      ),
  );
  const remove = query.prepare(
    db.deleteFrom('facets').where('object_id', '=', argument(0)).where('protocol', '=', argument(1)),
  );
  const removeOfObject = query.prepare(db.deleteFrom('facets').where('object_id', '=', argument(0)));

  const reads = (session: ReadSession): StoreReads['facets'] => ({
    get: (objectId, protocol) => findOne(session, get, [objectId, protocol], row => document(row[0])),
    ofObjects: async (objectIds, protocol) => {
      if (objectIds.length === 0) return new Map();
      const rows = await session.rows(ofObjects(objectIds.length), [protocol, ...objectIds]);
      return new Map(rows.map(row => [text(row[0]), document(row[1])]));
    },
  });
  const writes = (session: Session): StoreTransaction['facets'] => ({
    ...reads(session),
    put: async (objectId, protocol, written) => void (await session.run(put, [objectId, protocol, written])),
    delete: async (objectId, protocol) => void (await session.run(remove, [objectId, protocol])),
    deleteOfObject: async objectId => void (await session.run(removeOfObject, [objectId])),
  });
  return { reads, writes };
}

/** Written by canonicalJson from a document. */
function document(column: Value | undefined): FacetDocument {
  return JSON.parse(text(column)) as FacetDocument;
}
