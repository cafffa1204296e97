// The providers that need nothing but Node, each of a secret of its own every time: where root keys move from and to.

import { fileRootKeyProvider } from '../../src/custody/root/file.ts';
import { passphraseRootKeyProvider } from '../../src/custody/root/passphrase.ts';
import type { MovingSide } from '../contract/custody-root-moves.ts';
import { secretText } from './custody-subject.ts';
import { kmsProvider, preparingShares } from './root-key-providers.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { systemRandom } from './time-and-chance.ts';

export const SIDES: readonly MovingSide[] = [
  {
    name: 'file',
    make: async () => fileRootKeyProvider({ directory: await temporaryDirectory(), random: systemRandom }),
  },
  {
    name: 'passphrase',
    make: async () =>
      passphraseRootKeyProvider({
        readPassphrase: async () => secretText('correct horse battery'),
        random: systemRandom,
        cost: { memoryKiB: 19_456, passes: 1, parallelism: 1 },
      }),
  },
  {
    name: 'shares',
    // Its holders give the shares again after every crash.
    async make() {
      const { forget: _, ...provider } = preparingShares();
      return provider;
    },
  },
  { name: 'kms', make: async () => kmsProvider() },
];
