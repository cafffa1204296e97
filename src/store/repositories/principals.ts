// Principals: users and service accounts of a project, or of the system.

import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import type { Principal, PrincipalKind } from '../../domain/principal.ts';
import { flag, integer, oneOf, optionalText, text } from '../columns.ts';
import { changeOne, findOne, insertOne, reviseOne } from '../outcomes.ts';
import { FIRST_TEXT, pageOf, rowsFor } from '../paging.ts';
import { argument, argumentsOf, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

export const PRINCIPAL_COLUMNS = [
  'id',
  'project_id',
  'kind',
  'name',
  'key_ring_id',
  'enabled',
  'created_at',
  'revision',
] as const;

const ROW_COLUMNS = [...PRINCIPAL_COLUMNS, 'home'] as const;

const KINDS = { user: true, serviceAccount: true } as const satisfies Record<PrincipalKind, true>;

/** The home of the principals of the system. A NULL would not be unique, nor found by an index range. */
const SYSTEM = '';

/** Reads the columns above, of which the first stands at `at`. */
export function principalFromRow(row: Row, at = 0): Principal {
  return {
    id: text(row[at]),
    projectId: optionalText(row[at + 1]),
    kind: oneOf(KINDS, row[at + 2]),
    name: text(row[at + 3]),
    keyRingId: optionalText(row[at + 4]),
    enabled: flag(row[at + 5]),
    createdAt: integer(row[at + 6]),
    revision: integer(row[at + 7]),
  };
}

function rowOf(principal: Principal): Row {
  const { id, projectId, kind, name, keyRingId, enabled, createdAt, revision } = principal;
  return [
    id,
    projectId ?? null,
    kind,
    name,
    keyRingId ?? null,
    Number(enabled),
    createdAt,
    revision,
    projectId ?? SYSTEM,
  ];
}

export function principalRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('principals').select(PRINCIPAL_COLUMNS);
  const value = argumentsOf(ROW_COLUMNS);
  const find = query.prepare(select.where('id', '=', argument(0)));
  const findByName = query.prepare(select.where('home', '=', argument(0)).where('name', '=', argument(1)));
  const list = query.prepare(
    select
      .where('home', '=', argument(0))
      .where('id', '>', argument(1))
      .orderBy('id')
      .limit(argument<number>(2)),
  );
  const insert = query.insert('principals', ROW_COLUMNS);
  const update = query.prepare(
    db
      .updateTable('principals')
      .set(row => ({
        name: value('name'),
        key_ring_id: value('key_ring_id'),
        enabled: value('enabled'),
        revision: row('revision', '+', 1),
      }))
      .where('id', '=', value('id'))
      .where('revision', '=', value('revision')),
  );
  const remove = query.prepare(db.deleteFrom('principals').where('id', '=', argument(0)));

  const reads = (session: ReadSession): StoreReads['principals'] => ({
    find: id => findOne(session, find, [id], principalFromRow),
    findByName: (projectId, name) =>
      findOne(session, findByName, [projectId ?? SYSTEM, name], principalFromRow),
    list: async (projectId, page) => {
      const rows = await session.rows(list, [projectId ?? SYSTEM, page.after ?? FIRST_TEXT, rowsFor(page)]);
      return pageOf(rows, page, principalFromRow, principal => principal.id);
    },
  });
  const writes = (session: Session): StoreTransaction['principals'] => ({
    ...reads(session),
    insert: principal => insertOne(session, insert, rowOf(principal), 'principal'),
    update: principal =>
      reviseOne(session, update, rowOf(principal), 'principal', () => reads(session).find(principal.id)),
    delete: id => changeOne(session, remove, [id], 'principal'),
  });
  return { reads, writes };
}
