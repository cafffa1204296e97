// The one evaluator of roles and rules. Deny wins; without a binding or an allowing rule the answer is no. The reason is for the audit
// log and for `explain`, never for the caller.

import { KmsError } from '../domain/errors.ts';
import { roleAllows, roleIncludes } from '../domain/permission.ts';
import type { RoleBinding, Scope } from '../domain/principal.ts';
import type { Rule } from '../domain/rule.ts';
import { conditionHolds } from './conditions.ts';
import type { ProjectSession, RequestContext } from './context.ts';
import type { Demand, Place } from './operation.ts';
import type { StoreReads } from './ports/store.ts';

export interface Decision {
  readonly allowed: boolean;
  /** Which binding or rule decided, such as `binding 3f2a…`. */
  readonly reason: string;
}

/**
 * Returns the reason when every demand is met. Throws `denied`, or `notFound` where the operation does not disclose; an object of a
 * foreign project answers `denied` exactly like one that does not exist (see core/find-key.ts).
 */
export async function authorize(
  reads: StoreReads,
  context: RequestContext,
  demands: readonly Demand[],
  disclosure: 'denied' | 'notFound',
): Promise<string> {
  let reason = 'authenticated';
  const grounds = new Grounds(reads);
  for (const demand of demands) {
    const decision = await decide(grounds, context, demand);
    if (!decision.allowed) throw refusal(context, demand, disclosure, decision.reason);
    reason = decision.reason;
  }
  return reason;
}

/** Decides about many places in one request, for lists that show what may be seen. Not a permission to do anything. */
export function decider(reads: StoreReads, context: RequestContext): (demand: Demand) => Promise<Decision> {
  const grounds = new Grounds(reads);
  return demand => decide(grounds, context, demand);
}

async function decide(grounds: Grounds, context: RequestContext, demand: Demand): Promise<Decision> {
  const { actor } = context;
  if (actor.type === 'system') return { allowed: true, reason: `system ${actor.name}` };
  const [bindings, rules] = await Promise.all([
    grounds.bindingsOf(actor.principal.id),
    grounds.rulesOf(demand.place),
  ]);
  return evaluate(
    held(bindings, context, demand.place),
    counting(rules, context, demand.place),
    demand,
    actor.principal.id,
    // Asked for by the conditions of rules alone.
    rules.length === 0 ? NO_ATTRIBUTES : attributesOf(context, demand),
  );
}

const NO_ATTRIBUTES = {};

/** The roles that count for this request in this place. */
function held(
  bindings: readonly RoleBinding[],
  { session }: RequestContext,
  place: Place,
): readonly Holding[] {
  if (session === undefined) return bindings;
  const { projectId, vouchedRoles } = session;
  const own = bindings.filter(
    ({ scope }) => scope.level === 'system' || (projectId !== undefined && place.projectId === projectId),
  );
  return [...narrowed(own, session), ...vouchedRoles];
}

/** The rules that count for this request in this place: what they deny, they deny to every session. */
function counting(rules: readonly Rule[], { session }: RequestContext, place: Place): readonly Rule[] {
  if (session === undefined) return rules;
  const { projectId, ownRoles } = session;
  const inProject = projectId !== undefined && place.projectId === projectId;
  return rules.filter(
    ({ effect, scope }) =>
      effect === 'deny' || (ownRoles === undefined && (inProject || scope.level === 'system')),
  );
}

/**
 * Of what is bound, the part that the roles of the session allow: somebody with a greater role holds the lesser ones in its place, and who
 * holds one in the whole system has it in the project of the session alone.
 */
export function narrowed(
  own: readonly RoleBinding[],
  { projectId, ownRoles }: ProjectSession,
): readonly RoleBinding[] {
  if (ownRoles === undefined) return own;
  if (projectId === undefined) return [];
  return own.flatMap(binding => {
    const isOfSystem = binding.scope.level === 'system';
    const scope: Scope = isOfSystem ? { level: 'project', id: projectId } : binding.scope;
    return ownRoles
      .filter(role => roleIncludes(binding.role, role))
      .map(role => ({ ...binding, role, scope }));
  });
}

