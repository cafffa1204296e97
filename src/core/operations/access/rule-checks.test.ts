import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../../domain/limits.ts';
import type { Condition } from '../../../domain/rule.ts';
import { type RuleBody, requireRule } from './rule-checks.ts';

const condition = (count: number): Condition => ({
  attribute: 'context.team',
  operator: 'equals',
  values: Array.from({ length: count }, (_, index) => `team ${index}`),
});
const rule = (conditions: readonly Condition[]): RuleBody => ({
  effect: 'allow',
  principals: ['*'],
  permissions: ['key.encrypt'],
  conditions,
});

test('the values of all conditions of a rule are bounded together', () => {
  const full = condition(LIMITS.valuesPerConditionMax);
  const most = Array.from({ length: LIMITS.valuesPerRuleMax / LIMITS.valuesPerConditionMax }, () => full);
  requireRule(rule(most));
  assert.throws(() => requireRule(rule([...most, condition(1)])), { code: 'invalidInput' });
});
