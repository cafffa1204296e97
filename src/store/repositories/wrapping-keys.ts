// The wrapping keys of projects, wrapped, and the generations of the root key that wraps them.

import type { RootKeyRow, StoreReads, StoreTransaction, WrappingKeyRow } from '../../core/ports/store.ts';
import { bytes, integer, oneOf, text } from '../columns.ts';
import { changeOne, insertOne } from '../outcomes.ts';
import { argument, argumentsOf, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const WRAPPING_COLUMNS = ['project_id', 'generation', 'root_generation', 'wrapped', 'created_at'] as const;

function wrappingKeyFromRow(row: Row): WrappingKeyRow {
  return {
    projectId: text(row[0]),
    generation: integer(row[1]),
    rootGeneration: integer(row[2]),
    wrapped: bytes(row[3]),
    createdAt: integer(row[4]),
  };
}

function rowOfWrappingKey(key: WrappingKeyRow): Row {
  return [key.projectId, key.generation, key.rootGeneration, key.wrapped, key.createdAt];
}

export function wrappingKeyRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('wrapping_keys').select(WRAPPING_COLUMNS);
  const value = argumentsOf(WRAPPING_COLUMNS);
  const ofProject = query.prepare(select.where('project_id', '=', argument(0)).orderBy('generation', 'desc'));
  const notWrappedBy = query.prepare(
    select
      .where('root_generation', '<', argument(0))
      .orderBy('root_generation')
      .orderBy('project_id')
      .orderBy('generation')
      .limit(argument<number>(1)),
  );
  const count = query.prepare(
    db.selectFrom('wrapping_keys').select(({ fn }) => fn.countAll<number>().as('count')),
  );
  const insert = query.insert('wrapping_keys', WRAPPING_COLUMNS);
  const rewrap = query.prepare(
    db
      .updateTable('wrapping_keys')
      .set({ root_generation: value('root_generation'), wrapped: value('wrapped') })
      .where('project_id', '=', value('project_id'))
      .where('generation', '=', value('generation')),
  );

  const reads = (session: ReadSession): StoreReads['wrappingKeys'] => ({
    ofProject: async projectId => (await session.rows(ofProject, [projectId])).map(wrappingKeyFromRow),
    notWrappedBy: async (rootGeneration, limit) =>
      (await session.rows(notWrappedBy, [rootGeneration, limit])).map(wrappingKeyFromRow),
    count: async () => integer((await session.rows(count, []))[0]?.[0]),
  });
  const writes = (session: Session): StoreTransaction['wrappingKeys'] => ({
    ...reads(session),
    insert: key => insertOne(session, insert, rowOfWrappingKey(key), 'wrapping key'),
    rewrap: key => changeOne(session, rewrap, rowOfWrappingKey(key), 'wrapping key'),
  });
  return { reads, writes };
}

const ROOT_COLUMNS = ['generation', 'provider', 'parameters', 'fingerprint', 'state', 'created_at'] as const;

const ROOT_STATES = { current: true, retiring: true, retired: true } as const satisfies Record<
  RootKeyRow['state'],
  true
>;

function rootKeyFromRow(row: Row): RootKeyRow {
  return {
    generation: integer(row[0]),
    provider: text(row[1]),
    parameters: text(row[2]),
    fingerprint: text(row[3]),
    state: oneOf(ROOT_STATES, row[4]),
    createdAt: integer(row[5]),
  };
}

export function rootKeyRepository(query: QueryBuilder) {
  const { db } = query;
  const list = query.prepare(db.selectFrom('root_keys').select(ROOT_COLUMNS).orderBy('generation'));
  const insert = query.insert('root_keys', ROOT_COLUMNS);
  const setState = query.prepare(
    db
      .updateTable('root_keys')
      .set({ state: argument(1) })
      .where('generation', '=', argument(0)),
  );

  const reads = (session: ReadSession): StoreReads['rootKeys'] => ({
    list: async () => (await session.rows(list, [])).map(rootKeyFromRow),
  });
  const writes = (session: Session): StoreTransaction['rootKeys'] => ({
    ...reads(session),
    insert: ({ generation, provider, parameters, fingerprint, state, createdAt }) =>
      insertOne(
        session,
        insert,
        [generation, provider, parameters, fingerprint, state, createdAt],
        'root key generation',
      ),
    setState: (generation, state) => changeOne(session, setState, [generation, state], 'root key generation'),
  });
  return { reads, writes };
}
