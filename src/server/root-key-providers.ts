// Which root key providers the settings name: for the server, and for work on its database while it is stopped.

import type { Random } from '../core/ports/clock.ts';
import { fileRootKeyProvider } from '../custody/root/file.ts';
import { passphraseFromFile, passphraseRootKeyProvider } from '../custody/root/passphrase.ts';
import type { RootKeyProvider } from '../custody/root/root-key.ts';
import type { Settings } from './settings.ts';

export interface RootKeyProviders {
  /** Makes new root keys. */
  readonly provider: RootKeyProvider;
  /** Open what is left of a root key that is being replaced. */
  readonly olderProviders: readonly RootKeyProvider[];
}

export function rootKeyProviders(settings: Settings, random: Random): RootKeyProviders {
  const file = fileRootKeyProvider({ directory: settings.rootKeyDir, random });
  if (settings.rootPassphraseFile === undefined) return { provider: file, olderProviders: [] };
  const path = settings.rootPassphraseFile;
  const passphrase = passphraseRootKeyProvider({ readPassphrase: () => passphraseFromFile(path), random });
  return settings.rootKey === 'passphrase'
    ? { provider: passphrase, olderProviders: [file] }
    : { provider: file, olderProviders: [passphrase] };
}
