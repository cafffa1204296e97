// Containers, and the secrets that stand in them.

import { sql } from 'kysely';
import type { ContainerQuery, ContainerReads, ContainerWrites } from '../../core/ports/secrets.ts';
import { CONTAINER_TYPES, type ContainedSecret, type Container } from '../../domain/container.ts';
import { KmsError } from '../../domain/errors.ts';
import { integer, oneOf, optionalText, text } from '../columns.ts';
import { changeOne, insertOne } from '../outcomes.ts';
import { argument, type QueryBuilder } from '../query.ts';
import { likeIgnoringCase } from '../searches.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = ['id', 'project_id', 'type', 'name', 'created_by', 'created_at', 'updated_at'] as const;
const MEMBER_COLUMNS = ['container_id', 'place', 'secret_id', 'name'] as const;

function fromRow(row: Row, secrets: readonly ContainedSecret[]): Container {
  return {
    id: text(row[0]),
    projectId: text(row[1]),
    type: oneOf(CONTAINER_TYPES, row[2]),
    name: optionalText(row[3]),
    createdBy: text(row[4]),
    createdAt: integer(row[5]),
    updatedAt: integer(row[6]),
    secrets,
  };
}

export function containerRepository(query: QueryBuilder) {
  const { db } = query;
  const find = query.prepare(db.selectFrom('containers').select(COLUMNS).where('id', '=', argument(0)));
  const insert = query.insert('containers', COLUMNS);
  const insertMember = query.insert('contained_secrets', MEMBER_COLUMNS);
  const lastPlace = query.prepare(
    db
      .selectFrom('contained_secrets')
      .select(({ fn }) => fn.coalesce(fn.max('place'), sql.lit(0)).as('place'))
      .where('container_id', '=', argument(0)),
  );
  const removeMember = query.prepare(
    db
      .deleteFrom('contained_secrets')
      .where('container_id', '=', argument(0))
      .where('place', '=', argument(1)),
  );
  const touch = query.prepare(
    db
      .updateTable('containers')
      .set({ updated_at: argument(1) })
      .where('id', '=', argument(0)),
  );
  const remove = query.prepare(db.deleteFrom('containers').where('id', '=', argument(0)));
  const removeConsumers = query.prepare(db.deleteFrom('consumers').where('object_id', '=', argument(0)));
  const removeAccessList = query.prepare(db.deleteFrom('access_lists').where('object_id', '=', argument(0)));

  const membersOf = (containerIds: readonly string[]) =>
    query.compile(
      db
        .selectFrom('contained_secrets')
        .select(MEMBER_COLUMNS)
        .where('container_id', 'in', [...containerIds])
        .orderBy('container_id')
        .orderBy('place'),
    );
  const matching = ({ projectId, name, type }: ContainerQuery) => {
    let rows = db.selectFrom('containers').where('project_id', '=', projectId);
    if (name !== undefined) rows = rows.where(likeIgnoringCase(sql.ref('name'), name));
    return type === undefined ? rows : rows.where('type', '=', type);
  };

  const withMembers = async (session: ReadSession, rows: readonly Row[]): Promise<readonly Container[]> => {
    if (rows.length === 0) return [];
    const members = await session.rows(membersOf(rows.map(row => text(row[0]))), []);
    const byContainer = Map.groupBy(members, row => text(row[0]));
    return rows.map(row => fromRow(row, (byContainer.get(text(row[0])) ?? []).map(memberFromRow)));
  };

  const reads = (session: ReadSession): ContainerReads => ({
    find: async id => (await withMembers(session, await session.rows(find, [id])))[0],
    list: async (asked, { offset, limit }) => {
      const rows = matching(asked).select(COLUMNS).orderBy('created_at').orderBy('id');
      return withMembers(session, await session.rows(query.compile(rows.limit(limit).offset(offset)), []));
    },
    count: async asked => {
      const count = matching(asked).select(({ fn }) => fn.countAll<number>().as('count'));
      return integer((await session.rows(query.compile(count), []))[0]?.[0]);
    },
  });

  const placeOf = async (
    session: Session,
    id: string,
    secret: ContainedSecret,
  ): Promise<number | undefined> => {
    const { secretId: contained, name } = secret;
    const rows = await session.rows(membersOf([id]), []);
    const found = rows.find(row => text(row[2]) === contained && optionalText(row[3]) === name);
    return found === undefined ? undefined : integer(found[1]);
  };
  const writes = (session: Session): ContainerReads & ContainerWrites => ({
    ...reads(session),
    insert: async container => {
      const { id, projectId, type, name, createdBy, createdAt, updatedAt } = container;
      const row = [id, projectId, type, name ?? null, createdBy, createdAt, updatedAt];
      await insertOne(session, insert, row, 'container');
      const members = container.secrets.map((secret, place) => memberRow(id, place + 1, secret));
      await session.runEach(insertMember, members);
    },
    delete: async id => {
      await session.run(removeConsumers, [id]);
      await session.run(removeAccessList, [id]);
      await changeOne(session, remove, [id], 'container');
    },
    addSecret: async (id, secret, at) => {
      if ((await placeOf(session, id, secret)) !== undefined) {
        throw new KmsError('alreadyExists', 'The secret is in the container under that name already.');
      }
      const last = integer((await session.rows(lastPlace, [id]))[0]?.[0]);
      await session.run(insertMember, memberRow(id, last + 1, secret));
      await session.run(touch, [id, at]);
    },
    removeSecret: async (id, secret, at) => {
      const place = await placeOf(session, id, secret);
      if (place === undefined) {
        throw new KmsError('notFound', 'The secret is not in the container under that name.');
      }
      await session.run(removeMember, [id, place]);
      await session.run(touch, [id, at]);
    },
  });
  return { reads, writes };
}

function memberFromRow(row: Row): ContainedSecret {
  return { secretId: text(row[2]), name: optionalText(row[3]) };
}

function memberRow(containerId: string, place: number, { secretId, name }: ContainedSecret): Row {
  return [containerId, place, secretId, name ?? null];
}
