// A claim on work that only one node may do, in the settings of the store. It is renewed while the work runs, and after a crash it runs out.

import type { Clock, Random } from '../core/ports/clock.ts';
import type { Store } from '../core/ports/store.ts';

const LEASE_MS = 60_000;

export interface LeaseParts {
  readonly store: Pick<Store, 'transaction'>;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Lease {
  /** Gives it back at once. Never throws: what cannot be given back runs out. */
  release(): Promise<void>;
}

/** Undefined while another one holds it. */
export async function takeLease(parts: LeaseParts, name: string): Promise<Lease | undefined> {
  const { store, clock, random } = parts;
  const holder = random.uuid();
  const setting = `lease.${name}`;

  /** False when somebody else holds it. */
  const hold = (durationMs: number): Promise<boolean> =>
    store.transaction(async tx => {
      const now = clock.now();
      const [other, until] = (await tx.settings.get(setting))?.split(' ') ?? [];
      if (other !== undefined && other !== holder && Number(until) > now) return false;
      await tx.settings.put(setting, `${holder} ${now + durationMs}`);
      return true;
    });

  if (!(await hold(LEASE_MS))) return undefined;
  // A renewal that fails leaves two more before it runs out, and the work itself fails with the store.
  const renewal = setInterval(() => void hold(LEASE_MS).catch(() => false), LEASE_MS / 3).unref();
  return {
    async release() {
      clearInterval(renewal);
      await hold(0).catch(() => false);
    },
  };
}
