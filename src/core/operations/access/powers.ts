// Nobody gives away more than he has: what a grant would give becomes what its giver must hold, as demands like any other. The server
// itself, as system actor, is bound by none of them.

import type { Permission, Role } from '../../../domain/permission.ts';
import { ALL_PERMISSIONS, ROLES } from '../../../domain/permission.ts';
import type { RoleBinding } from '../../../domain/principal.ts';
import type { Rule } from '../../../domain/rule.ts';
import type { Demand, Place } from '../../operation.ts';
import type { StoreReads } from '../../ports/store.ts';
import { placeOfScope } from './scopes.ts';

/** Every permission of the role in the place. */
export function powersOfRole(role: Role, place: Place): readonly Demand[] {
  return ROLES[role].permissions.map(permission => powerOf(permission, place));
}

/** Every permission that the rule gives in the place. A deny rule gives nothing. */
export function powersOfRule(rule: Pick<Rule, 'effect' | 'permissions'>, place: Place): readonly Demand[] {
  if (rule.effect === 'deny') return [];
  const permissions: readonly Permission[] = rule.permissions.includes('*')
    ? ALL_PERMISSIONS
    : rule.permissions.filter(permission => permission !== '*');
  return permissions.map(permission => powerOf(permission, place));
}

/** The export of key material is given by whoever may update access in the whole system, and by nobody else. */
function powerOf(permission: Permission, place: Place): Demand {
  return permission === 'key.export' ? { permission: 'access.update', place: {} } : { permission, place };
}

/** What the bindings give, in the places where they hold; bindings on what is gone give nothing. */
export async function powersOfBindings(
  reads: StoreReads,
  bindings: readonly RoleBinding[],
): Promise<readonly Demand[]> {
  const powers: Demand[] = [];
  for (const { role, scope } of bindings) {
    const place = await placeOfScope(reads, scope);
    if (place !== undefined) powers.push(...powersOfRole(role, place));
  }
  return powers;
}