/** A role bound here, or vouched for elsewhere: that one has no id. */
type Holding = Pick<RoleBinding, 'role' | 'scope'> & { readonly id?: string };

/** What the demands of one authorization are judged by, read once: giving a role away demands dozens of permissions in one place. */
class Grounds {
  readonly #reads: StoreReads;
  #bindings: Promise<readonly RoleBinding[]> | undefined;
  /** Of the place that was asked for last. */
  #rules: { readonly place: Place; readonly applying: Promise<readonly Rule[]> } | undefined;

  constructor(reads: StoreReads) {
    this.#reads = reads;
  }

  bindingsOf(principalId: string): Promise<readonly RoleBinding[]> {
    this.#bindings ??= this.#reads.bindings.ofPrincipal(principalId);
    return this.#bindings;
  }

  rulesOf(place: Place): Promise<readonly Rule[]> {
    if (this.#rules === undefined || !isSamePlace(this.#rules.place, place))
      this.#rules = { place, applying: this.#reads.rules.applying(place) };
    return this.#rules.applying;
  }
}

function isSamePlace(left: Place, right: Place): boolean {
  return (
    left.projectId === right.projectId && left.keyRingId === right.keyRingId && left.keyId === right.keyId
  );
}

/** Pure: the decision over the bindings of the principal and the rules of the place. */
export function evaluate(
  bindings: readonly Holding[],
  rules: readonly Rule[],
  demand: Demand,
  principalId: string,
  attributes: Readonly<Record<string, string>>,
): Decision {
  let allowing: Rule | undefined;
  for (const rule of rules) {
    if (!ruleMatches(rule, demand, principalId, attributes)) continue;
    if (rule.effect === 'deny') return { allowed: false, reason: `denied by rule ${rule.id}` };
    allowing ??= rule;
  }
  if (demand.granted !== undefined) return { allowed: true, reason: demand.granted };
  const binding = bindings.find(
    candidate => roleAllows(candidate.role, demand.permission) && covers(candidate.scope, demand.place),
  );
  if (binding !== undefined) return { allowed: true, reason: reasonOf(binding) };
  if (allowing !== undefined) return { allowed: true, reason: `rule ${allowing.id}` };
  return { allowed: false, reason: `nothing allows ${demand.permission}` };
}

function reasonOf({ id, role }: Holding): string {
  return id === undefined ? `role ${role} of the session` : `binding ${id}`;
}

function ruleMatches(
  rule: Rule,
  demand: Demand,
  principalId: string,
  attributes: Readonly<Record<string, string>>,
): boolean {
  return (
    (rule.principals.includes('*') || rule.principals.includes(principalId)) &&
    (rule.permissions.includes('*') || rule.permissions.includes(demand.permission)) &&
    covers(rule.scope, demand.place) &&
    rule.conditions.every(condition => conditionHolds(condition, attributes))
  );
}

function covers(scope: Scope, place: Place): boolean {
  switch (scope.level) {
    case 'system':
      return true;
    case 'project':
      return place.projectId === scope.id;
    case 'keyRing':
      return place.keyRingId === scope.id;
    case 'key':
      return place.keyId === scope.id;
  }
}

function attributesOf(context: RequestContext, demand: Demand): Readonly<Record<string, string>> {
  const source =
    context.sourceAddress === undefined ? undefined : { 'source.address': context.sourceAddress };
  return { ...demand.attributes, ...context.attributes, ...source };
}

function refusal(
  context: RequestContext,
  demand: Demand,
  disclosure: 'denied' | 'notFound',
  reason: string,
): KmsError {
  const foreign = demand.place.projectId !== undefined && demand.place.projectId !== context.projectId;
  if (!foreign && disclosure === 'notFound') {
    return new KmsError('notFound', 'There is no such object, or it may not be seen.', { reason });
  }
  return deniedError(reason, demand.permission);
}

/** The refusal of a foreign object and of an absent one alike. `reason` is kept for the audit log. */
export function deniedError(reason: string, permission?: string): KmsError {
  return new KmsError('denied', 'The principal is not allowed to do this, or there is no such object.', {
    reason,
    ...(permission === undefined ? {} : { permission }),
  });
}
