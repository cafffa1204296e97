// When a key was last used, as the audit log has it: no second bookkeeping that could disagree.

import { decodeUtf8 } from '../../../base/bytes.ts';
import type { AuditEntry } from '../../../domain/audit-entry.ts';
import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import { type KeyInput, onKey } from './on-key.ts';

export interface LastUse {
  readonly of: KeyWithVersion;
  readonly entry?: { readonly index: number; readonly entry: AuditEntry } | undefined;
}

export const readLastUse: UseOperation<KeyInput, KeyWithVersion, LastUse> = {
  name: 'key.lastUse',
  kind: 'read',
  ...onKey<KeyInput>('key.read'),
  async run(kms, { target }) {
    const row = await kms.store.log.lastUse(target.key.id);
    if (row === undefined) return { of: target };
    return { of: target, entry: { index: row.index, entry: JSON.parse(decodeUtf8(row.leaf)) as AuditEntry } };
  },
};
