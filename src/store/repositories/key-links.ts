// Links between keys.

import type { KeyLinkReads, KeyLinkWrites } from '../../core/ports/key-links.ts';
import { type KeyLink, LINK_TYPES } from '../../domain/key-link.ts';
import { integer, oneOf, text } from '../columns.ts';
import { changeOne, insertOne } from '../outcomes.ts';
import { FIRST_TEXT, pageOf, rowsFor } from '../paging.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = ['from_key_id', 'type', 'to_key_id', 'created_by', 'created_at'] as const;

function fromRow(row: Row): KeyLink {
  return {
    fromKeyId: text(row[0]),
    type: oneOf(LINK_TYPES, row[1]),
    toKeyId: text(row[2]),
    createdBy: text(row[3]),
    createdAt: integer(row[4]),
  };
}

export function keyLinkRepository(query: QueryBuilder) {
  const { db } = query;
  const ofKey = query.prepare(
    db
      .selectFrom('key_links')
      .select(COLUMNS)
      .where('from_key_id', '=', argument(0))
      .orderBy('type')
      .orderBy('to_key_id'),
  );
  const ofKeys = (count: number) =>
    query.compile(
      db
        .selectFrom('key_links')
        .select(COLUMNS)
        .where(
          'from_key_id',
          'in',
          Array.from({ length: count }, (_, place) => argument(place)),
        )
        .orderBy('from_key_id')
        .orderBy('type')
        .orderBy('to_key_id'),
    );
  const toKey = query.prepare(
    db
      .selectFrom('key_links')
      .select(COLUMNS)
      .where('to_key_id', '=', argument(0))
      .where('type', '=', argument(1))
      .where('from_key_id', '>', argument(2))
      .orderBy('from_key_id')
      .limit(argument<number>(3)),
  );
  const insert = query.insert('key_links', COLUMNS);
  const remove = query.prepare(
    db
      .deleteFrom('key_links')
      .where('from_key_id', '=', argument(0))
      .where('type', '=', argument(1))
      .where('to_key_id', '=', argument(2)),
  );
  const removeFrom = query.prepare(db.deleteFrom('key_links').where('from_key_id', '=', argument(0)));
  const removeTo = query.prepare(db.deleteFrom('key_links').where('to_key_id', '=', argument(0)));

  const reads = (session: ReadSession): KeyLinkReads => ({
    ofKey: async keyId => (await session.rows(ofKey, [keyId])).map(row => fromRow(row)),
    ofKeys: async keyIds =>
      keyIds.length === 0 ? [] : (await session.rows(ofKeys(keyIds.length), keyIds)).map(row => fromRow(row)),
    toKey: async (keyId, type, page) => {
      const rows = await session.rows(toKey, [keyId, type, page.after ?? FIRST_TEXT, rowsFor(page)]);
      return pageOf(rows, page, fromRow, link => link.fromKeyId);
    },
  });
  const writes = (session: Session): KeyLinkReads & KeyLinkWrites => ({
    ...reads(session),
    insert: ({ fromKeyId, type, toKeyId, createdBy, createdAt }) =>
      insertOne(session, insert, [fromKeyId, type, toKeyId, createdBy, createdAt], 'link'),
    delete: (fromKeyId, type, toKeyId) => changeOne(session, remove, [fromKeyId, type, toKeyId], 'link'),
    async deleteOfKey(keyId) {
      await session.run(removeFrom, [keyId]);
      await session.run(removeTo, [keyId]);
    },
  });
  return { reads, writes };
}
