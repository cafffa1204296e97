// The one place where ports meet implementations.

import { openAuditLog } from '../audit/log.ts';
import type { Logger } from '../base/logger.ts';
import type { Kms } from '../core/kms.ts';
import type { AuditLog } from '../core/ports/audit-log.ts';
import type { Clock, Random } from '../core/ports/clock.ts';
import type { Store } from '../core/ports/store.ts';
import { OpenStreams } from '../core/streams.ts';
import { createCustody, type SealableCustody } from '../custody/index.ts';
import { createIdentity } from '../identity/identity.ts';
import { openStore } from '../store/index.ts';
import { type Authority, createAuthority } from './authority.ts';
import { requireNoUnfinishedRestore } from './backup/restore-marker.ts';
import { openAuditSigner } from './installation.ts';
import { createMaintenance } from './maintenance.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { PROTOCOLS } from './protocols.ts';
import { rootKeyProviders } from './root-key-providers.ts';
import type { Settings } from './settings.ts';
import { SYSTEM_RANDOM, systemClock } from './time-and-chance.ts';

export interface House {
  readonly kms: Kms;
  readonly custody: SealableCustody;
  readonly auditLog: AuditLog & { storeCheckpoint(): Promise<void> };
  readonly authority: Authority;
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
  requireNoUnfinishedRestore(settings.dataDir);
  const opened = await openStore(settings.store, {
    dataDirectory: settings.dataDir,
    onFatal: options.onFatal,
  });
  const store = options.aroundStore?.(opened) ?? opened;
  try {
    const providers = rootKeyProviders(settings, random, clock);
    const custody = createCustody({ store, clock, random, ...providers });
    await custody.unseal();
    const metrics = createMetrics();
    const signer = await openAuditSigner({ store, custody, random });
    const auditLog = await openAuditLog({ store, signer, clock, observe: metrics.countEntry });
    const identity = createIdentity({ store, custody, random });
    const reservedNames = PROTOCOLS.flatMap(protocol => protocol.reservedNames ?? []);
    const authority = createAuthority({ store, custody, random }, () => clock.now());
    const streams = new OpenStreams({ clock, random });
    const parts: Kms = {
      store,
      custody,
      auditLog,
      identity,
      authority,
      clock,
      random,
      streams,
      reservedNames,
    };
    const maintenance = createMaintenance({
      kms: parts,
      custody,
      signer,
      rootKey: { providers: [providers.provider, ...providers.olderProviders], clock, random },
      dataDir: settings.dataDir,
    });
    const kms: Kms = { ...parts, maintenance };
    return {
      kms,
      custody,
      auditLog,
      authority,
      metrics,
      settings,
      logger,
      async close() {
        await maintenance.stop();
        await closeHouse(store, custody, auditLog);
      },
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
