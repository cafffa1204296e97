// Names: (project, namespace, text) to key. Lists are ordered by namespace and text.

import { type RawBuilder, sql } from 'kysely';
import type { NameFilter, StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import type { KeyName } from '../../domain/key.ts';
import { integer, text } from '../columns.ts';
import { changeOne, findOne, insertOne } from '../outcomes.ts';
import { afterPair, pageOf, pairCursor, rowsFor } from '../paging.ts';
import { argument, argumentsOf, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

export const NAME_COLUMNS = [
  'project_id',
  'namespace',
  'text',
  'key_id',
  'created_at',
  'updated_at',
] as const;

export function nameFromRow(row: Row): KeyName {
  return {
    projectId: text(row[0]),
    namespace: text(row[1]),
    text: text(row[2]),
    keyId: text(row[3]),
    createdAt: integer(row[4]),
    updatedAt: integer(row[5]),
  };
}

function rowOf(name: KeyName): Row {
  return [name.projectId, name.namespace, name.text, name.keyId, name.createdAt, name.updatedAt];
}

const PROJECT = 0;
const AFTER_NAMESPACE = 1;
const AFTER_TEXT = 2;
const LIMIT = 3;
const NAMESPACE = 4;
const KEY = 5;

/**
 * The value of the column in a form that no index has. SQLite would look through all names of a namespace, in their order, for those of one
 * key, since it knows nothing of how many there are; the index of keys finds them at once.
 */
export function hiddenFromIndex(column: 'project_id' | 'namespace'): RawBuilder<string> {
  return sql<string>`${sql.ref(`names.${column}`)} || ''`;
}

export function nameRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('names').select(NAME_COLUMNS);
  const paged = (names: typeof select) =>
    names
      .where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('namespace', 'text'),
          '>',
          tuple(argument<string>(AFTER_NAMESPACE), argument<string>(AFTER_TEXT)),
        ),
      )
      .orderBy('namespace')
      .orderBy('text')
      .limit(argument<number>(LIMIT));
  const value = argumentsOf(NAME_COLUMNS);
  const find = query.prepare(
    select
      .where('project_id', '=', argument(0))
      .where('namespace', '=', argument(1))
      .where('text', '=', argument(2)),
  );
  const page = paged(select.where('project_id', '=', argument(PROJECT)));
  const ofKey = paged(
    select.where('key_id', '=', argument(KEY)).where(hiddenFromIndex('project_id'), '=', argument(PROJECT)),
  );
  const inNamespace = page.where('namespace', '=', argument(NAMESPACE));
  const lists = {
    all: query.prepare(page),
    inNamespace: query.prepare(inNamespace),
    ofKey: query.prepare(ofKey),
    ofKeyInNamespace: query.prepare(ofKey.where('namespace', '=', argument(NAMESPACE))),
  };
  const countOfKey = query.prepare(
    db
      .selectFrom('names')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('key_id', '=', argument(0)),
  );
  const countOfNamespace = query.prepare(
    db
      .selectFrom('names')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('project_id', '=', argument(0))
      .where('namespace', '=', argument(1)),
  );
  const insert = query.insert('names', NAME_COLUMNS);
  const update = query.prepare(
    db
      .updateTable('names')
      .set({ key_id: value('key_id'), updated_at: value('updated_at') })
      .where('project_id', '=', value('project_id'))
      .where('namespace', '=', value('namespace'))
      .where('text', '=', value('text')),
  );
  const remove = query.prepare(
    db
      .deleteFrom('names')
      .where('project_id', '=', argument(0))
      .where('namespace', '=', argument(1))
      .where('text', '=', argument(2)),
  );
  const removeOfKey = query.prepare(db.deleteFrom('names').where('key_id', '=', argument(0)));

  const listFor = (filter: NameFilter) => {
    if (filter.keyId === undefined) return filter.namespace === undefined ? lists.all : lists.inNamespace;
    return filter.namespace === undefined ? lists.ofKey : lists.ofKeyInNamespace;
  };

  const reads = (session: ReadSession): StoreReads['names'] => ({
    find: (namespace, projectId, name) => findOne(session, find, [projectId, namespace, name], nameFromRow),
    list: async (filter, request) => {
      const rows = await session.rows(listFor(filter), [
        filter.projectId,
        ...afterPair(request),
        rowsFor(request),
        filter.namespace ?? null,
        filter.keyId ?? null,
      ]);
      return pageOf(rows, request, nameFromRow, name => pairCursor(name.namespace, name.text));
    },
    countOfNamespace: async (projectId, namespace) =>
      integer((await session.rows(countOfNamespace, [projectId, namespace]))[0]?.[0]),
    countOfKey: async keyId => integer((await session.rows(countOfKey, [keyId]))[0]?.[0]),
  });
  const writes = (session: Session): StoreTransaction['names'] => ({
    ...reads(session),
    insert: name => insertOne(session, insert, rowOf(name), 'name'),
    update: name => changeOne(session, update, rowOf(name), 'name'),
    delete: (namespace, projectId, name) => changeOne(session, remove, [projectId, namespace, name], 'name'),
    deleteOfKey: async keyId => void (await session.run(removeOfKey, [keyId])),
  });
  return { reads, writes };
}
