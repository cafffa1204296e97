// Which root key providers the settings name: for the server, and for work on its database while it is stopped.

import { readFileSync } from 'node:fs';
import { BrokenInvariant } from '../base/assert.ts';
import type { Clock, Random } from '../core/ports/clock.ts';
import { tokenRootKeyProvider } from '../custody/pkcs11/root-key.ts';
import { fileRootKeyProvider } from '../custody/root/file.ts';
import { kmsRootKeyProvider, type RemoteKey } from '../custody/root/kms.ts';
import { passphraseFromFile, passphraseRootKeyProvider } from '../custody/root/passphrase.ts';
import type { RootKeyProvider } from '../custody/root/root-key.ts';
import { type SharesProvider, sharesRootKeyProvider } from '../custody/root/shares.ts';
import { invalidInput, KmsError } from '../domain/errors.ts';
import { awsKey } from './root-kms/aws.ts';
import { readAwsCredential, readVaultCredential } from './root-kms/credentials.ts';
import type { Endpoint } from './root-kms/exchange.ts';
import { vaultKey } from './root-kms/vault.ts';
import type { RootKmsSettings, Settings } from './settings.ts';
import { tokensOf } from './token.ts';

export interface RootKeyProviders {
  /** Makes the first root key. */
  readonly provider: RootKeyProvider;
  /** All others: open what they have made, and take the root key over when it moves to them. */
  readonly olderProviders: readonly RootKeyProvider[];
  readonly shares: SharesProvider;
}

export function rootKeyProviders(
  settings: Settings,
  random: Random,
  clock: Clock,
  tokens = tokensOf(settings, clock),
  installationId: () => Promise<string> = noInstallation,
): RootKeyProviders {
  const shares = sharesRootKeyProvider({ random, clock });
  const providers: RootKeyProvider[] = [
    fileRootKeyProvider({ directory: settings.rootKeyDir, random }),
    shares,
  ];
  const path = settings.rootPassphraseFile;
  if (path !== undefined)
    providers.push(passphraseRootKeyProvider({ readPassphrase: () => passphraseFromFile(path), random }));
  if (settings.rootKms !== undefined)
    providers.push(kmsRootKeyProvider({ remote: remoteKey(settings.rootKms, clock), random }));
  // In this order: of two providers of one name the first makes new root keys.
  for (const token of [tokens.token, tokens.former])
    if (token !== undefined) providers.push(tokenRootKeyProvider({ token, random, clock, installationId }));
  const provider = providerNamed(providers, settings.rootKey);
  return { provider, olderProviders: providers.filter(other => other !== provider), shares };
}

/** Work on a stopped server's database opens root keys and makes none. */
async function noInstallation(): Promise<string> {
  throw new BrokenInvariant('whoever makes a root key knows for which installation');
}

/** Throws `invalidInput` for one that the settings do not configure. */
export function providerNamed(providers: readonly RootKeyProvider[], name: string): RootKeyProvider {
  const found = providers.find(provider => provider.name === name);
  if (found !== undefined) return found;
  const known = providers.map(provider => provider.name).join(', ');
  throw invalidInput('to', `names the root key provider ${name}; configured are ${known}`);
}

function remoteKey(
  { service, key, region, credentialsFile, ...rest }: RootKmsSettings,
  clock: Clock,
): RemoteKey {
  const endpoint: Endpoint = {
    url: rest.url,
    authorities: rest.caFile === undefined ? undefined : readAuthorities(rest.caFile),
    timeoutMs: rest.timeoutMs,
  };
  if (service === 'vault')
    return vaultKey({ endpoint, key, credential: () => readVaultCredential(credentialsFile) });
  return awsKey({ endpoint, key, region, credential: () => readAwsCredential(credentialsFile), clock });
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KmsError(
      'sealed',
      `The file ${path}, which root-kms-ca-file names, cannot be read.`,
      { path },
      cause,
    );
  }
}
