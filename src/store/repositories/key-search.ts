// Searching keys. The index of the project leads, by the stored states that can be meant; the rest is checked on the row. Shapes are
// many and questions rare, so that each is compiled when it is asked.

import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import { tableKeys } from '../../base/table.ts';
import type {
  KeyInstant,
  KeyQuery,
  KeySearchReads,
  KeySortProperty,
  KeySortTerm,
  KeyTextSearch,
} from '../../core/ports/key-search.ts';
import { ALL_KEY_STATES, type KeyState, SOUGHT_STATES, type SoughtState } from '../../domain/key-state.ts';
import { integer } from '../columns.ts';
import type { QueryBuilder } from '../query.ts';
import { absentFirst, folded, inRange } from '../searches.ts';
import type { ReadSession } from '../session.ts';
import { KEY_COLUMNS, keyFromRow } from './key-rows.ts';
import { hiddenFromIndex, NAME_COLUMNS, nameFromRow } from './names.ts';

type Condition = Expression<SqlBool>;

/** In which stored states a key may be that is sought in one by the clock. */
const STORED_STATES = {
  preActive: ['preActive'],
  active: ['active', 'preActive'],
  suspended: ['suspended'],
  deactivated: ['deactivated', 'active', 'preActive'],
  compromised: ['compromised'],
  pendingDestruction: ALL_KEY_STATES.filter(state => state !== 'destroyed'),
  destroyed: ['destroyed'],
} as const satisfies Record<SoughtState, readonly KeyState[]>;

export function storedStates(sought: readonly SoughtState[]): readonly KeyState[] {
  return [...new Set(sought.flatMap<KeyState>(state => STORED_STATES[state]))];
}

const INSTANT_COLUMNS = {
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  rotatedAt: 'rotated_at',
  destructionRequestedAt: 'destruction_requested_at',
  deactivateAt: 'deactivate_at',
} as const satisfies Record<KeyInstant, string>;

/** The state by the clock, as domain/key-state.ts has it. */
export function stateAt(at: number): RawBuilder<string> {
  return sql<string>`case
    when keys.destroy_at is not null and keys.state <> 'destroyed' then 'pendingDestruction'
    when keys.state = 'preActive' and keys.activate_at <= ${at}
      then case when keys.deactivate_at <= ${at} then 'deactivated' else 'active' end
    when keys.state = 'active' and keys.deactivate_at <= ${at} then 'deactivated'
    else keys.state end`;
}

function sortExpression(by: KeySortProperty, at: number): Expression<unknown> {
  if (by === 'id' || by === 'exportable' || by === 'origin') return sql.ref(`keys.${by}`);
  if (by !== 'state') return sql.ref(`keys.${INSTANT_COLUMNS[by]}`);
  const ranks = SOUGHT_STATES.map((state, rank) => sql`when ${sql.lit(state)} then ${sql.lit(rank)}`);
  return sql`case ${stateAt(at)} ${sql.join(ranks, sql` `)} end`;
}

/** A text inside which LIKE finds nothing special. */
function literalPattern(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function textCondition(
  projectId: string,
  { text, in: places, namespace, whole, negated }: KeyTextSearch,
): Condition {
  const sought = folded(text);
  const found = (column: RawBuilder<unknown>): RawBuilder<SqlBool> =>
    whole
      ? sql`lower(${column}) = ${sought}`
      : sql`lower(${column}) like ${`%${literalPattern(sought)}%`} escape '\\'`;
  const conditions = {
    label: found(sql.ref('keys.label')),
    // Not asked of each key: the names of one namespace of the project are one range of an index.
    name: sql<SqlBool>`keys.id in (select names.key_id from names
      where names.project_id = ${projectId} and names.namespace = ${namespace}
      and ${found(sql.ref('names.text'))})`,
  } as const;
  const any = sql<SqlBool>`(${sql.join(
    places.map(place => conditions[place]),
    sql` or `,
  )})`;
  return negated ? sql<SqlBool>`not ${any}` : any;
}

export function keySearchRepository(query: QueryBuilder) {
  const { db } = query;

  /** What an index knows. */
  const candidatesOf = ({ projectId, keyRingIds, keyIds, states }: KeyQuery) => {
    let keys = db.selectFrom('keys').where('keys.project_id', '=', projectId);
    if (states !== undefined) keys = keys.where('keys.state', 'in', storedStates(states));
    if (keyRingIds === undefined && keyIds === undefined) return keys;
    return keys.where(({ eb, or }) =>
      or([
        ...((keyRingIds?.length ?? 0) > 0 ? [eb('keys.key_ring_id', 'in', keyRingIds ?? [])] : []),
        ...((keyIds?.length ?? 0) > 0 ? [eb('keys.id', 'in', keyIds ?? [])] : []),
      ]),
    );
  };

  const matching = (asked: KeyQuery) => {
    const { states, algorithms, exportable, origin, instants = {}, text, at } = asked;
    let keys = candidatesOf(asked);
    if (states !== undefined) keys = keys.where(stateAt(at), 'in', [...states]);
    if (algorithms !== undefined) keys = keys.where('keys.algorithm', 'in', [...algorithms]);
    if (exportable !== undefined) keys = keys.where('keys.exportable', '=', Number(exportable));
    if (origin !== undefined) keys = keys.where('keys.origin', '=', origin);
    for (const instant of tableKeys(INSTANT_COLUMNS)) {
      const range = instants[instant] ?? {};
      for (const condition of inRange(`keys.${INSTANT_COLUMNS[instant]}`, range))
        keys = keys.where(condition);
    }
    return text === undefined ? keys : keys.where(textCondition(asked.projectId, text));
  };

  const searched = (asked: KeyQuery, sort: readonly KeySortTerm[]) => {
    let keys = matching(asked).select(KEY_COLUMNS.map(column => `keys.${column}` as const));
    for (const { by, descending } of sort) {
      keys = keys.orderBy(sortExpression(by, asked.at), absentFirst(descending));
    }
    return sort.some(({ by }) => by === 'id') ? keys : keys.orderBy('keys.id');
  };

  const countAll = async (session: ReadSession, compiled: ReturnType<QueryBuilder['compile']>) =>
    integer((await session.rows(compiled, []))[0]?.[0]);

  const reads = (session: ReadSession): KeySearchReads => ({
    candidates: (asked, max) => {
      const some = candidatesOf(asked).select('keys.id').limit(max);
      const count = db.selectFrom(some.as('some')).select(({ fn }) => fn.countAll<number>().as('count'));
      return countAll(session, query.compile(count));
    },
    search: async (asked, sort, window) => {
      const found = searched(asked, sort);
      const compiled = query.compile(
        window === undefined ? found : found.limit(window.limit).offset(window.offset),
      );
      return (await session.rows(compiled, [])).map(row => keyFromRow(row));
    },
    count: asked =>
      countAll(session, query.compile(matching(asked).select(({ fn }) => fn.countAll<number>().as('count')))),
    namesOf: async (projectId, namespace, keyIds) => {
      if (keyIds.length === 0) return [];
      const names = db
        .selectFrom('names')
        .select(NAME_COLUMNS)
        .where(hiddenFromIndex('project_id'), '=', projectId)
        .where(hiddenFromIndex('namespace'), '=', namespace)
        .where('key_id', 'in', [...keyIds])
        .orderBy('text');
      return (await session.rows(query.compile(names), [])).map(row => nameFromRow(row));
    },
  });
  return { reads };
}
