// Secrets. The index of the project, or of the access lists, leads; what it does not know is checked on the row.

import { sql } from 'kysely';
import { canonicalJson } from '../../base/canonical-json.ts';
import { tableKeys } from '../../base/table.ts';
import type {
  SecretInstant,
  SecretQuery,
  SecretReads,
  SecretSortProperty,
  SecretSortTerm,
  SecretWrites,
} from '../../core/ports/secrets.ts';
import { PAYLOAD_FORMS, SECRET_TYPES, type Secret } from '../../domain/secret.ts';
import { integer, oneOf, optionalInteger, optionalText, text } from '../columns.ts';
import { changeOne, findOne, insertOne, reviseOne } from '../outcomes.ts';
import { argument, argumentsOf, type QueryBuilder } from '../query.ts';
import { absentFirst, inRange, likeIgnoringCase } from '../searches.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = [
  'id',
  'project_id',
  'type',
  'name',
  'algorithm',
  'bit_length',
  'mode',
  'content_type',
  'form',
  'metadata',
  'expires_at',
  'created_by',
  'created_at',
  'updated_at',
  'revision',
] as const;

function fromRow(row: Row): Secret {
  return {
    id: text(row[0]),
    projectId: text(row[1]),
    type: oneOf(SECRET_TYPES, row[2]),
    name: optionalText(row[3]),
    algorithm: optionalText(row[4]),
    bitLength: optionalInteger(row[5]),
    mode: optionalText(row[6]),
    contentType: optionalText(row[7]),
    form: oneOf(PAYLOAD_FORMS, row[8]),
    metadata: JSON.parse(text(row[9])) as Secret['metadata'],
    expiresAt: optionalInteger(row[10]),
    createdBy: text(row[11]),
    createdAt: integer(row[12]),
    updatedAt: integer(row[13]),
    revision: integer(row[14]),
  };
}

function rowOf(secret: Secret): Row {
  return [
    secret.id,
    secret.projectId,
    secret.type,
    secret.name ?? null,
    secret.algorithm ?? null,
    secret.bitLength ?? null,
    secret.mode ?? null,
    secret.contentType ?? null,
    secret.form,
    canonicalJson(secret.metadata),
    secret.expiresAt ?? null,
    secret.createdBy,
    secret.createdAt,
    secret.updatedAt,
    secret.revision,
  ];
}

const INSTANT_COLUMNS = {
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  expiresAt: 'expires_at',
} as const satisfies Record<SecretInstant, string>;

const SORT_COLUMNS = {
  name: 'name',
  algorithm: 'algorithm',
  bitLength: 'bit_length',
  mode: 'mode',
  type: 'type',
  ...INSTANT_COLUMNS,
} as const satisfies Record<SecretSortProperty, string>;

export function secretRepository(query: QueryBuilder) {
  const { db } = query;
  const value = argumentsOf(COLUMNS);
  const find = query.prepare(db.selectFrom('secrets').select(COLUMNS).where('id', '=', argument(0)));
  const countOfProject = query.prepare(
    db
      .selectFrom('secrets')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('project_id', '=', argument(0)),
  );
  const insert = query.insert('secrets', COLUMNS);
  const update = query.prepare(
    db
      .updateTable('secrets')
      .set(row => ({
        content_type: value('content_type'),
        form: value('form'),
        metadata: value('metadata'),
        updated_at: value('updated_at'),
        revision: row('revision', '+', 1),
      }))
      .where('id', '=', value('id'))
      .where('revision', '=', value('revision')),
  );
  const remove = query.prepare(db.deleteFrom('secrets').where('id', '=', argument(0)));
  const removeConsumers = query.prepare(db.deleteFrom('consumers').where('object_id', '=', argument(0)));
  const removeAccessList = query.prepare(db.deleteFrom('access_lists').where('object_id', '=', argument(0)));

  const matching = ({ within, instants = {}, at, ...asked }: SecretQuery) => {
    let rows = db
      .selectFrom('secrets')
      .where(({ or, eb }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', at)]));
    rows =
      'projectId' in within
        ? rows.where('project_id', '=', within.projectId)
        : rows.where('id', 'in', list =>
            list
              .selectFrom('access_list_principals')
              .select('object_id')
              .where('principal_id', '=', within.listing),
          );
    for (const name of ['name', 'algorithm', 'mode'] as const) {
      const pattern = asked[name];
      if (pattern !== undefined) rows = rows.where(likeIgnoringCase(sql.ref(name), pattern));
    }
    if (asked.bitLength !== undefined) rows = rows.where('bit_length', '=', asked.bitLength);
    if (asked.type !== undefined) rows = rows.where('type', '=', asked.type);
    for (const instant of tableKeys(INSTANT_COLUMNS)) {
      const range = instants[instant] ?? {};
      for (const condition of inRange(INSTANT_COLUMNS[instant], range)) rows = rows.where(condition);
    }
    return rows;
  };

  const searched = (asked: SecretQuery, sort: readonly SecretSortTerm[]) => {
    let rows = matching(asked).select(COLUMNS);
    for (const { by, descending } of sort) {
      rows = rows.orderBy(SORT_COLUMNS[by], absentFirst(descending));
    }
    const made = sort.some(({ by }) => by === 'createdAt') ? rows : rows.orderBy('created_at');
    return made.orderBy('id');
  };

  const reads = (session: ReadSession): SecretReads => ({
    find: id => findOne(session, find, [id], fromRow),
    search: async (asked, sort, { offset, limit }) => {
      const compiled = query.compile(searched(asked, sort).limit(limit).offset(offset));
      return (await session.rows(compiled, [])).map(fromRow);
    },
    count: async asked => {
      const count = matching(asked).select(({ fn }) => fn.countAll<number>().as('count'));
      return integer((await session.rows(query.compile(count), []))[0]?.[0]);
    },
    countOfProject: async projectId => integer((await session.rows(countOfProject, [projectId]))[0]?.[0]),
  });
  const writes = (session: Session): SecretReads & SecretWrites => ({
    ...reads(session),
    insert: secret => insertOne(session, insert, rowOf(secret), 'secret'),
    update: secret =>
      reviseOne(session, update, rowOf(secret), 'secret', () => reads(session).find(secret.id)),
    delete: async id => {
      await session.run(removeConsumers, [id]);
      await session.run(removeAccessList, [id]);
      await changeOne(session, remove, [id], 'secret');
    },
  });
  return { reads, writes };
}
