// Work that one node does at a time, by a lease in the settings of the store. Who holds it by a claim of the store is known to be gone
// as soon as the claim is free, so that nobody waits for a process that was killed; whatever else has stopped lets the lease run out. Both
// can err, about a node that was cut off or stood still: what must not happen beside another's work asks the lease in its transaction.

import type { Clock, Random } from '../core/ports/clock.ts';
import type { Store, StoreReads } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';

const LEASE_MS = 30_000;
/** Ends the row of a holder who is gone as soon as the claim of this name is free. */
const CLAIMED = ' claimed';

export interface LeaseParts {
  readonly store: Pick<Store, 'transaction' | 'claim'>;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Lease {
  /** Throws `conflict` when another node has taken it over. Final in a transaction alone. */
  require(reads: Pick<StoreReads, 'settings'>): Promise<void>;
  /** Gives it back at once. Never throws: what cannot be given back runs out. */
  release(): Promise<void>;
}

/** Undefined while another one holds it. */
export async function takeLease(parts: LeaseParts, name: string): Promise<Lease | undefined> {
  const { store, clock, random } = parts;
  const claim = await store.claim(name);
  const holder = random.uuid();
  const setting = `lease.${name}`;

  /** False, and nothing is written, when the row does not allow it. */
  const hold = (
    durationMs: number,
    allows: (row: string | undefined, now: number) => boolean,
  ): Promise<boolean> =>
    store.transaction(async tx => {
      const now = clock.now();
      if (!allows(await tx.settings.get(setting), now)) return false;
      await tx.settings.put(setting, `${holder} ${now + durationMs}${claim === undefined ? '' : CLAIMED}`);
      return true;
    });
  const isMine = (row: string | undefined): boolean => row?.startsWith(`${holder} `) === true;
  const isFree = (row: string | undefined, now: number): boolean => {
    const [, until] = row?.split(' ') ?? [];
    return (
      until === undefined || Number(until) <= now || (claim !== undefined && row?.endsWith(CLAIMED) === true)
    );
  };

  let held = false;
  try {
    held = await hold(LEASE_MS, isFree);
  } finally {
    if (!held) await claim?.release();
  }
  if (!held) return undefined;
  // A renewal that fails leaves two more before it runs out, and the work itself fails with the store.
  const renewal = setInterval(() => void hold(LEASE_MS, isMine).catch(() => false), LEASE_MS / 3).unref();
  return {
    async require(reads) {
      if (isMine(await reads.settings.get(setting))) return;
      throw new KmsError('conflict', 'Another node has taken this work over, since this one seemed gone.');
    },
    async release() {
      clearInterval(renewal);
      await hold(0, isMine).catch(() => false);
      await claim?.release();
    },
  };
}
