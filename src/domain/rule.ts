// A rule allows or denies permissions in a scope, for some principals, under conditions. Key policies, network allow-lists, grants and
// access lists of all protocols are rules; the one evaluator is core/authorize.ts, and deny wins.

import type { Permission } from './permission.ts';
import type { Scope } from './principal.ts';

/** Comparison of one request attribute with the rule's values; a `not` operator holds when no value matches. */
export const CONDITION_OPERATORS = {
  equals: 'the attribute is one of the values',
  notEquals: 'the attribute is none of the values',
  like: 'the attribute matches one of the patterns, where * is any text and ? any character',
  notLike: 'the attribute matches none of the patterns',
  inNetwork: 'the address lies in one of the networks (CIDR)',
  notInNetwork: 'the address lies in none of the networks (CIDR)',
  exists: 'the attribute is present (value true) or absent (value false)',
} as const;

export type ConditionOperator = keyof typeof CONDITION_OPERATORS;

export interface Condition {
  /** Such as `source.address`, `key.algorithm`, `context.department`. */
  readonly attribute: string;
  readonly operator: ConditionOperator;
  readonly values: readonly string[];
  /** An absent attribute satisfies the condition; the `not` operators are satisfied by absence in any case. */
  readonly ifExists?: boolean | undefined;
}

export interface Rule {
  readonly id: string;
  readonly scope: Scope;
  readonly effect: 'allow' | 'deny';
  /** Principal ids; `*` is anyone who has authenticated. */
  readonly principals: readonly string[];
  /** `*` is every permission. */
  readonly permissions: readonly (Permission | '*')[];
  readonly conditions: readonly Condition[];
  /** The protocol or service that wrote the rule and alone may change it; undefined for rules written by administrators. */
  readonly owner?: string | undefined;
  readonly createdAt: number;
}
