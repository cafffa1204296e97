// Where a role or rule is set: on the realm of the request (its project, or the system), on a key ring, or on a key.

import type { Scope } from '../../../domain/principal.ts';
import type { RequestContext } from '../../context.ts';
import { findKey, type KeySelector } from '../../find-key.ts';
import type { Place } from '../../operation.ts';
import type { StoreReads } from '../../ports/store.ts';
import { realmOf } from '../identity/seek-principal.ts';
import { requireKeyRing, seekKeyRing } from '../rings/seek-key-ring.ts';

export type ScopeSelector =
  | { readonly on: 'realm' }
  /** By id or name. */
  | { readonly on: 'keyRing'; readonly keyRing: string }
  | { readonly on: 'key'; readonly key: KeySelector };

export interface PlacedScope {
  readonly scope: Scope;
  readonly place: Place;
}

/** Throws `notFound`, or `denied` for a project that the request may not be in. */
export async function findScope(
  reads: StoreReads,
  context: RequestContext,
  selector: ScopeSelector,
): Promise<PlacedScope> {
  const projectId = await realmOf(reads, context);
  if (selector.on === 'key') {
    const { key } = await findKey(reads, context, selector.key);
    return {
      scope: { level: 'key', id: key.id },
      place: { projectId: key.projectId, keyRingId: key.keyRingId, keyId: key.id },
    };
  }
  if (selector.on === 'keyRing') {
    const found = projectId === undefined ? undefined : await seekKeyRing(reads, projectId, selector.keyRing);
    const { id } = requireKeyRing(found, selector.keyRing);
    return { scope: { level: 'keyRing', id }, place: { projectId, keyRingId: id } };
  }
  return projectId === undefined
    ? { scope: { level: 'system' }, place: {} }
    : { scope: { level: 'project', id: projectId }, place: { projectId } };
}

/** The place of a stored scope; undefined when what it was set on is gone. */
export async function placeOfScope(reads: StoreReads, scope: Scope): Promise<Place | undefined> {
  switch (scope.level) {
    case 'system':
      return {};
    case 'project':
      return { projectId: scope.id };
    case 'keyRing': {
      const ring = await reads.keyRings.find(scope.id);
      return ring === undefined ? undefined : { projectId: ring.projectId, keyRingId: ring.id };
    }
    case 'key': {
      const key = await reads.keys.find(scope.id);
      return key === undefined
        ? undefined
        : { projectId: key.projectId, keyRingId: key.keyRingId, keyId: key.id };
    }
  }
}
