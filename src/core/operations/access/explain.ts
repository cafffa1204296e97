// Why a principal would be allowed something, or not: the evaluator of every request, asked without doing anything.

import { isKeyOf } from '../../../base/table.ts';
import { excerpt, targetsOf } from '../../../domain/audit-entry.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { PERMISSIONS, type Permission } from '../../../domain/permission.ts';
import type { Principal, RoleBinding } from '../../../domain/principal.ts';
import type { Rule } from '../../../domain/rule.ts';
import { type Decision, evaluate } from '../../authorize.ts';
import { findKey, keyDemand } from '../../find-key.ts';
import type { Demand, UseOperation } from '../../operation.ts';
import {
  type PrincipalInput,
  realmOf,
  requirePrincipal,
  seekSubject,
  subjectDemands,
} from '../identity/seek-principal.ts';
import { findScope, type PlacedScope, type ScopeSelector } from './scopes.ts';

export interface ExplainInput extends PrincipalInput {
  readonly permission: Permission;
  readonly scope: ScopeSelector;
  /** Attributes of the imagined request, such as `source.address`; those of the key are known. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

interface Target extends PlacedScope {
  readonly projectId: string | undefined;
  readonly subject?: Principal | undefined;
  readonly keyAttributes: Readonly<Record<string, string>>;
}

export interface Explanation extends Decision {
  readonly principal: Principal;
  /** Bindings that give the permission there. */
  readonly bindings: readonly RoleBinding[];
  /** Rules set there or above, and whether they match such a request. */
  readonly rules: readonly { readonly rule: Rule; readonly matches: boolean }[];
}

const ATTRIBUTES_MAX = 32;

export const explainAccess: UseOperation<ExplainInput, Target, Explanation> = {
  name: 'access.explain',
  kind: 'read',
  disclosure: 'denied',
  check(input) {
    if (!isKeyOf(PERMISSIONS, input.permission))
      throw invalidInput('permission', 'must be the name of a permission');
    if (Object.keys(input.attributes ?? {}).length > ATTRIBUTES_MAX) {
      throw new KmsError('tooLarge', `attributes must be at most ${ATTRIBUTES_MAX}`, {
        limit: ATTRIBUTES_MAX,
      });
    }
  },
  async find(reads, context, input) {
    const { scope } = input;
    const key = scope.on === 'key' ? (await findKey(reads, context, scope.key)).key : undefined;
    return {
      ...(await findScope(reads, context, scope)),
      projectId: await realmOf(reads, context),
      subject: await seekSubject(reads, context, input.principal),
      keyAttributes: key === undefined ? {} : (keyDemand(input.permission, key).attributes ?? {}),
    };
  },
  demands: ({ place, projectId, subject }, input) => [
    { permission: 'access.read', place },
    ...subjectDemands(subject, input.principal, projectId),
  ],
  async run(kms, { target, input }) {
    const principal = requirePrincipal(target.subject, input.principal);
    const demand: Demand = { permission: input.permission, place: target.place };
    const attributes = { ...target.keyAttributes, ...input.attributes };
    const [bindings, rules] = await Promise.all([
      kms.store.bindings.ofPrincipal(principal.id),
      kms.store.rules.applying(target.place),
    ]);
    const decide = (someBindings: readonly RoleBinding[], someRules: readonly Rule[]) =>
      evaluate(someBindings, someRules, demand, principal.id, attributes);
    const decision = principal.enabled
      ? decide(bindings, rules)
      : { allowed: false, reason: 'the principal is disabled' };
    return {
      ...decision,
      principal,
      bindings: bindings.filter(binding => decide([binding], []).allowed),
      // A rule matches when, alone and allowing, it would allow.
      rules: rules.map(rule => ({ rule, matches: decide([], [{ ...rule, effect: 'allow' }]).allowed })),
    };
  },
  record: (input, target) => ({
    projectId: target?.place.projectId,
    targets: targetsOf('principal', target?.subject),
    details: {
      named: excerpt(input.principal, LIMITS.principalNameCharactersMax),
      permission: input.permission,
      scope: target === undefined ? undefined : { ...target.scope },
    },
  }),
};
