// Reading the audit log: searching it, and taking proofs out of it. A request in a project sees the entries of that project; one in the
// system sees all. Reading the log is recorded in it like everything else.

import { KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireWithin } from '../../checks.ts';
import type { UseOperation } from '../../operation.ts';
import type { LogFilter } from '../../ports/store.ts';
import { onSystem } from '../without-target.ts';
import {
  filterRecord,
  type IndexedEntry,
  inRealm,
  type Realm,
  readEntry,
  requireFilter,
  within,
} from './realm.ts';

export interface SearchAuditInput {
  /** `projectId` narrows a search of the system; in a project it is that project. */
  readonly filter: LogFilter;
  readonly newestFirst: boolean;
  readonly limit: number;
  /** The index of the last entry of the page before. */
  readonly after?: number | undefined;
}

export interface AuditPage {
  readonly items: readonly IndexedEntry[];
  readonly next?: number | undefined;
}

export const searchAudit: UseOperation<SearchAuditInput, Realm, AuditPage> = {
  name: 'audit.search',
  ...inRealm,
  check({ filter, limit, after }) {
    requireWithin('limit', limit, 1, LIMITS.pageItemsMax);
    if (after !== undefined) requireWithin('after', after, 0, Number.MAX_SAFE_INTEGER);
    requireFilter(filter);
  },
  async run(kms, { target, input }) {
    const { limit, newestFirst, after } = input;
    const filter = within(target, input.filter);
    // One more than asked for tells whether there is another page.
    const rows = await kms.store.log.search(filter, { limit: limit + 1, newestFirst, after });
    const items = rows.slice(0, limit).map(readEntry);
    return { items, next: rows.length > limit ? items.at(-1)?.index : undefined };
  },
  record: ({ filter }, realm) => filterRecord(filter, realm),
};

export interface SignedCheckpoint {
  readonly checkpoint: string;
  readonly verifierKey: string;
}

export const readCheckpoint: UseOperation<undefined, Realm, SignedCheckpoint> = {
  name: 'audit.checkpoint',
  ...inRealm,
  run: async kms => ({ checkpoint: await kms.auditLog.checkpoint(), verifierKey: kms.auditLog.verifierKey }),
  record: (_input, realm) => ({ projectId: realm?.projectId, targets: [] }),
};

export interface ReceiptInput {
  readonly index: number;
}

export interface Receipt {
  readonly receipt: string;
  readonly verifierKey: string;
}

/** An entry of another project is as absent as one that was never written. */
export const readReceipt: UseOperation<ReceiptInput, Realm, Receipt> = {
  name: 'audit.receipt',
  ...inRealm,
  check: input => requireWithin('index', input.index, 0, Number.MAX_SAFE_INTEGER),
  async run(kms, { target, input: { index } }) {
    const [row] = await kms.store.log.leaves(index, 1);
    const entry = row?.index === index ? readEntry(row).entry : undefined;
    const visible = target.projectId === undefined || entry?.projectId === target.projectId;
    if (entry === undefined || !visible) {
      throw new KmsError('notFound', `The audit log has no entry ${index}.`, { index });
    }
    return { receipt: await kms.auditLog.receipt(index), verifierKey: kms.auditLog.verifierKey };
  },
  record: (input, realm) => ({
    projectId: realm?.projectId,
    targets: [],
    details: { index: input.index },
  }),
};

export interface AuditExport {
  /** The lines of docs/formats/audit-log.md, each with its newline. */
  readonly lines: AsyncIterable<string>;
}

/** The whole log, since only the whole can be verified: for auditors of the system. The entry is written before the first line is read. */
export const exportAudit: UseOperation<undefined, undefined, AuditExport> = {
  name: 'audit.export',
  kind: 'read',
  ...onSystem('audit.read'),
  run: async kms => ({ lines: kms.auditLog.export() }),
  record: () => ({ targets: [{ type: 'system', id: 'auditLog' }] }),
};
