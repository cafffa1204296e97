// Transport keys: the pairs by which key material comes in.

import type { TransportKeyReads, TransportKeyWrites } from '../../core/ports/transport-keys.ts';
import { TRANSPORT_ALGORITHMS, type TransportKey } from '../../domain/transport-key.ts';
import { bytes, integer, oneOf, text } from '../columns.ts';
import { changeOne, findOne, insertOne } from '../outcomes.ts';
import { argument, argumentsOf, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = [
  'id',
  'project_id',
  'owner',
  'algorithm',
  'wrapped',
  'public_key',
  'nonce',
  'created_by',
  'created_at',
  'expires_at',
  'reads_max',
  'reads_left',
] as const;

const ALGORITHMS = Object.fromEntries(TRANSPORT_ALGORITHMS.map(name => [name, true])) as Record<
  TransportKey['algorithm'],
  true
>;

function fromRow(row: Row): TransportKey {
  return {
    id: text(row[0]),
    projectId: text(row[1]),
    owner: text(row[2]),
    algorithm: oneOf(ALGORITHMS, row[3]),
    wrapped: bytes(row[4]),
    publicKey: bytes(row[5]),
    nonce: bytes(row[6]),
    createdBy: text(row[7]),
    createdAt: integer(row[8]),
    expiresAt: integer(row[9]),
    readsMax: integer(row[10]),
    readsLeft: integer(row[11]),
  };
}

function rowOf(key: TransportKey): Row {
  return [
    key.id,
    key.projectId,
    key.owner,
    key.algorithm,
    key.wrapped,
    key.publicKey,
    key.nonce,
    key.createdBy,
    key.createdAt,
    key.expiresAt,
    key.readsMax,
    key.readsLeft,
  ];
}

export function transportKeyRepository(query: QueryBuilder) {
  const { db } = query;
  const value = argumentsOf(COLUMNS);
  const select = db.selectFrom('transport_keys').select(COLUMNS);
  const find = query.prepare(select.where('project_id', '=', argument(0)).where('owner', '=', argument(1)));
  // The condition of the partial index, word for word.
  const due = query.prepare(
    select
      .where('expires_at', '<=', argument(0))
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('projects')
            .select('projects.id')
            .whereRef('projects.id', '=', 'transport_keys.project_id')
            .where('projects.enabled', '=', 1),
        ),
      )
      .where(({ eb, fn, ref }) => eb(fn<number>('length', [ref('wrapped')]), '>', eb.lit(0)))
      .orderBy('expires_at')
      .orderBy('id')
      .limit(argument<number>(1)),
  );
  const insert = query.insert('transport_keys', COLUMNS);
  const update = query.prepare(
    db
      .updateTable('transport_keys')
      .set({ wrapped: value('wrapped'), reads_left: value('reads_left') })
      .where('id', '=', value('id')),
  );
  const remove = query.prepare(
    db.deleteFrom('transport_keys').where('project_id', '=', argument(0)).where('owner', '=', argument(1)),
  );

  const reads = (session: ReadSession): TransportKeyReads => ({
    find: (projectId, owner) => findOne(session, find, [projectId, owner], fromRow),
    dueForErasure: async (at, limit) => (await session.rows(due, [at, limit])).map(row => fromRow(row)),
  });
  const writes = (session: Session): TransportKeyReads & TransportKeyWrites => ({
    ...reads(session),
    replace: async key => {
      await session.run(remove, [key.projectId, key.owner]);
      await insertOne(session, insert, rowOf(key), 'transport key');
    },
    update: key => changeOne(session, update, rowOf(key), 'transport key'),
  });
  return { reads, writes };
}
