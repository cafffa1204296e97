// The pairs that sign tokens, their private halves wrapped.

import type { StoreReads, StoreTransaction, TokenKeyRow } from '../../core/ports/store.ts';
import { bytes, integer, optionalInteger, text } from '../columns.ts';
import { changeOne, findOne, insertOne } from '../outcomes.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = ['id', 'public_key', 'wrapped', 'created_at', 'ends_at'] as const;

function fromRow(row: Row): TokenKeyRow {
  return {
    id: text(row[0]),
    publicKey: bytes(row[1]),
    wrapped: bytes(row[2]),
    createdAt: integer(row[3]),
    endsAt: optionalInteger(row[4]),
  };
}

export function tokenKeyRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('token_keys').select(COLUMNS);
  const find = query.prepare(select.where('id', '=', argument(0)));
  const list = query.prepare(select.orderBy('created_at', 'desc').orderBy('id'));
  const insert = query.insert('token_keys', COLUMNS);
  const setEnd = query.prepare(
    db
      .updateTable('token_keys')
      .set({ ends_at: argument(1) })
      .where('id', '=', argument(0)),
  );
  const remove = query.prepare(db.deleteFrom('token_keys').where('id', '=', argument(0)));

  const reads = (session: ReadSession): StoreReads['tokenKeys'] => ({
    find: id => findOne(session, find, [id], fromRow),
    list: async () => (await session.rows(list, [])).map(row => fromRow(row)),
  });
  const writes = (session: Session): StoreTransaction['tokenKeys'] => ({
    ...reads(session),
    insert: ({ id, publicKey, wrapped, createdAt, endsAt }) =>
      insertOne(session, insert, [id, publicKey, wrapped, createdAt, endsAt ?? null], 'token key'),
    setEnd: (id, endsAt) => changeOne(session, setEnd, [id, endsAt], 'token key'),
    delete: id => changeOne(session, remove, [id], 'token key'),
  });
  return { reads, writes };
}
