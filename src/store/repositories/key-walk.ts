// Going through keys from the newest on. Of what is asked for, the trait that the fewest keys have leads, by an index of its own; everything
// else is looked up for each key that it leads to, so no column but those of the leading index is shown to the planner as one to search by.

import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { KeyTrait, KeyWalk, KeyWalkReads } from '../../core/ports/key-walk.ts';
import { integer, text } from '../columns.ts';
import type { QueryBuilder } from '../query.ts';
import { inRange } from '../searches.ts';
import type { ReadSession, Statement } from '../session.ts';
import { KEY_COLUMNS, keyFromRow } from './key-rows.ts';
import { stateAt, storedStates } from './key-search.ts';

type Condition = Expression<SqlBool>;

const all = (conditions: readonly Condition[]): Condition =>
  sql<SqlBool>`${sql.join(conditions, sql` and `)}`;

const oneOf = (value: RawBuilder<unknown>, texts: readonly string[]): Condition =>
  texts.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`${value} in (${sql.join(texts)})`;

/** The value of a text column, in a form that no index has. */
const unindexed = (column: string): RawBuilder<string> => sql<string>`${sql.ref(column)} || ''`;

/** What is asked of a key besides its project, its instant and its traits. */
function conditionsOf({ keyRingIds, keyIds, states, at }: KeyWalk): readonly Condition[] {
  const ofState =
    states === undefined
      ? []
      : [oneOf(unindexed('keys.state'), storedStates(states)), oneOf(stateAt(at), states)];
  if (keyRingIds === undefined && keyIds === undefined) return ofState;
  const inRing = oneOf(unindexed('keys.key_ring_id'), keyRingIds ?? []);
  return [...ofState, sql<SqlBool>`(${inRing} or ${oneOf(unindexed('keys.id'), keyIds ?? [])})`];
}

function hasTrait({ by, anyOf }: KeyTrait): Condition {
  if (by !== 'mark') return oneOf(unindexed(`keys.${by}`), anyOf);
  return sql<SqlBool>`exists (select 1 from key_marks as held
    where held.key_id = keys.id and ${oneOf(sql.ref('held.mark'), anyOf)})`;
}

const INDEXED = {
  id: sql`select id as key_id, created_at from keys where id`,
  state: sql`select id as key_id, created_at from keys where state`,
  kind: sql`select id as key_id, created_at from keys where kind`,
  mark: sql`select key_id, created_at from key_marks where mark`,
} as const satisfies Record<KeyTrait['by'], RawBuilder<unknown>>;

/** The keys that are led to, each once, or those of the project. */
function ledTo({ projectId, from, until }: KeyWalk, lead: KeyTrait | undefined) {
  const inProject = sql<SqlBool>`project_id = ${projectId}`;
  const range = (column: string) => inRange(column, { from, until });
  if (lead === undefined)
    return {
      source: sql`keys`,
      instant: sql.ref('keys.created_at'),
      where: [inProject, ...range('keys.created_at')],
    };
  // The instants of keys in a state are in no index, and another one would be taken for them.
  const [inner, outer] = lead.by === 'state' ? [[], range('keys.created_at')] : [range('created_at'), []];
  const led = lead.anyOf.map(each => sql`${INDEXED[lead.by]} = ${each} and ${all([inProject, ...inner])}`);
  return {
    // The sides of a cross join are never exchanged.
    source: sql`(${sql.join(led, sql` union `)}) as led cross join keys`,
    instant: sql.ref('led.created_at'),
    where: [sql<SqlBool>`keys.id = led.key_id`, ...outer],
  };
}

export function keyWalkRepository(query: QueryBuilder) {
  const compiled = (statement: RawBuilder<unknown>): Statement =>
    query.compile({ compile: () => statement.compile(query.db) });

  /** An index has the next greater one, again and again. */
  const kindsOf = (projectId: string, max: number) =>
    compiled(sql`with recursive listed (kind) as (
      select min(kind) from keys where project_id = ${projectId}
      union all
      select (select min(kind) from keys where project_id = ${projectId} and kind > listed.kind)
      from listed where listed.kind is not null
    ) select kind from listed where kind is not null limit ${max}`);

  /** When the last of so many keys was made that the lead has; undefined where there are no more than these. */
  const endOf = async (
    session: ReadSession,
    walk: KeyWalk,
    lead: KeyTrait | undefined,
    candidates: number,
  ): Promise<number | undefined> => {
    const { source, instant, where } = ledTo(walk, lead);
    const rows = await session.rows(
      compiled(sql`select ${instant} from ${source} where ${all([...where, ...conditionsOf(walk)])}
        order by ${instant} desc limit 2 offset ${candidates - 1}`),
      [],
    );
    return rows.length < 2 ? undefined : integer(rows[0]?.[0]);
  };

  /** How far back a slice goes that the trait leads: each of its texts has at most so many keys that are newer. */
  const reachOf = async (
    session: ReadSession,
    walk: KeyWalk,
    { by, anyOf }: KeyTrait,
    candidates: number,
  ): Promise<number> => {
    if (by === 'state') return (await areFew(session, walk, anyOf, candidates)) ? EVER : NEVER;
    let reach = EVER;
    for (const each of anyOf)
      reach = Math.max(reach, (await endOf(session, walk, { by, anyOf: [each] }, candidates)) ?? EVER);
    return reach;
  };

  /** The index of states is not in the order of making: it leads to few keys or to none. */
  const areFew = async (
    session: ReadSession,
    { projectId }: KeyWalk,
    states: readonly string[],
    candidates: number,
  ): Promise<boolean> => {
    const more = compiled(sql`select 1 from keys where project_id = ${projectId}
      and ${oneOf(sql.ref('state'), states)} order by state, id limit 1 offset ${candidates}`);
    return (await session.rows(more, [])).length === 0;
  };

  const reads = (session: ReadSession): KeyWalkReads => ({
    kinds: async (projectId, max) =>
      (await session.rows(kindsOf(projectId, max), [])).map(row => text(row[0])),
    slice: async (walk, candidates) => {
      if (walk.traits.some(({ anyOf }) => anyOf.length === 0)) return { keys: [] };
      let lead: KeyTrait | undefined;
      let reach = NEVER;
      for (const trait of walk.traits) {
        const further = reach === EVER ? reach : await reachOf(session, walk, trait, candidates);
        if (further < reach) [lead, reach] = [trait, further];
      }
      if (lead === undefined) reach = (await endOf(session, walk, undefined, candidates)) ?? EVER;
      const next = reach === EVER ? undefined : reach;
      const { source, instant, where } = ledTo({ ...walk, from: next ?? walk.from }, lead);
      const asked = walk.traits.filter(trait => trait !== lead).map(hasTrait);
      // Sorted once they are found: an index in the order of making would be taken instead of the one that leads.
      const columns = KEY_COLUMNS.map(column => sql.ref(`keys.${column}`));
      const rows = await session.rows(
        compiled(sql`select ${sql.join(columns)} from ${source}
          where ${all([...where, ...conditionsOf(walk), ...asked])} order by ${instant} + 0 desc, keys.id`),
        [],
      );
      return { keys: rows.map(row => keyFromRow(row)), next };
    },
  });
  return { reads };
}

/** Before every instant, and behind every one. */
const EVER = Number.NEGATIVE_INFINITY;
const NEVER = Number.POSITIVE_INFINITY;
