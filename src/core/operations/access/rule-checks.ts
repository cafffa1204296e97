// What a rule must be before it is stored. The evaluator believes stored rules: a condition that could never hold, or a network that is
// none, would silently allow or deny what its author did not mean.

import { isKeyOf } from '../../../base/table.ts';
import { invalidInput } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { ALL_PERMISSIONS, PERMISSIONS, type Permission } from '../../../domain/permission.ts';
import {
  CONDITION_OPERATORS,
  type Condition,
  type ConditionOperator,
  type Rule,
} from '../../../domain/rule.ts';
import { requireText } from '../../checks.ts';
import { parseNetwork } from '../../conditions.ts';

export type RuleBody = Pick<Rule, 'effect' | 'permissions' | 'conditions'> & {
  /** Ids or names of principals, or `*`. */
  readonly principals: readonly string[];
};

/** Throws `invalidInput`, naming the member. */
export function requireRule(rule: RuleBody): void {
  requireCount('principals', rule.principals, LIMITS.principalsPerRuleMax);
  for (const reference of rule.principals) {
    requireText('principals', reference, 1, LIMITS.principalNameCharactersMax);
  }
  requireCount('permissions', rule.permissions, ALL_PERMISSIONS.length);
  for (const permission of rule.permissions) {
    if (permission !== '*' && !isKeyOf(PERMISSIONS, permission)) {
      throw invalidInput('permissions', 'must be names of permissions, or *');
    }
  }
  if (rule.effect === 'deny' && rule.permissions.includes('access.update')) {
    throw invalidInput(
      'permissions',
      'of a deny rule must not name access.update: nobody could take the rule back',
    );
  }
  if (rule.conditions.length > LIMITS.conditionsPerRuleMax) {
    throw invalidInput('conditions', `must be at most ${LIMITS.conditionsPerRuleMax}`);
  }
  const values = rule.conditions.reduce((sum, condition) => sum + condition.values.length, 0);
  if (values > LIMITS.valuesPerRuleMax) {
    throw invalidInput('conditions', `must have at most ${LIMITS.valuesPerRuleMax} values together`);
  }
  for (const [index, condition] of rule.conditions.entries()) {
    requireCondition(`conditions.${index}`, condition);
  }
}

/** What is stored: for a deny of everything the list of it, `access.update` excepted, so that every rule can be taken back. */
export function permissionsToStore({ effect, permissions }: RuleBody): Rule['permissions'] {
  if (!permissions.includes('*')) return [...new Set(permissions)];
  return effect === 'allow' ? ['*'] : ALL_PERMISSIONS.filter(permission => permission !== 'access.update');
}

/** The attributes of requests and keys: a family, a dot, and a name within it. */
const ATTRIBUTE = /^[a-z][A-Za-z0-9]*\.[^\p{Cc}\p{White_Space}]+$/u;
/** `key.new` and `key.material` are of demands to make, import or derive a key: see operations/keys/new-key.ts. */
const KEY_ATTRIBUTES = [
  'key.algorithm',
  'key.exportable',
  'key.material',
  'key.new',
  'key.origin',
  'key.protection',
];
const SOURCE_ATTRIBUTES = ['source.address'];
/** Of uses by a named mechanism: see operations/crypto/mechanism.ts. */
const USE_ATTRIBUTES = ['use.iv', 'use.mechanism'];

function requireCondition(field: string, condition: Condition): void {
  requireAttribute(`${field}.attribute`, condition.attribute);
  if (!isKeyOf(CONDITION_OPERATORS, condition.operator)) {
    throw invalidInput(`${field}.operator`, `must be one of ${Object.keys(CONDITION_OPERATORS).join(', ')}`);
  }
  requireCount(`${field}.values`, condition.values, LIMITS.valuesPerConditionMax);
  for (const value of condition.values) {
    requireText(`${field}.values`, value, 0, LIMITS.conditionTextCharactersMax);
  }
  VALUE_RULES[condition.operator]?.(field, condition);
}

function requireAttribute(field: string, attribute: string): void {
  requireText(field, attribute, 3, LIMITS.conditionTextCharactersMax);
  if (!ATTRIBUTE.test(attribute))
    throw invalidInput(field, 'must be a family, a dot and a name, such as context.department');
  // These families are ours: a name in them that no request ever has is a mistake.
  for (const [family, known] of [
    ['key.', KEY_ATTRIBUTES],
    ['source.', SOURCE_ATTRIBUTES],
    ['use.', USE_ATTRIBUTES],
  ] as const) {
    if (attribute.startsWith(family) && !known.includes(attribute)) {
      throw invalidInput(field, `must be one of ${known.join(', ')} in its family`);
    }
  }
}

const VALUE_RULES: Partial<Record<ConditionOperator, (field: string, condition: Condition) => void>> = {
  inNetwork: requireNetworks,
  notInNetwork: requireNetworks,
  exists(field, { values, ifExists }) {
    if (values.length !== 1 || !['true', 'false'].includes(values[0] ?? '')) {
      throw invalidInput(`${field}.values`, 'must be true or false');
    }
    if (ifExists === true) throw invalidInput(`${field}.ifExists`, 'has no meaning for exists');
  },
};

function requireNetworks(field: string, { values }: Condition): void {
  if (values.every(value => parseNetwork(value) !== undefined)) return;
  throw invalidInput(`${field}.values`, 'must be addresses or networks in CIDR form, such as 10.0.0.0/8');
}

function requireCount(field: string, list: readonly (string | Permission)[], max: number): void {
  if (list.length === 0) throw invalidInput(field, 'must not be empty');
  if (list.length > max) throw invalidInput(field, `must be at most ${max}`);
}
