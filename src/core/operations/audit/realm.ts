// What operations on the audit log share: a request in a project sees the entries of that project, one in the system sees all.

import { decodeUtf8 } from '../../../base/bytes.ts';
import type { AuditEntry } from '../../../domain/audit-entry.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireText } from '../../checks.ts';
import type { AuditRecord, UseOperation } from '../../operation.ts';
import type { LogEntryRow, LogFilter } from '../../ports/store.ts';
import { realmDemand, realmOf } from '../identity/seek-principal.ts';

export interface Realm {
  readonly projectId: string | undefined;
}

export const inRealm = {
  kind: 'read',
  disclosure: 'denied',
  find: async (reads, context) => ({ projectId: await realmOf(reads, context) }),
  demands: (realm: Realm) => [realmDemand('audit.read', realm)],
} as const satisfies Pick<UseOperation<unknown, Realm, unknown>, 'kind' | 'disclosure' | 'find' | 'demands'>;

export interface IndexedEntry {
  readonly index: number;
  readonly entry: AuditEntry;
}

export function readEntry({ index, leaf }: LogEntryRow): IndexedEntry {
  return { index, entry: JSON.parse(decodeUtf8(leaf)) as AuditEntry };
}

export function requireFilter(filter: LogFilter): void {
  for (const name of ['projectId', 'keyId', 'principalId', 'operation', 'outcome'] as const) {
    const text = filter[name];
    if (text !== undefined) requireText(name, text, 1, LIMITS.principalNameCharactersMax);
  }
}

/** The filter, confined to the project of the realm. */
export function within({ projectId }: Realm, filter: LogFilter): LogFilter {
  return projectId === undefined ? filter : { ...filter, projectId };
}

export function filterRecord(filter: LogFilter, realm: Realm | undefined): AuditRecord {
  const { keyId, principalId, operation, outcome } = filter;
  return {
    projectId: realm?.projectId,
    targets: keyId === undefined ? [] : [{ type: 'key', id: keyId }],
    details: { principalId, operation, outcome },
  };
}
