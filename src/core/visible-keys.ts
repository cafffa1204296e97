// Which keys of a project somebody may see in lists. Decided for each key ring by the one evaluator; beside the rings that may be listed,
// the keys on which a role of the principal is bound are visible one by one. Rules on single keys are not asked: they bear on what is done
// with a key, and a list that asked each of them would cost as much as the keys are many.

import type { Key } from '../domain/key.ts';
import { roleAllows } from '../domain/permission.ts';
import type { KeyRing } from '../domain/project.ts';
import { decider } from './authorize.ts';
import type { RequestContext } from './context.ts';
import type { Place } from './operation.ts';
import { allOf } from './pages.ts';
import type { StoreReads } from './ports/store.ts';

export interface VisibleKeys {
  /** Undefined: every key of the project is visible. */
  readonly keyRingIds?: readonly string[] | undefined;
  readonly keyIds?: readonly string[] | undefined;
  /** A place where the permission holds; the project where it holds nowhere. */
  readonly ground: Place;
}

const PERMISSION = 'key.list';

/** `wanted`: only in these rings of the project. */
export async function visibleKeys(
  reads: StoreReads,
  context: RequestContext,
  projectId: string,
  wanted: readonly KeyRing[] | undefined,
): Promise<VisibleKeys> {
  const decide = decider(reads, context);
  const rings = wanted ?? (await allOf(page => reads.keyRings.list(projectId, page)));
  const decisions = await Promise.all(
    rings.map(ring => decide({ permission: PERMISSION, place: { projectId, keyRingId: ring.id } })),
  );
  const visible = rings.filter((_, at) => decisions[at]?.allowed === true).map(ring => ring.id);
  const [first] = visible;
  if (first !== undefined && visible.length === rings.length) {
    const keyRingIds = wanted === undefined ? undefined : visible;
    return { keyRingIds, ground: { projectId, keyRingId: first } };
  }
  const keys = await boundKeys(reads, context, projectId, wanted);
  const ground: Place = first === undefined ? (keys[0] ?? { projectId }) : { projectId, keyRingId: first };
  return { keyRingIds: visible, keyIds: keys.map(({ keyId }) => keyId), ground };
}

export function isVisible({ keyRingIds, keyIds }: VisibleKeys, { id, keyRingId }: Key): boolean {
  return keyRingIds === undefined || keyRingIds.includes(keyRingId) || keyIds?.includes(id) === true;
}

/** The keys of the project on which the principal has a role that lists, unless a rule denies it there. */
async function boundKeys(
  reads: StoreReads,
  context: RequestContext,
  projectId: string,
  wanted: readonly KeyRing[] | undefined,
): Promise<readonly (Place & { readonly keyId: string })[]> {
  const { actor } = context;
  if (actor.type === 'system') return [];
  const decide = decider(reads, context);
  const places: (Place & { readonly keyId: string })[] = [];
  for (const { scope, role } of await reads.bindings.ofPrincipal(actor.principal.id)) {
    if (scope.level !== 'key' || !roleAllows(role, PERMISSION)) continue;
    const key = await reads.keys.find(scope.id);
    if (key?.projectId !== projectId) continue;
    if (wanted !== undefined && !wanted.some(ring => ring.id === key.keyRingId)) continue;
    const place = { projectId, keyRingId: key.keyRingId, keyId: key.id };
    if ((await decide({ permission: PERMISSION, place })).allowed) places.push(place);
  }
  return places;
}
