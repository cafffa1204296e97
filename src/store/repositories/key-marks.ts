// By what protocols find their keys again: one kind for each, which stands in its row, and any number of marks. Project and instant stand with
// each mark, so that an index leads through them from the newest key on.

import { sql } from 'kysely';
import type { KeyMarkWrites } from '../../core/ports/key-marks.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { Session } from '../session.ts';

export function keyMarkRepository(query: QueryBuilder) {
  const { db } = query;
  const setKind = query.prepare(
    db
      .updateTable('keys')
      .set({ kind: sql<string>`coalesce(${argument(1)}, algorithm)` })
      .where('id', '=', argument(0)),
  );
  const add = query.prepare(
    db
      .insertInto('key_marks')
      .columns(['key_id', 'mark', 'project_id', 'created_at'])
      .expression(
        db
          .selectFrom('keys')
          .select(['id', sql<string>`${argument(1)}`.as('mark'), 'project_id', 'created_at'])
          .where('id', '=', argument(0)),
      )
      .onConflict(conflict => conflict.doNothing()),
  );
  const remove = query.prepare(
    db.deleteFrom('key_marks').where('key_id', '=', argument(0)).where('mark', '=', argument(1)),
  );
  const removeAll = query.prepare(db.deleteFrom('key_marks').where('key_id', '=', argument(0)));

  const writes = (session: Session): KeyMarkWrites => ({
    setKind: async (keyId, kind) => void (await session.run(setKind, [keyId, kind ?? null])),
    add: (keyId, marks) =>
      session.runEach(
        add,
        marks.map(mark => [keyId, mark]),
      ),
    remove: (keyId, marks) =>
      session.runEach(
        remove,
        marks.map(mark => [keyId, mark]),
      ),
    removeAll: async keyId => void (await session.run(removeAll, [keyId])),
  });
  return { writes };
}
