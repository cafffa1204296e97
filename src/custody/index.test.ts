// Custody under each provider of root keys, and from one provider to another.

import { custodyContract } from '../../test/contract/custody.ts';
import { custodyStore } from '../../test/support/custody-store.ts';
import { secretText } from '../../test/support/custody-subject.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { systemRandom } from '../../test/support/time-and-chance.ts';
import { fileRootKeyProvider } from './root/file.ts';
import { passphraseRootKeyProvider } from './root/passphrase.ts';

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
