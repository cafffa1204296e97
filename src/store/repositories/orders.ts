// Orders.

import { sql } from 'kysely';
import type { OrderQuery, OrderReads, OrderWrites } from '../../core/ports/secrets.ts';
import { ORDER_STATES, ORDER_TYPES, type Order } from '../../domain/order.ts';
import { integer, oneOf, optionalText, text } from '../columns.ts';
import { changeOne, findOne, insertOne } from '../outcomes.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = [
  'id',
  'project_id',
  'type',
  'request',
  'state',
  'failure',
  'secret_id',
  'container_id',
  'created_by',
  'created_at',
  'updated_at',
] as const;

function fromRow(row: Row): Order {
  return {
    id: text(row[0]),
    projectId: text(row[1]),
    type: oneOf(ORDER_TYPES, row[2]),
    request: text(row[3]),
    state: oneOf(ORDER_STATES, row[4]),
    failure: optionalText(row[5]),
    secretId: optionalText(row[6]),
    containerId: optionalText(row[7]),
    createdBy: text(row[8]),
    createdAt: integer(row[9]),
    updatedAt: integer(row[10]),
  };
}

export function orderRepository(query: QueryBuilder) {
  const { db } = query;
  const find = query.prepare(db.selectFrom('orders').select(COLUMNS).where('id', '=', argument(0)));
  const insert = query.insert('orders', COLUMNS);
  const remove = query.prepare(db.deleteFrom('orders').where('id', '=', argument(0)));
  const matching = ({ projectId, requestPart }: OrderQuery) => {
    const rows = db.selectFrom('orders').where('project_id', '=', projectId);
    if (requestPart === undefined) return rows;
    const within = query.engine === 'postgres' ? sql`strpos` : sql`instr`;
    return rows.where(sql<boolean>`${within}(${sql.ref('request')}, cast(${requestPart} as text)) > 0`);
  };

  const reads = (session: ReadSession): OrderReads => ({
    find: id => findOne(session, find, [id], fromRow),
    list: async (asked, { offset, limit }) => {
      const rows = matching(asked).select(COLUMNS).orderBy('created_at').orderBy('id');
      return (await session.rows(query.compile(rows.limit(limit).offset(offset)), [])).map(fromRow);
    },
    count: async asked => {
      const count = matching(asked).select(({ fn }) => fn.countAll<number>().as('count'));
      return integer((await session.rows(query.compile(count), []))[0]?.[0]);
    },
  });
  const writes = (session: Session): OrderReads & OrderWrites => ({
    ...reads(session),
    insert: order => {
      const { id, projectId, type, request, state, failure, secretId, containerId } = order;
      const made = [
        id,
        projectId,
        type,
        request,
        state,
        failure ?? null,
        secretId ?? null,
        containerId ?? null,
      ];
      return insertOne(
        session,
        insert,
        [...made, order.createdBy, order.createdAt, order.updatedAt],
        'order',
      );
    },
    delete: id => changeOne(session, remove, [id], 'order'),
  });
  return { reads, writes };
}
