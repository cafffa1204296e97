// Lists of keys. A list by states is a merge of one index range per state, so that a page costs the same whether the project holds a
// hundred keys or a million, and whether the wanted states are common or rare.

import { sql } from 'kysely';
import type { KeyFilter, PageRequest } from '../../core/ports/store.ts';
import { ALL_KEY_STATES, type KeyState } from '../../domain/key-state.ts';
import { FIRST_TEXT, rowsFor } from '../paging.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Statement } from '../session.ts';
import { KEY_COLUMNS } from './key-rows.ts';

/** The columns that lead an index ending in (state, id). */
type Range = 'project' | 'location' | 'keyRing';

const PROJECT = 0;
const LOCATION = 1;
const KEY_RING = 2;
const AFTER = 3;
const LIMIT = 4;
const FIRST_STATE = 5;

/** No key is in it: an argument that leaves a range empty. */
const NO_STATE = '';

export function keyLists(query: QueryBuilder) {
  const { db } = query;

  const listBy = (range: Range): Statement => {
    const idsInState = (place: number) => {
      let ids = db
        .selectFrom('keys')
        .select('id')
        .where('state', '=', argument(FIRST_STATE + place))
        .where('id', '>', argument(AFTER));
      if (range === 'keyRing') ids = ids.where('key_ring_id', '=', argument(KEY_RING));
      else ids = ids.where('project_id', '=', argument(PROJECT));
      if (range === 'location') ids = ids.where('location', '=', argument(LOCATION));
      const sorted = ids.orderBy('id').limit(argument<number>(LIMIT));
      return db.selectFrom(sorted.as('in_state')).select('in_state.id');
    };
    const [first, ...others] = ALL_KEY_STATES.map((_, place) => idsInState(place));
    if (first === undefined) throw new Error('there are key states');
    const ids = others.reduce((union, next) => union.unionAll(next), first);
    let list = db
      .selectFrom(ids.as('listed'))
      .innerJoin('keys', 'keys.id', 'listed.id')
      .select(KEY_COLUMNS.map(column => `keys.${column}` as const))
      .orderBy('listed.id')
      .limit(argument<number>(LIMIT));
    if (range === 'keyRing') {
      // A ring that is asked for within a project or a location: what the index does not know is checked on the row.
      list = list
        .where('keys.project_id', '=', argument(PROJECT))
        .where(({ eb, ref, fn, val }) =>
          eb(ref('keys.location'), '=', fn.coalesce(val(argument<string>(LOCATION)), ref('keys.location'))),
        );
    }
    return query.prepare(list);
  };

  const lists = {
    project: listBy('project'),
    location: listBy('location'),
    keyRing: listBy('keyRing'),
  } as const satisfies Record<Range, Statement>;

  const key = db
    .selectFrom('keys')
    .select(KEY_COLUMNS)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('projects')
          .select('projects.id')
          .whereRef('projects.id', '=', 'keys.project_id')
          .where('projects.enabled', '=', 1),
      ),
    );
  // The conditions of the partial indices, word for word: an index serves only what provably lies in it.
  const dueForRotation = query.prepare(
    key
      .where('rotation_next_at', '<=', argument(0))
      .where('rotation_next_at', 'is not', null)
      .where('destroy_at', 'is', null)
      .where('state', '=', sql.lit<KeyState>('active'))
      .orderBy('rotation_next_at')
      .orderBy('id')
      .limit(argument<number>(1)),
  );
  const dueForStep = (column: 'activate_at' | 'deactivate_at' | 'replace_at', state: KeyState): Statement =>
    query.prepare(
      key
        .where(column, '<=', argument(0))
        .where(column, 'is not', null)
        .where('destroy_at', 'is', null)
        .where('state', '=', sql.lit<KeyState>(state))
        .orderBy(column)
        .orderBy('id')
        .limit(argument<number>(1)),
    );
  const dueForActivation = dueForStep('activate_at', 'preActive');
  const dueForDeactivation = dueForStep('deactivate_at', 'active');
  const dueForReplacement = dueForStep('replace_at', 'active');
  const dueForDestruction = query.prepare(
    key
      .where('destroy_at', '<=', argument(0))
      .where('destroy_at', 'is not', null)
      .where('state', '<>', sql.lit<KeyState>('destroyed'))
      .orderBy('destroy_at')
      .orderBy('id')
      .limit(argument<number>(1)),
  );

  return {
    /** Rows of keys in the order of their identifiers, one more than the page shows. */
    list: (session: ReadSession, filter: KeyFilter, page: PageRequest): Promise<readonly Row[]> => {
      const wanted = new Set(filter.states ?? ALL_KEY_STATES);
      const range = rangeOf(filter);
      return session.rows(lists[range], [
        filter.projectId,
        filter.location ?? null,
        filter.keyRingId ?? null,
        page.after ?? FIRST_TEXT,
        rowsFor(page),
        ...ALL_KEY_STATES.map(state => (wanted.has(state) ? state : NO_STATE)),
      ]);
    },
    dueForRotation: (session: ReadSession, at: number, limit: number) =>
      session.rows(dueForRotation, [at, limit]),
    dueForReplacement: (session: ReadSession, at: number, limit: number) =>
      session.rows(dueForReplacement, [at, limit]),
    dueForActivation: (session: ReadSession, at: number, limit: number) =>
      session.rows(dueForActivation, [at, limit]),
    dueForDeactivation: (session: ReadSession, at: number, limit: number) =>
      session.rows(dueForDeactivation, [at, limit]),
    dueForDestruction: (session: ReadSession, at: number, limit: number) =>
      session.rows(dueForDestruction, [at, limit]),
  };
}

function rangeOf(filter: KeyFilter): Range {
  if (filter.keyRingId !== undefined) return 'keyRing';
  return filter.location === undefined ? 'project' : 'location';
}
