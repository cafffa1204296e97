// Role bindings: of a principal on a scope.

import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import { ROLES } from '../../domain/permission.ts';
import type { RoleBinding } from '../../domain/principal.ts';
import { integer, oneOf, scope, scopeText, text } from '../columns.ts';
import { changeOne, findOne, insertOne } from '../outcomes.ts';
import { FIRST_TEXT, pageOf, rowsFor } from '../paging.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = ['id', 'principal_id', 'role', 'scope', 'created_at'] as const;

function fromRow(row: Row): RoleBinding {
  return {
    id: text(row[0]),
    principalId: text(row[1]),
    role: oneOf(ROLES, row[2]),
    scope: scope(row[3]),
    createdAt: integer(row[4]),
  };
}

export function bindingRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('bindings').select(COLUMNS);
  const find = query.prepare(select.where('id', '=', argument(0)));
  const ofPrincipal = query.prepare(select.where('principal_id', '=', argument(0)).orderBy('id'));
  const ofScope = query.prepare(
    select
      .where('scope', '=', argument(0))
      .where('id', '>', argument(1))
      .orderBy('id')
      .limit(argument<number>(2)),
  );
  const insert = query.insert('bindings', COLUMNS);
  const remove = query.prepare(db.deleteFrom('bindings').where('id', '=', argument(0)));
  const removeOfScope = query.prepare(db.deleteFrom('bindings').where('scope', '=', argument(0)));

  const reads = (session: ReadSession): StoreReads['bindings'] => ({
    find: id => findOne(session, find, [id], fromRow),
    ofPrincipal: async principalId => (await session.rows(ofPrincipal, [principalId])).map(fromRow),
    ofScope: async (place, page) => {
      const rows = await session.rows(ofScope, [scopeText(place), page.after ?? FIRST_TEXT, rowsFor(page)]);
      return pageOf(rows, page, fromRow, binding => binding.id);
    },
  });
  const writes = (session: Session): StoreTransaction['bindings'] => ({
    ...reads(session),
    insert: ({ id, principalId, role, scope: place, createdAt }) =>
      insertOne(session, insert, [id, principalId, role, scopeText(place), createdAt], 'role binding'),
    delete: id => changeOne(session, remove, [id], 'role binding'),
    deleteOfScope: async place => void (await session.run(removeOfScope, [scopeText(place)])),
  });
  return { reads, writes };
}
