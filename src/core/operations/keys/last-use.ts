// When a key was last used, as the audit log has it: no second bookkeeping that could disagree.

import type { KeyWithVersion } from '../../../domain/key.ts';
import type { UseOperation } from '../../operation.ts';
import { type IndexedEntry, readEntry } from '../audit/realm.ts';
import { type KeyInput, onKey } from './on-key.ts';

export interface LastUse {
  readonly of: KeyWithVersion;
  readonly entry?: IndexedEntry | undefined;
}

export const readLastUse: UseOperation<KeyInput, KeyWithVersion, LastUse> = {
  name: 'key.lastUse',
  kind: 'read',
  ...onKey<KeyInput>('key.read'),
  async run(kms, { target }) {
    const row = await kms.store.log.lastUse(target.key.id);
    return { of: target, entry: row && readEntry(row) };
  },
};
