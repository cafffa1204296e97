// A page of the versions of a key, oldest first. The wrapped material stays behind.

import type { KeyVersion, KeyWithVersion } from '../../../domain/key.ts';
import { requirePage } from '../../checks.ts';
import type { UseOperation } from '../../operation.ts';
import type { Page, PageRequest } from '../../ports/store.ts';
import { type KeyInput, onKey } from './on-key.ts';

export interface ListVersionsInput extends KeyInput {
  readonly page: PageRequest;
}

export interface VersionPage extends Page<Omit<KeyVersion, 'wrapped'>> {
  readonly of: KeyWithVersion;
}

export const listVersions: UseOperation<ListVersionsInput, KeyWithVersion, VersionPage> = {
  name: 'key.listVersions',
  kind: 'read',
  ...onKey<ListVersionsInput>('key.read'),
  check: input => requirePage(input.page),
  async run(kms, { target, input }) {
    const page = await kms.store.keys.versions(target.key.id, input.page);
    return { ...page, items: page.items.map(({ wrapped: _wrapped, ...version }) => version), of: target };
  },
};
