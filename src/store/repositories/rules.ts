// Rules: allow or deny in a scope. `applying` is read for every authorization.

import { assert } from '../../base/assert.ts';
import { type CanonicalValue, canonicalJson } from '../../base/canonical-json.ts';
import { isKeyOf } from '../../base/table.ts';
import type { StoreReads, StoreTransaction } from '../../core/ports/store.ts';
import { PERMISSIONS, type Permission } from '../../domain/permission.ts';
import { CONDITION_OPERATORS, type Condition, type Rule } from '../../domain/rule.ts';
import { integer, isText, oneOf, optionalText, scope, scopeText, text, textList } from '../columns.ts';
import { changeOne, findOne, insertOne } from '../outcomes.ts';
import { FIRST_TEXT, pageOf, rowsFor } from '../paging.ts';
import { argument, type QueryBuilder } from '../query.ts';
import type { ReadSession, Row, Session, Value } from '../session.ts';

const COLUMNS = [
  'id',
  'scope',
  'effect',
  'principals',
  'permissions',
  'conditions',
  'owner',
  'created_at',
] as const;

const EFFECTS = { allow: true, deny: true } as const satisfies Record<Rule['effect'], true>;

const isPermission = (item: string): item is Permission | '*' => item === '*' || isKeyOf(PERMISSIONS, item);

function fromRow(row: Row): Rule {
  return {
    id: text(row[0]),
    scope: scope(row[1]),
    effect: oneOf(EFFECTS, row[2]),
    principals: textList(row[3], isText),
    permissions: textList(row[4], isPermission),
    conditions: conditions(row[5]),
    owner: optionalText(row[6]),
    createdAt: integer(row[7]),
  };
}

function conditions(column: Value | undefined): readonly Condition[] {
  // Written by canonicalJson from conditions; an operator that this program does not know must not be skipped over.
  const list = JSON.parse(text(column)) as readonly Condition[];
  for (const condition of list) {
    assert(
      isKeyOf(CONDITION_OPERATORS, condition.operator),
      'the operator of a condition is of the closed list',
    );
  }
  return list;
}

function rowOf(rule: Rule): Row {
  return [
    rule.id,
    scopeText(rule.scope),
    rule.effect,
    canonicalJson(rule.principals),
    canonicalJson(rule.permissions),
    canonicalJson(rule.conditions.map((condition): CanonicalValue => ({ ...condition }))),
    rule.owner ?? null,
    rule.createdAt,
  ];
}

export function ruleRepository(query: QueryBuilder) {
  const { db } = query;
  const select = db.selectFrom('rules').select(COLUMNS);
  const find = query.prepare(select.where('id', '=', argument(0)));
  const applying = query.prepare(
    select.where('scope', 'in', [
      argument<string>(0),
      argument<string>(1),
      argument<string>(2),
      argument<string>(3),
    ]),
  );
  const ofScope = query.prepare(
    select
      .where('scope', '=', argument(0))
      .where('id', '>', argument(1))
      .orderBy('id')
      .limit(argument<number>(2)),
  );
  const naming = query.prepare(select.where('principals', 'like', argument(0)).orderBy('id'));
  const insert = query.insert('rules', COLUMNS);
  const remove = query.prepare(db.deleteFrom('rules').where('id', '=', argument(0)));
  const removeOfScope = query.prepare(
    db.deleteFrom('rules').where('scope', '=', argument(0)).where('effect', '=', argument(1)),
  );

  const reads = (session: ReadSession): StoreReads['rules'] => ({
    find: id => findOne(session, find, [id], fromRow),
    applying: async ({ projectId, keyRingId, keyId }) => {
      const scopes = [
        'system',
        projectId === undefined ? 'system' : scopeText({ level: 'project', id: projectId }),
        keyRingId === undefined ? 'system' : scopeText({ level: 'keyRing', id: keyRingId }),
        keyId === undefined ? 'system' : scopeText({ level: 'key', id: keyId }),
      ];
      return (await session.rows(applying, scopes)).map(fromRow);
    },
    ofScope: async (place, page) => {
      const rows = await session.rows(ofScope, [scopeText(place), page.after ?? FIRST_TEXT, rowsFor(page)]);
      return pageOf(rows, page, fromRow, rule => rule.id);
    },
    naming: async principalId => {
      // The pattern narrows; which principals a row names is decided on the row.
      const rows = await session.rows(naming, [`%${principalId}%`]);
      return rows.map(fromRow).filter(rule => rule.principals.includes(principalId));
    },
  });
  const writes = (session: Session): StoreTransaction['rules'] => ({
    ...reads(session),
    insert: rule => insertOne(session, insert, rowOf(rule), 'rule'),
    delete: id => changeOne(session, remove, [id], 'rule'),
    deleteOfScope: async (place, effect) =>
      void (await session.run(removeOfScope, [scopeText(place), effect])),
  });
  return { reads, writes };
}
