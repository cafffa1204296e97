// The generations of the root key that are open in this process. Which one is current is always read from the store: another node may
// have rotated it.

import { must } from '../base/assert.ts';
import type { RootKeyRow, Store, StoreReads } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import { openRootKey, type RootKey, type RootKeyProvider } from './root/root-key.ts';

/** What custody keeps in the store, and all that it asks of it. */
export type CustodyStore = Pick<Store, 'rootKeys' | 'wrappingKeys' | 'transaction'>;

type RootKeyReads = Pick<StoreReads, 'rootKeys'>;

export interface CurrentRootKey {
  readonly generation: number;
  readonly root: RootKey;
}

export class RootKeys {
  readonly #store: RootKeyReads;
  readonly #providers: RootKeyProvider[];
  readonly #open = new Map<number, RootKey>();

  constructor(store: RootKeyReads, providers: readonly RootKeyProvider[]) {
    this.#store = store;
    this.#providers = [...providers];
  }

  /** Makes another provider known, for a rotation onto it. */
  addProvider(provider: RootKeyProvider): void {
    if (!this.#providers.includes(provider)) this.#providers.push(provider);
  }

  /** Opens every generation that still wraps. Throws `sealed` when one cannot be had. */
  async openAll(rows: readonly RootKeyRow[]): Promise<void> {
    for (const row of rows) if (row.state !== 'retired') await this.#opened(row);
  }

  /** The generation that wraps now, as these reads (of a transaction, where it matters) see it. */
  async current(reads: RootKeyReads): Promise<CurrentRootKey> {
    const row = currentRow(await reads.rootKeys.list());
    return { generation: row.generation, root: await this.#opened(row) };
  }

  async of(generation: number): Promise<RootKey> {
    const open = this.#open.get(generation);
    if (open !== undefined) return open;
    const rows = await this.#store.rootKeys.list();
    const row = rows.find(candidate => candidate.generation === generation);
    return this.#opened(must(row, `root key generation ${generation} has a row`));
  }

  /** Takes over a root key that was just made. */
  add(generation: number, root: RootKey): void {
    this.close(generation);
    this.#open.set(generation, root);
  }

  /** Closes what is retired and removes what its provider keeps of it. Repeatable. */
  async removeRetired(rows: readonly RootKeyRow[]): Promise<void> {
    for (const row of rows.filter(({ state }) => state === 'retired')) {
      this.close(row.generation);
      for (const provider of this.#providers) if (provider.name === row.provider) await provider.remove(row);
    }
  }

  close(generation: number): void {
    this.#open.get(generation)?.close();
    this.#open.delete(generation);
  }

  closeAll(): void {
    for (const generation of [...this.#open.keys()]) this.close(generation);
  }

  async #opened(row: RootKeyRow): Promise<RootKey> {
    const open = this.#open.get(row.generation);
    if (open !== undefined) return open;
    const root = await openRootKey(this.#providers, row);
    this.add(row.generation, root);
    return root;
  }
}

export function currentRow(rows: readonly RootKeyRow[]): RootKeyRow {
  const current = rows.filter(({ state }) => state === 'current');
  if (current.length === 1 && current[0] !== undefined) return current[0];
  throw new KmsError(
    'sealed',
    `The database names ${current.length} current root keys; there must be exactly one.`,
  );
}
