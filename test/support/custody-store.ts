// A real store in a directory of its own, as much of it as custody sees.

import type { Store } from '../../src/core/ports/store.ts';
import type { CustodyStore } from '../../src/custody/root-keys.ts';
import { openStore } from '../../src/store/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export async function custodyStore(): Promise<CustodyStore> {
  const store: Store = await openStore('sqlite', {
    dataDirectory: await temporaryDirectory(() => store.close()),
    onFatal(error) {
      throw error;
    },
  });
  const { rootKeys, wrappingKeys, names, keys } = store;
  return { rootKeys, wrappingKeys, names, keys, transaction: work => store.transaction(work) };
}
