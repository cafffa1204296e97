// The one place where ports meet implementations, and where real time and chance come from.

import { randomBytes, randomUUID } from 'node:crypto';
import { openAuditLog } from '../audit/log.ts';
import type { Logger } from '../base/logger.ts';
import type { Kms } from '../core/kms.ts';
import type { AuditLog } from '../core/ports/audit-log.ts';
import type { Clock, Random } from '../core/ports/clock.ts';
import type { Store } from '../core/ports/store.ts';
import { createCustody, type SealableCustody } from '../custody/index.ts';
import { fileRootKeyProvider } from '../custody/root/file.ts';
import { passphraseFromFile, passphraseRootKeyProvider } from '../custody/root/passphrase.ts';
import type { RootKeyProvider } from '../custody/root/root-key.ts';
import { createIdentity } from '../identity/identity.ts';
import { openStore } from '../store/index.ts';
import { openAuditSigner } from './installation.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { Settings } from './settings.ts';

export interface House {
  readonly kms: Kms;
  readonly custody: SealableCustody;
  readonly auditLog: AuditLog & { storeCheckpoint(): Promise<void> };
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly logger: Logger;
  close(): Promise<void>;
}

export interface BuildOptions {
  readonly settings: Settings;
  readonly logger: Logger;
  /** For tests that move time. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** For tests that let the store fail: stands between the real one and everybody else. */
  readonly aroundStore?: ((store: Store) => Store) | undefined;
  /** The store's state is unknown: the process must not go on. */
  readonly onFatal: (error: unknown) => void;
}

/** Opens everything in the order in which it stands on one another. Nothing is left open when it throws. */
export async function buildHouse(options: BuildOptions): Promise<House> {
  const { settings, logger, clock = systemClock(), random = SYSTEM_RANDOM } = options;
  const opened = await openStore(settings.store, {
    dataDirectory: settings.dataDir,
    onFatal: options.onFatal,
  });
  const store = options.aroundStore?.(opened) ?? opened;
  try {
    const custody = createCustody({ store, clock, random, ...rootKeyProviders(settings, random) });
    await custody.unseal();
    const metrics = createMetrics();
    const signer = await openAuditSigner({ store, custody, random });
    const auditLog = await openAuditLog({ store, signer, clock, observe: metrics.countEntry });
    const identity = createIdentity({ store, custody, random });
    const kms: Kms = { store, custody, auditLog, identity, clock, random };
    return {
      kms,
      custody,
      auditLog,
      metrics,
      settings,
      logger,
      close: () => closeHouse(store, custody, auditLog),
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function closeHouse(
  store: Store,
  custody: SealableCustody,
  auditLog: House['auditLog'],
): Promise<void> {
  try {
    // A checkpoint at every stop: the next start proves that nothing was taken away meanwhile.
    await auditLog.storeCheckpoint();
  } finally {
    custody.seal();
    await store.close();
  }
}

/** The provider that makes root keys, and the others: they open what is left of a root key that is being replaced. */
function rootKeyProviders(
  settings: Settings,
  random: Random,
): { provider: RootKeyProvider; olderProviders: readonly RootKeyProvider[] } {
  const file = fileRootKeyProvider({ directory: settings.rootKeyDir, random });
  if (settings.rootPassphraseFile === undefined) return { provider: file, olderProviders: [] };
  const path = settings.rootPassphraseFile;
  const passphrase = passphraseRootKeyProvider({ readPassphrase: () => passphraseFromFile(path), random });
  return settings.rootKey === 'passphrase'
    ? { provider: passphrase, olderProviders: [file] }
    : { provider: file, olderProviders: [passphrase] };
}

/** Wall-clock time that never goes backwards within the process: audit entries and deadlines rely on it. */
function systemClock(): Clock {
  let latest = 0;
  return {
    now() {
      latest = Math.max(latest, Date.now());
      return latest;
    },
  };
}

const SYSTEM_RANDOM: Random = {
  bytes: count => randomBytes(count),
  uuid: () => randomUUID(),
};
