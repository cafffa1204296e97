// Access lists, and the principals that stand on them.

import type { AccessListReads, AccessListWrites } from '../../core/ports/secrets.ts';
import { flag, integer, text } from '../columns.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Session } from '../session.ts';

const COLUMNS = ['object_id', 'open_to_project', 'created_at', 'updated_at'] as const;

export function accessListRepository(query: QueryBuilder) {
  const { db } = query;
  const find = query.prepare(
    db.selectFrom('access_lists').select(COLUMNS).where('object_id', '=', argument(0)),
  );
  const principals = query.prepare(
    db
      .selectFrom('access_list_principals')
      .select(['principal_id', 'name'])
      .where('object_id', '=', argument(0))
      .orderBy('name')
      .orderBy('principal_id'),
  );
  const insert = query.insert('access_lists', COLUMNS);
  const insertPrincipal = query.insert('access_list_principals', ['object_id', 'principal_id', 'name']);
  const remove = query.prepare(db.deleteFrom('access_lists').where('object_id', '=', argument(0)));

  const reads = (session: ReadSession): AccessListReads => ({
    find: async objectId => {
      const [row] = await session.rows(find, [objectId]);
      if (row === undefined) return undefined;
      const listed = await session.rows(principals, [objectId]);
      return {
        objectId: text(row[0]),
        openToProject: flag(row[1]),
        createdAt: integer(row[2]),
        updatedAt: integer(row[3]),
        principals: listed.map(([id, name]) => ({ id: text(id), name: text(name) })),
      };
    },
  });
  const writes = (session: Session): AccessListReads & AccessListWrites => ({
    ...reads(session),
    put: async ({ objectId, openToProject, principals: listed, createdAt, updatedAt }) => {
      await session.run(remove, [objectId]);
      await session.run(insert, [objectId, Number(openToProject), createdAt, updatedAt]);
      await session.runEach(
        insertPrincipal,
        listed.map(({ id, name }) => [objectId, id, name]),
      );
    },
    delete: async objectId => void (await session.run(remove, [objectId])),
  });
  return { reads, writes };
}
