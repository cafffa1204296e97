// What keeps a sweep of the token away from keys that are being made. Objects are made before the row that names them is stored, so an
// object without a row may be an orphan or a key to be. Both sides meet in one instant that the store keeps: objects that were made before
// it may be erased, and no row that names such an object is stored any more. Transactions run one at a time, so one of the two comes first.

import { KmsError } from '../domain/errors.ts';
import type { WrappedMaterial } from './ports/custody.ts';
import type { StoreTransaction } from './ports/store.ts';

/** Longer than a key takes to be made. One that takes longer meets the sweep, and is refused. */
const SWEEP_AGE_MS = 60_000;

const SWEPT_BEFORE = 'hardware.sweptBefore';

/**
 * Says that what was made more than a minute before `at` may be erased once this transaction is committed. Returns the instant, which never
 * goes back.
 */
export async function beginSweep(tx: StoreTransaction, at: number): Promise<number> {
  const before = await sweptBefore(tx);
  const now = Math.max(before, at - SWEEP_AGE_MS);
  if (now !== before) await tx.settings.put(SWEPT_BEFORE, String(now));
  return now;
}

/** What a row keeps of new material: whoever stores it asks here. Throws `conflict` when its objects may have been erased meanwhile. */
export async function unswept(
  tx: Pick<StoreTransaction, 'settings'>,
  { madeInTokenAt, ...kept }: WrappedMaterial,
): Promise<Omit<WrappedMaterial, 'madeInTokenAt'>> {
  await requireUnswept(tx, madeInTokenAt);
  return kept;
}

/** The same of whatever else is made in the token. Undefined: nothing was. */
export async function requireUnswept(
  tx: Pick<StoreTransaction, 'settings'>,
  madeInTokenAt: number | undefined,
): Promise<void> {
  if (madeInTokenAt === undefined || madeInTokenAt >= (await sweptBefore(tx))) return;
  const message =
    'The new key has taken so long that its objects in the token were swept away. Make it again.';
  throw new KmsError('conflict', message);
}

async function sweptBefore(tx: Pick<StoreTransaction, 'settings'>): Promise<number> {
  return Number((await tx.settings.get(SWEPT_BEFORE)) ?? 0);
}
