// Tokens that were taken back, until they would have ended anyway.

import type { TokenRevocationReads, TokenRevocationWrites } from '../../core/ports/token-revocations.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Session } from '../session.ts';

export function tokenRevocationRepository(query: QueryBuilder) {
  const { db } = query;
  const find = query.prepare(
    db.selectFrom('token_revocations').select('token_id').where('token_id', '=', argument(0)),
  );
  const insert = query.insert('token_revocations', ['token_id', 'ends_at']);
  const deleteEnded = query.prepare(db.deleteFrom('token_revocations').where('ends_at', '<=', argument(0)));

  const reads = (session: ReadSession): TokenRevocationReads => ({
    has: async tokenId => (await session.rows(find, [tokenId])).length > 0,
  });
  const writes = (session: Session): TokenRevocationWrites => ({
    ...reads(session),
    insert: async (tokenId, endsAt) => void (await session.run(insert, [tokenId, endsAt])),
    deleteEnded: async at => void (await session.run(deleteEnded, [at])),
  });
  return { reads, writes };
}
