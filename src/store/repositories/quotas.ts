// Quotas of projects: one document each.

import { assert } from '../../base/assert.ts';
import { canonicalJson } from '../../base/canonical-json.ts';
import { isKeyOf } from '../../base/table.ts';
import type { QuotaReads, QuotaWrites } from '../../core/ports/secrets.ts';
import { type ProjectQuotas, QUOTA_NOUNS, type Quotas } from '../../domain/quota.ts';
import { integer, text } from '../columns.ts';
import { changeOne, findOne } from '../outcomes.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session } from '../session.ts';

const COLUMNS = ['project_id', 'quotas'] as const;

function fromRow(row: Row): ProjectQuotas {
  const quotas = JSON.parse(text(row[1])) as Quotas;
  for (const noun of Object.keys(quotas)) assert(isKeyOf(QUOTA_NOUNS, noun), 'a quota is of a known noun');
  return { projectId: text(row[0]), quotas };
}

export function quotaRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('project_quotas').select(COLUMNS);
  const find = query.prepare(select.where('project_id', '=', argument(0)));
  const list = query.prepare(
    select.orderBy('project_id').limit(argument<number>(0)).offset(argument<number>(1)),
  );
  const count = query.prepare(
    db.selectFrom('project_quotas').select(({ fn }) => fn.countAll<number>().as('count')),
  );
  const put = query.prepare(
    db
      .insertInto('project_quotas')
      .values({ project_id: argument(0), quotas: argument(1) })
      .onConflict(conflict => conflict.column('project_id').doUpdateSet({ quotas: argument(1) })),
  );
  const remove = query.prepare(db.deleteFrom('project_quotas').where('project_id', '=', argument(0)));

  const reads = (session: ReadSession): QuotaReads => ({
    find: projectId => findOne(session, find, [projectId], fromRow),
    list: async ({ offset, limit }) => (await session.rows(list, [limit, offset])).map(fromRow),
    count: async () => integer((await session.rows(count, []))[0]?.[0]),
  });
  const writes = (session: Session): QuotaReads & QuotaWrites => ({
    ...reads(session),
    put: async ({ projectId, quotas }) =>
      void (await session.run(put, [projectId, canonicalJson({ ...quotas })])),
    delete: projectId => changeOne(session, remove, [projectId], 'quotas of the project'),
  });
  return { reads, writes };
}
