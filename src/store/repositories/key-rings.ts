// Key rings: named groups of keys in a project, listed by name.

import { sql } from 'kysely';
import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import type { KeyState } from '../../domain/key-state.ts';
import type { KeyRing } from '../../domain/project.ts';
import { integer, optionalText, text } from '../columns.ts';
import { changeOne, findOne, insertOne } from '../outcomes.ts';
import { FIRST_TEXT, pageOf, rowsFor } from '../paging.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = ['id', 'project_id', 'name', 'owner', 'created_by', 'created_at'] as const;

function fromRow(row: Row): KeyRing {
  return {
    id: text(row[0]),
    projectId: text(row[1]),
    name: text(row[2]),
    owner: optionalText(row[3]),
    createdBy: text(row[4]),
    createdAt: integer(row[5]),
  };
}

export function keyRingRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('key_rings').select(COLUMNS);
  const ofProject = select.where('project_id', '=', argument(0));
  const find = query.prepare(select.where('id', '=', argument(0)));
  const findByName = query.prepare(ofProject.where('name', '=', argument(1)));
  const list = query.prepare(
    ofProject.where('name', '>', argument(1)).orderBy('name').limit(argument<number>(2)),
  );
  const count = query.prepare(
    db
      .selectFrom('key_rings')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('project_id', '=', argument(0))
      .where('owner', 'is', null),
  );
  const isHome = query.prepare(
    db.selectFrom('principals').select('id').where('key_ring_id', '=', argument(0)).limit(1),
  );
  // In the order of the index: else PostgreSQL may look through all keys for one of a ring that it believes to be full of them.
  const holdsKeys = query.prepare(
    db
      .selectFrom('keys')
      .select('id')
      .where('key_ring_id', '=', argument(0))
      .orderBy('state')
      .orderBy('id')
      .limit(1),
  );
  const holdsLivingKeys = query.prepare(
    db
      .selectFrom('keys')
      .select('id')
      .where('key_ring_id', '=', argument(0))
      .where('state', '<>', sql.lit<KeyState>('destroyed'))
      .where('destroy_at', 'is', null)
      .orderBy('state')
      .orderBy('id')
      .limit(1),
  );
  const insert = query.insert('key_rings', COLUMNS);
  const remove = query.prepare(db.deleteFrom('key_rings').where('id', '=', argument(0)));

  const moveKeys = query.prepare(
    db
      .updateTable('keys')
      .set(row => ({
        key_ring_id: argument(1),
        updated_at: argument(2),
        revision: row('revision', '+', 1),
      }))
      .where('key_ring_id', '=', argument(0)),
  );

  const reads = (session: ReadSession): StoreReads['keyRings'] => ({
    find: id => findOne(session, find, [id], fromRow),
    findByName: (projectId, name) => findOne(session, findByName, [projectId, name], fromRow),
    list: async (projectId, page) => {
      const rows = await session.rows(list, [projectId, page.after ?? FIRST_TEXT, rowsFor(page)]);
      return pageOf(rows, page, fromRow, ring => ring.name);
    },
    count: async projectId => integer((await session.rows(count, [projectId]))[0]?.[0]),
    isHome: async id => (await session.rows(isHome, [id])).length > 0,
    holdsKeys: async id => (await session.rows(holdsKeys, [id])).length > 0,
    holdsLivingKeys: async id => (await session.rows(holdsLivingKeys, [id])).length > 0,
  });
  const writes = (session: Session): StoreTransaction['keyRings'] => ({
    ...reads(session),
    insert: ({ id, projectId, name, owner, createdBy, createdAt }) =>
      insertOne(session, insert, [id, projectId, name, owner ?? null, createdBy, createdAt], 'key ring'),
    delete: id => changeOne(session, remove, [id], 'key ring'),
    moveKeys: async (id, toId, at) => void (await session.run(moveKeys, [id, toId, at])),
  });
  return { reads, writes };
}
