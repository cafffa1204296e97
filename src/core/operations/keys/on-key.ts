// What every operation on one key has in common: it is named by a selector, found in its project, and is the target of the entry.

import { type AuditDetails, excerpt } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Facet } from '../../../domain/facet.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import type { Permission } from '../../../domain/permission.ts';
import type { RequestContext } from '../../context.ts';
import { writeFacet } from '../../facets.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import type { AuditRecord, Demand } from '../../operation.ts';
import type { StoreReads, StoreTransaction } from '../../ports/store.ts';

export interface KeyInput {
  readonly key: KeySelector;
}

/** Every change of a key may come with what the protocol that asks for it keeps about the key. */
export interface KeyChangeInput extends KeyInput {
  readonly facet?: Facet | undefined;
}

/** What a change needs to be stored: a part of the arguments of every operation that makes one. */
export interface KeyChange<Input extends KeyChangeInput = KeyChangeInput> {
  readonly input: Input;
  readonly target: KeyWithVersion;
  /** The instant of the change. */
  readonly at: number;
}

/** The shared members of an operation on one key. `details` adds to the audit entry what the operation allows. */
export function onKey<Input extends KeyInput>(
  permission: Permission,
  details?: (input: Input) => AuditDetails,
) {
  return {
    disclosure: 'denied',
    find: (reads: StoreReads, context: RequestContext, input: Input): Promise<KeyWithVersion> =>
      findKey(reads, context, input.key),
    demands: (target: KeyWithVersion): readonly Demand[] => [keyDemand(permission, target.key)],
    record(input: Input, target: KeyWithVersion | undefined): AuditRecord {
      const said = details?.(input);
      return target === undefined
        ? { targets: [], details: { ...namedKey(input.key), ...said } }
        : { ...keyRecord(target), details: said };
    },
  } as const;
}

export function keyRecord(target: KeyWithVersion | undefined): AuditRecord {
  if (target === undefined) return { targets: [] };
  return {
    projectId: target.project.id,
    // In the order of canonical form, as the entry itself.
    targets: [{ id: target.key.id, type: 'key', version: target.version.number }],
  };
}

/** What the caller named, for the entry of a request that found nothing. */
export function namedKey(selector: KeySelector): AuditDetails {
  const named = selector.by === 'id' ? selector.id : selector.text;
  return {
    named: excerpt(named, 256),
    ...(selector.accountId === undefined ? {} : { accountId: selector.accountId }),
  };
}

/** Keys of a service are managed by that service and by schedules, never by users. */
export function requireUserManaged(key: Key): void {
  if (key.serviceOwner !== undefined) {
    throw new KmsError('serviceKey', `Key ${key.id} is managed by the service ${key.serviceOwner}.`, {
      keyId: key.id,
    });
  }
}

/** Stores the changed key, and the facet that came with the change; returns the key as it is now. */
export async function storeKeyChange(
  tx: StoreTransaction,
  { input, target, at }: KeyChange,
  changes: Partial<Key>,
): Promise<KeyWithVersion> {
  const { key, version, project } = target;
  const changed = { ...key, ...changes, updatedAt: at };
  await tx.keys.update(changed);
  if (input.facet !== undefined) await writeFacet(tx, key.id, input.facet);
  return { key: { ...changed, revision: changed.revision + 1 }, version, project };
}
