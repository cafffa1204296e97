// Rotation of the root key, docs/formats/root-key.md: a crash after any step leaves a state from which running it again completes. Every
// transaction looks before it writes, so two runners at once do no harm.

import type { Clock } from '../core/ports/clock.ts';
import type { RootKeyRow, StoreTransaction, WrappingKeyRow } from '../core/ports/store.ts';
import { rewrappedBy } from './project-keys.ts';
import { openRootKey, type RootKeyProvider } from './root/root-key.ts';
import { type CustodyStore, currentRow, type RequireUnswept, type RootKeys } from './root-keys.ts';

const BATCH_ROWS_MAX = 100;

export interface RotationProgress {
  readonly rewrapped: number;
  /** Wrapping keys in all, counted at the start. */
  readonly total: number;
}

export interface RotationSummary {
  /** The generation that wraps now, and who provides it. */
  readonly generation: number;
  readonly provider: string;
  /** False: an unfinished rotation was completed instead of beginning another one. */
  readonly begun: boolean;
}

export interface RotationOptions {
  /** Rows in one transaction. */
  readonly batchRowsMax?: number | undefined;
  readonly onProgress?: ((progress: RotationProgress) => void) | undefined;
}

export interface RotationParts {
  readonly store: CustodyStore;
  readonly roots: RootKeys;
}

export interface BeginningParts {
  readonly store: CustodyStore;
  readonly clock: Clock;
  readonly requireUnswept: RequireUnswept;
}

/**
 * Makes the next generation with the provider and puts it into service: from the commit on it wraps whatever is new, and the one
 * before is retiring. False, and nothing is done, while a rotation is unfinished.
 */
export async function beginRotation(
  { store, clock, requireUnswept }: BeginningParts,
  provider: RootKeyProvider,
): Promise<boolean> {
  const rows = await store.rootKeys.list();
  if (rows.some(isRetiring)) return false;
  const previous = currentRow(rows);
  const generation = previous.generation + 1;
  const { root, parameters, madeInTokenAt } = await provider.create(generation);
  const { fingerprint } = root;
  // It is opened by its row, as on every other node: a root key that could not be opened again must not come into service unseen.
  root.close();
  const row: RootKeyRow = {
    generation,
    provider: provider.name,
    parameters,
    fingerprint,
    state: 'current',
    createdAt: clock.now(),
  };
  (await openRootKey([provider], row)).close();
  return store.transaction(async tx => {
    // Another node may have been faster.
    if (currentRow(await tx.rootKeys.list()).generation !== previous.generation) return false;
    await requireUnswept(tx, madeInTokenAt);
    await tx.rootKeys.setState(previous.generation, 'retiring');
    await tx.rootKeys.insert(row);
    return true;
  });
}

/** Rewraps what an older generation still wraps, retires that generation and removes its key. Does nothing when nothing is left to do. */
export async function finishRotation(parts: RotationParts, options: RotationOptions): Promise<void> {
  const { store, roots } = parts;
  const { batchRowsMax = BATCH_ROWS_MAX, onProgress } = options;
  const total = await store.wrappingKeys.count();
  let rewrapped = 0;
  for (;;) {
    const { generation } = await roots.current(store);
    const rows = await store.wrappingKeys.notWrappedBy(generation, batchRowsMax);
    if (rows.length === 0 && (await store.transaction(retireUnused))) break;
    rewrapped += await rewrapBatch(parts, rows);
    onProgress?.({ rewrapped, total });
  }
  await roots.removeRetired(await store.rootKeys.list());
}

/** Wraps outside the transaction, which may wait for the store alone. */
async function rewrapBatch(
  { store, roots }: RotationParts,
  rows: readonly WrappingKeyRow[],
): Promise<number> {
  const to = await roots.current(store);
  const rewrapped = await Promise.all(
    rows.map(async row => rewrappedBy(to, await roots.of(row.rootGeneration), row)),
  );
  return store.transaction(async tx => {
    // Another rotation has begun meanwhile: what was made for this one is dropped.
    if (currentRow(await tx.rootKeys.list()).generation !== to.generation) return 0;
    for (const row of rewrapped) await tx.wrappingKeys.rewrap(row);
    return rewrapped.length;
  });
}

/** Transactions run one at a time, and a new row is wrapped by the current generation: what is unused here stays unused. */
async function retireUnused(tx: StoreTransaction): Promise<boolean> {
  const rows = await tx.rootKeys.list();
  const left = await tx.wrappingKeys.notWrappedBy(currentRow(rows).generation, 1);
  if (left.length > 0) return false;
  for (const row of rows.filter(isRetiring)) await tx.rootKeys.setState(row.generation, 'retired');
  return true;
}

function isRetiring({ state }: RootKeyRow): boolean {
  return state === 'retiring';
}
