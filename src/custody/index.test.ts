// Custody under each provider of root keys, and from one provider to another.

import { custodyContract } from '../../test/contract/custody.ts';
import { custodyStore } from '../../test/support/custody-store.ts';
import { secretText } from '../../test/support/custody-subject.ts';
import { kmsProvider, preparingShares } from '../../test/support/root-key-providers.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { fileRootKeyProvider } from './root/file.ts';
import { passphraseRootKeyProvider } from './root/passphrase.ts';
import type { RootKeyProvider } from './root/root-key.ts';

custodyContract({
  name: 'file',
  makeStore: custodyStore,
  makeProvider: async () =>
    fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom }),
});

custodyContract({
  name: 'passphrase',
  makeStore: custodyStore,
  makeProvider: async () => {
    const passphrase = `a passphrase ${systemRandom.uuid()}`;
    return passphraseRootKeyProvider({
      readPassphrase: async () => secretText(passphrase),
      random: systemRandom,
      cost: { memoryKiB: 19_456, passes: 1, parallelism: 1 },
    });
  },
});

custodyContract({
  name: 'shares',
  makeStore: custodyStore,
  makeProvider: async () => keepingShares(),
});

custodyContract({ name: 'kms', makeStore: custodyStore, makeProvider: async () => kmsProvider() });

/** As if the same shares were given again after each sealing. */
function keepingShares(): RootKeyProvider {
  const { forget: _, ...provider } = preparingShares();
  return provider;
}
