// The root key coming and going while the server runs (core/ports/sealing.ts): the first attempt, the next ones, shares, sealing on demand;
// and what lives only while the root key is there, opened and closed with it.

import type { Logger } from '../base/logger.ts';
import { Mutex } from '../base/mutex.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { RootKeyInUse, Sealing, SealState } from '../core/ports/sealing.ts';
import type { RootKeyRow } from '../core/ports/store.ts';
import type { SealableCustody } from '../custody/index.ts';
import { PIN_REFUSED } from '../custody/pkcs11/fault.ts';
import type { RootKeyProvider } from '../custody/root/root-key.ts';
import type { SharesProvider } from '../custody/root/shares.ts';
import type { CustodyStore } from '../custody/root-keys.ts';
import { type KmsError, toKmsError } from '../domain/errors.ts';

/** What needs the root key, and must not outlive it. */
export interface OpenWhileUnsealed {
  open(): Promise<void>;
  /** Never throws. */
  close(): Promise<void>;
}

export interface ServerSealing extends Sealing {
  readonly isOpen: boolean;
  /** The first attempt. Throws `sealed` when the root key is not to be had and will not be later either. */
  begin(): Promise<void>;
  /** Opens it now, if the root key is there, and from now on whenever it comes: in the order of attending, and closed in the reverse one. */
  attend(service: OpenWhileUnsealed): Promise<void>;
  /** No more attempts. */
  stop(): void;
}

export interface SealingParts {
  readonly store: CustodyStore;
  readonly custody: SealableCustody;
  readonly providers: readonly RootKeyProvider[];
  readonly shares: SharesProvider;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What must be there before a root key is made or opened, and is waited for while it throws `sealed`. */
  readonly first?: (() => Promise<void>) | undefined;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export function createSealing(parts: SealingParts): ServerSealing {
  const { store, custody, providers, shares, clock, logger, first = async () => undefined } = parts;
  const changes = new Mutex();
  const services: OpenWhileUnsealed[] = [];
  let isOpen = false;
  let reason: string | undefined;
  let retry: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined;
  let isStopping = false;
  let lacksFirst = true;

  async function rowsInUse(): Promise<readonly RootKeyRow[]> {
    return (await store.rootKeys.list()).filter(({ state }) => state !== 'retired');
  }

  const providerOf = ({ provider }: RootKeyRow): RootKeyProvider | undefined =>
    providers.find(({ name }) => name === provider);

  function endRetry(): void {
    clearTimeout(retry?.timer);
    retry = undefined;
  }

  /** Throws what keeps it sealed; then nothing is open. */
  async function open(): Promise<void> {
    if (isOpen) return;
    let hasRootKey = false;
    try {
      await first();
      lacksFirst = false;
      await custody.unseal();
      hasRootKey = true;
      for (const service of services) await service.open();
    } catch (thrown) {
      reason = toKmsError(thrown).message;
      // A root key that has come is given up again; what was given of one that has not come is kept.
      if (hasRootKey) await closeAll();
      throw thrown;
    }
    isOpen = true;
    reason = undefined;
    endRetry();
  }

  async function closeAll(): Promise<void> {
    isOpen = false;
    custody.seal();
    for (const service of services.toReversed()) await service.close();
  }

  /** Says why it is sealed, and what will be done about it. */
  async function waitFor(fault: KmsError, pauseMs: number): Promise<void> {
    // While the store does not even say which root key it is, it is tried again as well.
    const rows = await rowsInUse().catch(() => undefined);
    endRetry();
    const waitsForNothing = !lacksFirst && rows?.every(row => providerOf(row)?.whenSealed !== 'retry');
    if (isStopping || waitsForNothing || PIN_REFUSED in fault.details) {
      logger.log('warn', `sealed: ${fault.message}`, { code: fault.code });
      return;
    }
    logger.log('warn', `sealed, next attempt in ${pauseMs / 1_000} s: ${fault.message}`, {
      code: fault.code,
    });
    const next = { timer: setTimeout(() => void attempt(), pauseMs).unref(), at: clock.now() + pauseMs };
    retry = next;

    /** Nothing, if somebody has sealed or opened the server meanwhile. */
    async function attempt(): Promise<void> {
      try {
        await changes.run(async () => {
          if (retry === next) await open();
        });
        if (isOpen) logger.log('info', 'unsealed');
      } catch (thrown) {
        if (retry !== next) return;
        await waitFor(toKmsError(thrown), Math.min(LONGEST_PAUSE_MS, 2 * pauseMs));
      }
    }
  }

  async function state(): Promise<SealState> {
    const sealed = !isOpen;
    return { sealed, reason, nextAttemptAt: retry?.at, shares: shares.progress(await rowsInUse()) };
  }

  /** An attempt on demand. What is still missing is told by the state, whatever else is wrong is thrown. */
  async function tryNow(): Promise<SealState> {
    const wasOpen = isOpen;
    try {
      await changes.run(open);
      if (!wasOpen) logger.log('info', 'unsealed');
    } catch (thrown) {
      const fault = toKmsError(thrown);
      if (fault.code !== 'sealed') throw fault;
      await waitFor(fault, FIRST_PAUSE_MS);
    }
    return state();
  }

  return {
    get isOpen() {
      return isOpen;
    },

    async begin() {
      try {
        await changes.run(open);
      } catch (thrown) {
        const fault = toKmsError(thrown);
        const kinds = (await rowsInUse()).map(row => providerOf(row)?.whenSealed);
        if (fault.code !== 'sealed') throw thrown;
        if (!lacksFirst && kinds.every(kind => kind === undefined)) throw thrown;
        await waitFor(fault, FIRST_PAUSE_MS);
      }
    },

    async attend(service) {
      await changes.run(async () => {
        services.push(service);
        if (isOpen) await service.open();
      });
    },

    stop() {
      isStopping = true;
      endRetry();
    },

    state,

    async rootKeys() {
      const [rows, total] = await Promise.all([rowsInUse(), store.wrappingKeys.count()]);
      const current = rows.find(row => row.state === 'current')?.generation ?? 0;
      const older = await store.wrappingKeys.notWrappedBy(current, Math.max(1, total));
      const countOf = (generation: number): number =>
        generation === current
          ? total - older.length
          : older.filter(row => row.rootGeneration === generation).length;
      return rows.map(row => ({
        generation: row.generation,
        provider: row.provider,
        kept: providerOf(row)?.describe?.(row) ?? 'not configured',
        fingerprint: row.fingerprint,
        state: row.state === 'current' ? 'current' : 'retiring',
        wrappingKeys: countOf(row.generation),
      })) satisfies readonly RootKeyInUse[];
    },

    async giveShare(share) {
      if (share !== undefined && !(await shares.give(await rowsInUse(), share)).complete) return state();
      return tryNow();
    },

    async forgetShares() {
      shares.forgetShares();
      return state();
    },

    async seal() {
      await changes.run(async () => {
        endRetry();
        await closeAll();
        reason = 'An administrator has sealed the server. Open it by `keyhold unseal`.';
      });
      logger.log('warn', 'sealed on demand');
      return state();
    },

    async makeShares(sharing) {
      await first();
      const texts = await shares.prepare(sharing);
      const joined = new Uint8Array(texts.reduce((sum, text) => sum + text.length + 1, -1)).fill(BLANK);
      let at = 0;
      for (const text of texts) {
        joined.set(revealSecretBytes(text), at);
        at += text.length + 1;
        text[Symbol.dispose]();
      }
      return SecretBytes.own(joined);
    },
  };
}

const BLANK = 0x20;
