// A real store in a directory of its own, as much of it as custody sees.

import { after } from 'node:test';
import type { CustodyStore } from '../../src/custody/root-keys.ts';
import { openStore } from '../../src/store/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export async function custodyStore(): Promise<CustodyStore> {
  const store = await openStore('sqlite', {
    dataDirectory: await temporaryDirectory(),
    onFatal(error) {
      throw error;
    },
  });
  after(() => store.close());
  const { rootKeys, wrappingKeys } = store;
  return { rootKeys, wrappingKeys, transaction: work => store.transaction(work) };
}
