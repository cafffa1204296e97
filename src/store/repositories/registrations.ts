// Registrations of resources at keys. The index of the key or of the project leads; what it does not know is checked on the row.

import { type Expression, type SqlBool, sql } from 'kysely';
import type {
  RegistrationFilter,
  RegistrationReads,
  RegistrationWrites,
  ResourceMatch,
} from '../../core/ports/registrations.ts';
import type { Registration } from '../../domain/registration.ts';
import { flag, integer, text } from '../columns.ts';
import { changeOne, findOne, insertOne, reviseOne } from '../outcomes.ts';
import { argument, argumentsOf, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = [
  'key_id',
  'resource',
  'project_id',
  'prevents_destruction',
  'description',
  'metadata',
  'key_version',
  'created_by',
  'created_at',
  'updated_by',
  'updated_at',
  'revision',
] as const;

function fromRow(row: Row): Registration {
  return {
    keyId: text(row[0]),
    resource: text(row[1]),
    projectId: text(row[2]),
    preventsDestruction: flag(row[3]),
    description: text(row[4]),
    metadata: text(row[5]),
    keyVersion: integer(row[6]),
    createdBy: text(row[7]),
    createdAt: integer(row[8]),
    updatedBy: text(row[9]),
    updatedAt: integer(row[10]),
    revision: integer(row[11]),
  };
}

function rowOf(registration: Registration): Row {
  return [
    registration.keyId,
    registration.resource,
    registration.projectId,
    Number(registration.preventsDestruction),
    registration.description,
    registration.metadata,
    registration.keyVersion,
    registration.createdBy,
    registration.createdAt,
    registration.updatedBy,
    registration.updatedAt,
    registration.revision,
  ];
}

/** LIKE has its own mind about case in each engine; these compare code points in both. */
function matches({ by, text: sought }: ResourceMatch): Expression<SqlBool> {
  const column = sql.ref<string>('resource');
  const wanted = sql<string>`cast(${sought} as text)`;
  if (by === 'whole') return sql<SqlBool>`${column} = ${wanted}`;
  if (by === 'prefix') return sql<SqlBool>`substr(${column}, 1, length(${wanted})) = ${wanted}`;
  return sql<SqlBool>`substr(${column}, length(${column}) - length(${wanted}) + 1) = ${wanted}`;
}

export function registrationRepository(query: QueryBuilder) {
  const { db } = query;
  const value = argumentsOf(COLUMNS);
  const find = query.prepare(
    db
      .selectFrom('registrations')
      .select(COLUMNS)
      .where('key_id', '=', argument(0))
      .where('resource', '=', argument(1)),
  );
  const insert = query.insert('registrations', COLUMNS);
  const update = query.prepare(
    db
      .updateTable('registrations')
      .set(row => ({
        prevents_destruction: value('prevents_destruction'),
        description: value('description'),
        metadata: value('metadata'),
        key_version: value('key_version'),
        updated_by: value('updated_by'),
        updated_at: value('updated_at'),
        revision: row('revision', '+', 1),
      }))
      .where('key_id', '=', value('key_id'))
      .where('resource', '=', value('resource'))
      .where('revision', '=', value('revision')),
  );
  const remove = query.prepare(
    db.deleteFrom('registrations').where('key_id', '=', argument(0)).where('resource', '=', argument(1)),
  );
  const removeOfKey = query.prepare(db.deleteFrom('registrations').where('key_id', '=', argument(0)));

  const matching = ({ projectId, keyId, resource, preventsDestruction }: RegistrationFilter) => {
    let rows = db.selectFrom('registrations').where('project_id', '=', projectId);
    if (keyId !== undefined) rows = rows.where('key_id', '=', keyId);
    if (resource !== undefined) rows = rows.where(matches(resource));
    if (preventsDestruction !== undefined) {
      rows = rows.where('prevents_destruction', '=', Number(preventsDestruction));
    }
    return rows;
  };

  const reads = (session: ReadSession): RegistrationReads => ({
    find: (keyId, resource) => findOne(session, find, [keyId, resource], fromRow),
    list: async (filter, { offset, limit }) => {
      const list = matching(filter).select(COLUMNS).orderBy('resource').orderBy('key_id');
      const rows = await session.rows(query.compile(list.limit(limit).offset(offset)), []);
      return rows.map(row => fromRow(row));
    },
    count: async filter => {
      const count = matching(filter).select(({ fn }) => fn.countAll<number>().as('count'));
      return integer((await session.rows(query.compile(count), []))[0]?.[0]);
    },
  });
  const writes = (session: Session): RegistrationReads & RegistrationWrites => ({
    ...reads(session),
    insert: registration => insertOne(session, insert, rowOf(registration), 'registration'),
    update: registration =>
      reviseOne(session, update, rowOf(registration), 'registration', () =>
        reads(session).find(registration.keyId, registration.resource),
      ),
    delete: (keyId, resource) => changeOne(session, remove, [keyId, resource], 'registration'),
    deleteOfKey: async keyId => void (await session.run(removeOfKey, [keyId])),
  });
  return { reads, writes };
}
