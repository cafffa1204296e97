// The wrapping keys of the projects: made, opened under the root key, and cached open.

import { createSecretKey } from 'node:crypto';
import { assert, must } from '../base/assert.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { Clock, Random } from '../core/ports/clock.ts';
import type { StoreTransaction, WrappingKeyRow } from '../core/ports/store.ts';
import { KeyCache, type KeyCacheLimits } from './key-cache.ts';
import type { RootKey } from './root/root-key.ts';
import type { CurrentRootKey, CustodyStore, RootKeys } from './root-keys.ts';
import { projectKeyBinding, WRAPPING_KEY_BYTES, type WrappingKey } from './wrapping.ts';

const FIRST_GENERATION = 1;

export interface ProjectKeysOptions {
  readonly store: CustodyStore;
  readonly roots: RootKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: KeyCacheLimits;
}

export class ProjectKeys {
  readonly #store: CustodyStore;
  readonly #roots: RootKeys;
  readonly #random: Random;
  /** Every generation of a project, the latest first. */
  readonly #cache: KeyCache<readonly WrappingKey[]>;

  constructor({ store, roots, clock, random, limits }: ProjectKeysOptions) {
    this.#store = store;
    this.#roots = roots;
    this.#random = random;
    this.#cache = new KeyCache(limits, clock);
  }

  /** Throws `alreadyExists` when the project has one. */
  async create(tx: StoreTransaction, projectId: string, at: number): Promise<void> {
    // Asked within the transaction: a root key that has been retired meanwhile must not wrap another row.
    const current = await this.#roots.current(tx);
    await tx.wrappingKeys.insert(await newWrappingKey(current, this.#random, projectId, at));
  }

  /** The key that wraps what is new. */
  async latest(projectId: string): Promise<WrappingKey> {
    const [latest] = await this.#all(projectId);
    return must(latest, `project ${projectId} has a wrapping key`);
  }

  /** The key of one generation; undefined when there is none. */
  async find(projectId: string, generation: number): Promise<WrappingKey | undefined> {
    const cached = (await this.#all(projectId)).find(key => key.generation === generation);
    if (cached !== undefined) return cached;
    // Another node may have made it since.
    this.#cache.forget(projectId);
    return (await this.#all(projectId)).find(key => key.generation === generation);
  }

  clear(): void {
    this.#cache.clear();
  }

  #all(projectId: string): Promise<readonly WrappingKey[]> {
    return this.#cache.load(projectId, async () => {
      const rows = await this.#rows(projectId);
      try {
        return await Promise.all(rows.map(row => this.#opened(row)));
      } catch (thrown) {
        // A rotation may have rewrapped the rows since they were read, and taken their root key away.
        const now = await this.#rows(projectId);
        if (now.every((row, at) => row.rootGeneration === rows[at]?.rootGeneration)) throw thrown;
        return Promise.all(now.map(row => this.#opened(row)));
      }
    });
  }

  async #rows(projectId: string): Promise<readonly WrappingKeyRow[]> {
    const rows = await this.#store.wrappingKeys.ofProject(projectId);
    assert(rows.length > 0, `project ${projectId} has a wrapping key`);
    return rows;
  }

  async #opened(row: WrappingKeyRow): Promise<WrappingKey> {
    const root = await this.#roots.of(row.rootGeneration);
    using bytes = await root.unwrap(row.wrapped, projectKeyBinding(row.projectId, row.generation));
    assert(bytes.length === WRAPPING_KEY_BYTES, 'a project wrapping key has 32 bytes');
    return { generation: row.generation, key: createSecretKey(revealSecretBytes(bytes)) };
  }
}

export async function newWrappingKey(
  { generation: rootGeneration, root }: CurrentRootKey,
  random: Random,
  projectId: string,
  createdAt: number,
): Promise<WrappingKeyRow> {
  using material = SecretBytes.own(random.bytes(WRAPPING_KEY_BYTES));
  const wrapped = await root.wrap(material, projectKeyBinding(projectId, FIRST_GENERATION));
  return { projectId, generation: FIRST_GENERATION, rootGeneration, wrapped, createdAt };
}

/** The same wrapping key under another generation of the root key. */
export async function rewrappedBy(
  to: CurrentRootKey,
  from: RootKey,
  row: WrappingKeyRow,
): Promise<WrappingKeyRow> {
  const binding = projectKeyBinding(row.projectId, row.generation);
  using material = await from.unwrap(row.wrapped, binding);
  return { ...row, rootGeneration: to.generation, wrapped: await to.root.wrap(material, binding) };
}
