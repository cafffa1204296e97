// Rules: allowing or denying permissions under conditions. An allow rule demands of its author what it gives; a deny rule gives nothing.

import { excerpt, targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError, limitExceeded } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Principal } from '../../../domain/principal.ts';
import type { Rule } from '../../../domain/rule.ts';
import { requirePage } from '../../checks.ts';
import type { AuditRecord, ChangeOperation, UseOperation } from '../../operation.ts';
import type { Page, PageRequest, StoreReads } from '../../ports/store.ts';
import { isId } from '../../references.ts';
import { realmOf, requirePrincipal, seekSubject, subjectDemands } from '../identity/seek-principal.ts';
import { placedHere } from './bindings.ts';
import { powersOfRule } from './powers.ts';
import { permissionsToStore, type RuleBody, requireRule } from './rule-checks.ts';
import { findScope, type PlacedScope, type ScopeSelector } from './scopes.ts';

export interface CreateRuleInput extends RuleBody {
  readonly scope: ScopeSelector;
  /** The protocol or service that alone may change the rule; undefined for administrators. */
  readonly owner?: string | undefined;
}

interface Subject {
  readonly reference: string;
  readonly principal?: Principal | undefined;
}

interface CreateTarget extends PlacedScope {
  readonly projectId: string | undefined;
  /** Without `*`. */
  readonly subjects: readonly Subject[];
}

export const createRule: ChangeOperation<CreateRuleInput, CreateTarget, Rule> = {
  name: 'access.createRule',
  kind: 'change',
  disclosure: 'denied',
  check: requireRule,
  async find(reads, context, input) {
    const projectId = await realmOf(reads, context);
    const placed = await findScope(reads, context, input.scope);
    const subjects: Subject[] = [];
    for (const reference of input.principals) {
      if (reference === '*') continue;
      subjects.push({ reference, principal: await seekSubject(reads, context, reference) });
    }
    return { ...placed, projectId, subjects };
  },
  demands: ({ place, projectId, subjects }, input) => [
    { permission: 'access.update', place },
    ...subjects.flatMap(({ principal, reference }) => subjectDemands(principal, reference, projectId)),
    ...powersOfRule(input, place),
  ],
  async run(kms, tx, { target, input, at }) {
    const known = target.subjects.map(
      ({ principal, reference }) => requirePrincipal(principal, reference).id,
    );
    if (await holdsRules(tx, target, LIMITS.rulesPerObjectMax)) {
      throw limitExceeded('An object', LIMITS.rulesPerObjectMax, 'rules');
    }
    const rule: Rule = {
      id: kms.random.uuid(),
      scope: target.scope,
      effect: input.effect,
      principals: [...new Set(input.principals.includes('*') ? ['*', ...known] : known)],
      permissions: permissionsToStore(input),
      conditions: input.conditions,
      owner: input.owner,
      createdAt: at,
    };
    await tx.rules.insert(rule);
    return rule;
  },
  record: (input, target, rule) => ({
    projectId: target?.place.projectId,
    targets: targetsOf('rule', rule),
    details: {
      effect: input.effect,
      scope: target === undefined ? undefined : { ...target.scope },
      principals: rule === undefined ? undefined : [...rule.principals],
      permissions: [...input.permissions],
      conditions: input.conditions.length,
      owner: input.owner,
    },
  }),
};

export interface DeleteRuleInput {
  readonly ruleId: string;
  /** Who asks: a rule goes by its owner alone. */
  readonly owner?: string | undefined;
}

interface DeleteTarget {
  readonly projectId: string | undefined;
  readonly found?: ({ readonly rule: Rule } & PlacedScope) | undefined;
}

export const deleteRule: ChangeOperation<DeleteRuleInput, DeleteTarget, Rule> = {
  name: 'access.deleteRule',
  kind: 'change',
  disclosure: 'denied',
  async find(reads, context, input) {
    const projectId = await realmOf(reads, context);
    const rule = isId(input.ruleId) ? await reads.rules.find(input.ruleId) : undefined;
    const placed = rule === undefined ? undefined : await placedHere(reads, projectId, rule.scope);
    return { projectId, found: rule === undefined || placed === undefined ? undefined : { rule, ...placed } };
  },
  demands: ({ projectId, found }) => [{ permission: 'access.update', place: found?.place ?? { projectId } }],
  async run(_kms, tx, { target: { found }, input }) {
    if (found === undefined) {
      throw new KmsError('notFound', `There is no rule ${input.ruleId}.`, { ruleId: input.ruleId });
    }
    const { rule } = found;
    if (rule.owner !== input.owner) {
      throw new KmsError('conflict', `The rule is managed by ${rule.owner ?? 'administrators'}.`, {
        ruleId: rule.id,
        ...(rule.owner === undefined ? {} : { owner: rule.owner }),
      });
    }
    await tx.rules.delete(rule.id);
    return rule;
  },
  record: (input, target): AuditRecord => ({
    projectId: target?.projectId,
    targets: targetsOf('rule', target?.found?.rule),
    details: { named: excerpt(input.ruleId, 64) },
  }),
};

export interface ListRulesInput {
  readonly scope: ScopeSelector;
  readonly page: PageRequest;
}

export const listRules: UseOperation<ListRulesInput, PlacedScope, Page<Rule>> = {
  name: 'access.listRules',
  kind: 'read',
  disclosure: 'denied',
  check: input => requirePage(input.page),
  find: (reads, context, input) => findScope(reads, context, input.scope),
  demands: ({ place }) => [{ permission: 'access.read', place }],
  run: (kms, { target, input }) => kms.store.rules.ofScope(target.scope, input.page),
  record: (_input, target) => ({ projectId: target?.place.projectId, targets: [] }),
};

async function holdsRules(reads: StoreReads, { scope }: PlacedScope, count: number): Promise<boolean> {
  return (await reads.rules.ofScope(scope, { limit: count })).items.length >= count;
}
