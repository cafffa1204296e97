// Settings of the installation that live with its data: small texts by name.

import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import { text } from '../columns.ts';
import { findOne } from '../outcomes.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Session } from '../session.ts';

export function settingsRepository(query: QueryBuilder) {
  const { db } = query;
  const get = query.prepare(db.selectFrom('settings').select('value').where('name', '=', argument(0)));
  const put = query.prepare(
    db
      .insertInto('settings')
      .values({ name: argument(0), value: argument(1) })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ value: argument(1) })),
  );

  const reads = (session: ReadSession): StoreReads['settings'] => ({
    get: name => findOne(session, get, [name], row => text(row[0])),
  });
  const writes = (session: Session): StoreTransaction['settings'] => ({
    ...reads(session),
    put: async (name, value) => void (await session.run(put, [name, value])),
  });
  return { reads, writes };
}
