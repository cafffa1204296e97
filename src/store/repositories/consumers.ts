// Consumers of secrets and containers.

import type { ConsumerReads, ConsumerWrites } from '../../core/ports/secrets.ts';
import type { Consumer } from '../../domain/consumer.ts';
import { integer, text } from '../columns.ts';
import { changeOne } from '../outcomes.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = ['object_id', 'service', 'resource_type', 'resource', 'project_id', 'created_at'] as const;

function fromRow(row: Row): Consumer {
  return {
    objectId: text(row[0]),
    service: text(row[1]),
    resourceType: text(row[2]),
    resource: text(row[3]),
    projectId: text(row[4]),
    createdAt: integer(row[5]),
  };
}

const ORDERS = {
  createdAt: ['created_at', 'service', 'resource_type', 'resource'],
  service: ['service', 'resource_type', 'resource'],
} as const;

export function consumerRepository(query: QueryBuilder) {
  const { db } = query;
  const count = (column: 'object_id' | 'project_id') =>
    query.prepare(
      db
        .selectFrom('consumers')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where(column, '=', argument(0)),
    );
  const countOfObject = count('object_id');
  const countOfProject = count('project_id');
  const list = (order: keyof typeof ORDERS) => {
    const rows = db.selectFrom('consumers').select(COLUMNS).where('object_id', '=', argument(0));
    const sorted = ORDERS[order].reduce((sorting, column) => sorting.orderBy(column), rows);
    return query.prepare(sorted.limit(argument<number>(1)).offset(argument<number>(2)));
  };
  const lists = { createdAt: list('createdAt'), service: list('service') } as const;
  const insert = query.insert('consumers', COLUMNS);
  const remove = query.prepare(
    db
      .deleteFrom('consumers')
      .where('object_id', '=', argument(0))
      .where('service', '=', argument(1))
      .where('resource_type', '=', argument(2))
      .where('resource', '=', argument(3)),
  );

  const reads = (session: ReadSession): ConsumerReads => ({
    list: async (objectId, order, { offset, limit }) =>
      (await session.rows(lists[order], [objectId, limit, offset])).map(fromRow),
    count: async objectId => integer((await session.rows(countOfObject, [objectId]))[0]?.[0]),
    countOfProject: async projectId => integer((await session.rows(countOfProject, [projectId]))[0]?.[0]),
    ofObjects: async objectIds => {
      if (objectIds.length === 0) return [];
      const rows = db
        .selectFrom('consumers')
        .select(COLUMNS)
        .where('object_id', 'in', [...objectIds])
        .orderBy('object_id')
        .orderBy('created_at')
        .orderBy('service')
        .orderBy('resource');
      return (await session.rows(query.compile(rows), [])).map(fromRow);
    },
  });
  const writes = (session: Session): ConsumerReads & ConsumerWrites => ({
    ...reads(session),
    put: async ({ objectId, service, resourceType, resource, projectId, createdAt }) => {
      await session.run(insert, [objectId, service, resourceType, resource, projectId, createdAt]);
    },
    delete: ({ objectId, service, resourceType, resource }) =>
      changeOne(session, remove, [objectId, service, resourceType, resource], 'consumer'),
  });
  return { reads, writes };
}
