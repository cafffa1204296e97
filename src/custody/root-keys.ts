// The generations of the root key that are open in this process. Which one is current is always read from the store: another node may
// have rotated it.

import { must } from '../base/assert.ts';
import type { RootKeyRow, Store, StoreReads, StoreTransaction } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import { openRootKey, type RootKey, type RootKeyProvider } from './root/root-key.ts';

/** What custody keeps in the store, and all that it asks of it: of keys those alone by which it wraps. */
export type CustodyStore = Pick<Store, 'rootKeys' | 'wrappingKeys' | 'transaction'> & {
  readonly names: Pick<Store['names'], 'find'>;
  readonly keys: Pick<Store['keys'], 'findWithVersion'>;
};

/** Throws `conflict` when a sweep of the token may have erased what was made at that instant. */
export type RequireUnswept = (tx: StoreTransaction, madeInTokenAt: number | undefined) => Promise<void>;

type RootKeyReads = Pick<StoreReads, 'rootKeys'>;

export interface CurrentRootKey {
  readonly generation: number;
  readonly root: RootKey;
}

export class RootKeys {
  readonly #store: RootKeyReads;
  readonly #providers: RootKeyProvider[];
  /** Opened or being opened: who asks meanwhile waits for the same one. */
  readonly #open = new Map<number, Promise<RootKey>>();
  /** The names of the providers of what is open. */
  readonly #inUse = new Set<string>();
  #sealed = true;

  constructor(store: RootKeyReads, providers: readonly RootKeyProvider[]) {
    this.#store = store;
    this.#providers = [...providers];
  }

  /** Makes another provider known, for a rotation onto it. */
  addProvider(provider: RootKeyProvider): void {
    if (!this.#providers.includes(provider)) this.#providers.push(provider);
  }

  /** Opens every generation that still wraps. Throws `sealed` when one cannot be had, and then none is left open. */
  async unseal(rows: readonly RootKeyRow[]): Promise<void> {
    this.#sealed = false;
    try {
      for (const row of rows) if (row.state !== 'retired') await this.#opened(row);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
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

  /** Why what is open cannot be used now. */
  refusal(): KmsError | undefined {
    for (const provider of this.#providers) {
      const refusal = this.#inUse.has(provider.name) ? provider.refusal?.() : undefined;
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /**
   * Closes what is retired and removes what its provider keeps of it. Repeatable, and repeated with each start: every node has files of its own,
   * and a copy that was put back goes again.
   */
  async removeRetired(rows: readonly RootKeyRow[]): Promise<void> {
    for (const row of rows.filter(({ state }) => state === 'retired')) {
      this.#close(row.generation);
      for (const provider of this.#providers) if (provider.name === row.provider) await provider.remove(row);
    }
  }

  /** Closes every generation, and opens none until the next {@link unseal}. Nothing of a root key stays, with its provider neither. */
  seal(): void {
    this.close();
    for (const provider of this.#providers) provider.forget?.();
  }

  /** The same, and what providers hold stays with them: others may use them, and the rest of a root key may come later. */
  close(): void {
    this.#sealed = true;
    this.#inUse.clear();
    for (const generation of [...this.#open.keys()]) this.#close(generation);
  }

  #opened(row: RootKeyRow): Promise<RootKey> {
    if (this.#sealed) return Promise.reject(sealed());
    const open = this.#open.get(row.generation);
    if (open !== undefined) return open;
    const opening = openRootKey(this.#providers, row);
    this.#open.set(row.generation, opening);
    this.#inUse.add(row.provider);
    // A failure is not remembered: the root key may come later.
    opening.catch(() => {
      if (this.#open.get(row.generation) === opening) this.#open.delete(row.generation);
    });
    return opening;
  }

  #close(generation: number): void {
    const open = this.#open.get(generation);
    this.#open.delete(generation);
    open?.then(
      root => root.close(),
      () => {},
    );
  }
}

/** The refusal of everything while the root key is not open. */
export function sealed(): KmsError {
  const message =
    'The server is sealed: its root key is not there yet. Try again later; /ready says what it waits for.';
  return new KmsError('sealed', message);
}

export function currentRow(rows: readonly RootKeyRow[]): RootKeyRow {
  const current = rows.filter(({ state }) => state === 'current');
  if (current.length === 1 && current[0] !== undefined) return current[0];
  throw new KmsError(
    'sealed',
    `The database names ${current.length} current root keys; there must be exactly one.`,
  );
}
