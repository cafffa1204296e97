// Following the audit log: entries as they are written, recorded as one reading. It ends after a minute, so that who may no longer read
// reads no longer; the reader asks again from where it was.

import { setTimeout as pause } from 'node:timers/promises';
import { requireWithin } from '../../checks.ts';
import type { Kms } from '../../kms.ts';
import type { UseOperation } from '../../operation.ts';
import type { LogFilter } from '../../ports/store.ts';
import {
  filterRecord,
  type IndexedEntry,
  inRealm,
  type Realm,
  readEntry,
  requireFilter,
  within,
} from './realm.ts';

const LOOKS = 120;
const LOOK_INTERVAL_MS = 500;
const ENTRIES_PER_LOOK = 500;

export interface FollowInput {
  readonly filter: LogFilter;
  /** The last entry that the reader has; undefined: what is written from now on. */
  readonly after?: number | undefined;
}

export interface Following {
  /** `nothing` now and then when there is nothing new, so that the reader's absence is noticed. */
  readonly entries: AsyncIterable<IndexedEntry | 'nothing'>;
}

export const followAudit: UseOperation<FollowInput, Realm, Following> = {
  name: 'audit.follow',
  ...inRealm,
  check({ filter, after }) {
    requireFilter(filter);
    if (after !== undefined) requireWithin('after', after, 0, Number.MAX_SAFE_INTEGER);
  },
  async run(kms, { target, input }) {
    return { entries: entriesBeyond(kms, within(target, input.filter), input.after ?? (await newest(kms))) };
  },
  record: ({ filter }, realm) => filterRecord(filter, realm),
};

async function* entriesBeyond(kms: Kms, filter: LogFilter, start: number | undefined) {
  let after = start;
  for (let look = 0; look < LOOKS; look += 1) {
    const page = { limit: ENTRIES_PER_LOOK, newestFirst: false, after };
    const rows = await kms.store.log.search(filter, page);
    // The entry of this reading is behind us, so that nothing else has waited for these.
    if (rows.length > 0) await kms.auditLog.settle();
    for (const row of rows) {
      after = row.index;
      yield readEntry(row);
    }
    if (rows.length === ENTRIES_PER_LOOK) continue;
    if (rows.length === 0) yield 'nothing' as const;
    await pause(LOOK_INTERVAL_MS);
  }
}

async function newest(kms: Kms): Promise<number | undefined> {
  const [row] = await kms.store.log.search({}, { limit: 1, newestFirst: true });
  return row?.index;
}
