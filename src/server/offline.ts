// Work on backups beside a stopped server, for the command line: settings as `keyhold serve` reads them, and no listener.

import { type RestoreProgress, type RestoreReport, restoreBackup } from './backup/restore.ts';
import { explainSealed, type VerifiedBackup, verifyBackupFile } from './backup/verify.ts';
import { rootKeyProviders } from './root-key-providers.ts';
import { processEnvironment, readSettings, type SettingTexts } from './settings.ts';
import { SYSTEM_RANDOM, systemClock } from './time-and-chance.ts';

export interface OfflineOptions {
  readonly file: string;
  /** Options of the command line, as for `serve`. */
  readonly settings: SettingTexts;
  readonly withoutRootKey?: boolean | undefined;
  /** The verifier key of the audit log as it is known otherwise. */
  readonly verifierKey?: string | undefined;
}

/** Throws `KmsError` for everything that an operator can do something about: see {@link restoreBackup}. */
export function restore(
  { settings, ...request }: OfflineOptions & { readonly dryRun?: boolean | undefined },
  onProgress?: (progress: RestoreProgress) => void,
): Promise<RestoreReport> {
  return restoreBackup(
    { ...request, settings: readSettings(settings, processEnvironment()), onProgress },
    { clock: systemClock(), random: SYSTEM_RANDOM },
  );
}

/** Verifies the file alone; with the root key of the settings unless told otherwise. `onProgress` hears the number of rows. */
export async function verifyBackup(
  { file, settings, withoutRootKey, verifierKey }: OfflineOptions,
  onProgress?: (rows: number) => void,
): Promise<VerifiedBackup> {
  const [random, clock] = [SYSTEM_RANDOM, systemClock()];
  const { provider, olderProviders } = rootKeyProviders(
    readSettings(settings, processEnvironment()),
    random,
    clock,
  );
  const rootKey =
    withoutRootKey === true ? undefined : { providers: [provider, ...olderProviders], clock, random };
  return verifyBackupFile(file, { rootKey, verifierKey, onProgress }).catch(explainSealed);
}
