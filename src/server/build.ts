// The one place where ports meet implementations.

import { openAuditLog } from '../audit/log.ts';
import { must } from '../base/assert.ts';
import { decodeUtf8 } from '../base/bytes.ts';
import type { Logger } from '../base/logger.ts';
import { revealSecretBytes } from '../base/secret-bytes.ts';
import { requireUnswept } from '../core/hardware-sweep.ts';
import type { Kms } from '../core/kms.ts';
import type { AuditLog } from '../core/ports/audit-log.ts';
import type { Clock, Random } from '../core/ports/clock.ts';
import type { RandomSource } from '../core/ports/random-source.ts';
import type { Store } from '../core/ports/store.ts';
import { OWN_NAMES } from '../core/reserved-names.ts';
import { OpenStreams } from '../core/streams.ts';
import { createCustody, type SealableCustody } from '../custody/index.ts';
import type { Token } from '../custody/pkcs11/token.ts';
import { KmsError } from '../domain/errors.ts';
import { createIdentity } from '../identity/identity.ts';
import { openStore } from '../store/index.ts';
import { type Authority, createAuthority } from './authority.ts';
import { requireNoUnfinishedRestore } from './backup/restore-marker.ts';
import { deviceRandom } from './device-random.ts';
import { installationId, openAuditSigner } from './installation.ts';
import { createMaintenance } from './maintenance.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { type MixedRandom, mixedRandom, type RandomSourceState } from './mixed-random.ts';
import { PROTOCOLS } from './protocols.ts';
import { renewable } from './renewable.ts';
import { rootKeyProviders } from './root-key-providers.ts';
import { createSealing, type ServerSealing } from './sealing.ts';
import type { Settings } from './settings.ts';
import { TOKEN_SOURCE } from './settings-table.ts';
import { SYSTEM_RANDOM, systemClock } from './time-and-chance.ts';
import { closeTokens, tokensOf } from './token.ts';
import { createTokenAuthority } from './token-authority.ts';
import { tokenRandom } from './token-random.ts';

export interface House {
  readonly kms: Kms;
  readonly custody: SealableCustody;
  readonly auditLog: AuditLog & { storeCheckpoint(): Promise<void> };
  readonly authority: Authority;
  readonly sealing: ServerSealing;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly logger: Logger;
  /** Undefined where random bytes are the system's alone. */
  readonly randomSource: (() => RandomSourceState) | undefined;
  close(): Promise<void>;
}

export interface FirstShares {
  readonly sharing: { readonly parts: number; readonly threshold: number };
  /** Sees one share in each line, before anything depends on them. */
  show(text: string): void;
}

export interface BuildOptions {
  readonly settings: Settings;
  readonly logger: Logger;
  /** For tests that move time. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** For tests that let the store fail: stands between the real one and everybody else. */
  readonly aroundStore?: ((store: Store) => Store) | undefined;
  /** For a new installation whose root key is in shares. */
  readonly firstShares?: FirstShares | undefined;
  /** The store's state is unknown: the process must not go on. */
  readonly onFatal: (error: unknown) => void;
}

/** Opens everything in the order in which it stands on one another. Nothing is left open when it throws. */
export async function buildHouse(options: BuildOptions): Promise<House> {
  const { settings, logger, clock = systemClock() } = options;
  requireNoUnfinishedRestore(settings.dataDir);
  const opened = await openStore(settings.store, {
    dataDirectory: settings.dataDir,
    onFatal: options.onFatal,
  });
  const store = options.aroundStore?.(opened) ?? opened;
  const tokens = tokensOf(settings, clock);
  const { token } = tokens;
  let mixed: MixedRandom | undefined;
  try {
    const source = randomSourceOf(settings, token);
    mixed = source && mixedRandom({ system: SYSTEM_RANDOM, source, clock, logger });
    const random = options.random ?? mixed ?? SYSTEM_RANDOM;
    const idOfInstallation = () => installationId({ store, random });
    const { provider, olderProviders, shares } = rootKeyProviders(
      settings,
      random,
      clock,
      tokens,
      idOfInstallation,
    );
    const providers = [provider, ...olderProviders];
    const hardware = token && { token, installationId: idOfInstallation };
    const custody = createCustody({
      ...{ store, clock, random, provider, olderProviders, hardware },
      requireUnswept,
    });
    const sealing = createSealing({ store, custody, providers, shares, clock, logger, first: mixed?.begin });
    if (options.firstShares !== undefined) await showFirstShares(options.firstShares, store, sealing);
    await sealing.begin();
    const metrics = createMetrics();
    const auditLog = await openAuditLog({ store, clock, observe: metrics.countEntry });
    const identity = renewable(() => createIdentity({ store, custody, random }));
    const reservedNames = [...PROTOCOLS.flatMap(protocol => protocol.reservedNames ?? []), OWN_NAMES];
    const authority = renewable(() => createAuthority({ store, custody, random }, () => clock.now()));
    await sealing.attend({
      // First of all, the log proves to be whole: before that nothing is done under the root key.
      open: async () => auditLog.beginSigning(await openAuditSigner({ store, custody, random })),
      async close() {
        auditLog.stopSigning();
        identity.renew();
        authority.renew();
      },
    });
    const tokenAuthority = createTokenAuthority(settings.keystone, clock, logger);
    const streams = new OpenStreams({ clock, random });
    const parts: Kms = {
      store,
      custody: {
        ...custody,
        requireReady() {
          custody.requireReady();
          auditLog.requireSigner();
        },
      },
      auditLog,
      identity: identity.face,
      authority: authority.face,
      sealing,
      tokenAuthority,
      clock,
      random,
      streams,
      reservedNames,
      replacers: new Map(
        PROTOCOLS.flatMap(({ name, replaceDue }) => (replaceDue === undefined ? [] : [[name, replaceDue]])),
      ),
    };
    const maintenance = createMaintenance({
      kms: parts,
      custody,
      openSigner: () => openAuditSigner({ store, custody, random }),
      rootKey: { providers, clock, random },
      dataDir: settings.dataDir,
    });
    const kms: Kms = { ...parts, maintenance };
    return {
      kms,
      custody,
      auditLog,
      authority: authority.face,
      sealing,
      metrics,
      settings,
      logger,
      randomSource: mixed?.state,
      async close() {
        sealing.stop();
        await maintenance.stop();
        await closeHouse(store, custody, auditLog);
        mixed?.stop();
        await closeTokens(tokens);
      },
    };
  } catch (error) {
    mixed?.stop();
    await closeTokens(tokens);
    await opened.close();
    throw error;
  }
}

function randomSourceOf(
  { randomSource: name }: Settings,
  token: Token | undefined,
): RandomSource | undefined {
  if (name === undefined) return undefined;
  if (name !== TOKEN_SOURCE) return deviceRandom(name);
  return tokenRandom(must(token, 'the settings name a token where its random bytes are asked for'));
}

async function showFirstShares(
  { sharing, show }: FirstShares,
  store: Store,
  sealing: ServerSealing,
): Promise<void> {
  if ((await store.rootKeys.list()).length > 0) {
    const message =
      'There is an installation already. Its root key comes into shares by `keyhold root rekey`, while its server runs.';
    throw new KmsError('conflict', message);
  }
  using shares = await sealing.makeShares(sharing);
  show(decodeUtf8(revealSecretBytes(shares)).replaceAll(' ', '\n'));
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
