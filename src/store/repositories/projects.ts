// Projects: found by identifier, name and account number.

import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import type { Project } from '../../domain/project.ts';
import { flag, integer, text } from '../columns.ts';
import { findOne, insertOne, reviseOne } from '../outcomes.ts';
import { FIRST_TEXT, pageOf, rowsFor } from '../paging.ts';
import { argument, argumentsOf, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

export const PROJECT_COLUMNS = ['id', 'name', 'account_id', 'enabled', 'created_at', 'revision'] as const;

/** Reads the columns above, of which the first stands at `at`. */
export function projectFromRow(row: Row, at = 0): Project {
  return {
    id: text(row[at]),
    name: text(row[at + 1]),
    accountId: text(row[at + 2]),
    enabled: flag(row[at + 3]),
    createdAt: integer(row[at + 4]),
    revision: integer(row[at + 5]),
  };
}

function rowOf(project: Project): Row {
  const { id, name, accountId, enabled, createdAt, revision } = project;
  return [id, name, accountId, Number(enabled), createdAt, revision];
}

export function projectRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('projects').select(PROJECT_COLUMNS);
  const value = argumentsOf(PROJECT_COLUMNS);
  const find = query.prepare(select.where('id', '=', argument(0)));
  const findByName = query.prepare(select.where('name', '=', argument(0)));
  const findByAccountId = query.prepare(select.where('account_id', '=', argument(0)));
  const list = query.prepare(select.where('id', '>', argument(0)).orderBy('id').limit(argument<number>(1)));
  const insert = query.insert('projects', PROJECT_COLUMNS);
  const update = query.prepare(
    db
      .updateTable('projects')
      .set(row => ({
        name: value('name'),
        account_id: value('account_id'),
        enabled: value('enabled'),
        revision: row('revision', '+', 1),
      }))
      .where('id', '=', value('id'))
      .where('revision', '=', value('revision')),
  );

  const reads = (session: ReadSession): StoreReads['projects'] => ({
    find: id => findOne(session, find, [id], projectFromRow),
    findByName: name => findOne(session, findByName, [name], projectFromRow),
    findByAccountId: accountId => findOne(session, findByAccountId, [accountId], projectFromRow),
    list: async page => {
      const rows = await session.rows(list, [page.after ?? FIRST_TEXT, rowsFor(page)]);
      return pageOf(rows, page, projectFromRow, project => project.id);
    },
  });
  const writes = (session: Session): StoreTransaction['projects'] => ({
    ...reads(session),
    insert: project => insertOne(session, insert, rowOf(project), 'project'),
    update: project =>
      reviseOne(session, update, rowOf(project), 'project', () => reads(session).find(project.id)),
  });
  return { reads, writes };
}
