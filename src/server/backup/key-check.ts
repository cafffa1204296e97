// Shows with the root key at hand that what a backup has wrapped opens again, docs/formats/backup.md "Verifying". It opens root keys as
// their rows say and changes nothing: retired ones stay where they are kept. No opened key leaves this file.

import { BrokenInvariant } from '../../base/assert.ts';
import type { Bytes } from '../../base/bytes.ts';
import type { Clock, Random } from '../../core/ports/clock.ts';
import type { RootKeyRow, SnapshotRow, WrappingKeyRow } from '../../core/ports/store.ts';
import { ProjectKeys } from '../../custody/project-keys.ts';
import type { RootKeyProvider } from '../../custody/root/root-key.ts';
import { type CustodyStore, currentRow, RootKeys } from '../../custody/root-keys.ts';
import { unwrapSecret } from '../../custody/secrets.ts';
import { SYSTEM_PROJECT_ID } from '../../custody/wrapping.ts';
import { bytesIn, damaged, integerIn, sealLabel, textIn } from './format.ts';

export interface RootKeyAccess {
  readonly providers: readonly RootKeyProvider[];
  readonly clock: Clock;
  readonly random: Random;
}

/** Nothing is asked twice: the cache is there because custody has one. */
const KEPT = { entriesMax: 1, lifetimeMs: 1_000 };

export class KeyCheck implements Disposable {
  readonly #roots: RootKeys;
  readonly #projectKeys: ProjectKeys;
  readonly #rootRows: RootKeyRow[] = [];
  #systemKeys: WrappingKeyRow[] = [];
  /** The wrapping keys of one project, which stand together. */
  #group: WrappingKeyRow[] = [];
  #projects = 0;
  #wrappedProjects = 0;
  #opened = 0;

  constructor({ providers, clock, random }: RootKeyAccess) {
    const store = this.#passingRows();
    this.#roots = new RootKeys(store, providers);
    this.#projectKeys = new ProjectKeys({ store, roots: this.#roots, clock, random, limits: KEPT });
  }

  /**
   * Sees every row in the order of a backup. Throws `sealed` when the root key is missing or another one, `invalidInput` for keys that do not
   * open.
   */
  async take(table: string, row: SnapshotRow): Promise<void> {
    if (table === 'root_keys') this.#rootRows.push(rootKeyOf(row));
    else if (table === 'projects') this.#projects += 1;
    else if (table === 'wrapping_keys') {
      const key = wrappingKeyOf(row);
      if (this.#group[0] !== undefined && this.#group[0].projectId !== key.projectId) await this.#openGroup();
      this.#group.push(key);
    }
  }

  /** How many wrapping keys have opened. Throws as `take` does, and when the seal is not of these bytes. */
  async finish(seal: Bytes, sealedSha256: string): Promise<number> {
    await this.#openGroup();
    currentRow(this.#rootRows);
    if (this.#wrappedProjects !== this.#projects + 1 || this.#systemKeys.length === 0) {
      throw damaged('not every project has a wrapping key');
    }
    try {
      using _ = await unwrapSecret(this.#projectKeys, undefined, sealLabel(sealedSha256), seal);
    } catch (cause) {
      throw damaged(
        'the seal does not open: it was written or changed by somebody without the root key',
        cause,
      );
    }
    return this.#opened;
  }

  [Symbol.dispose](): void {
    this.#projectKeys.clear();
    this.#roots.close();
  }

  async #openGroup(): Promise<void> {
    const [first] = this.#group;
    if (first === undefined) return;
    await this.#roots.unseal(this.#rootRows);
    if (first.projectId === SYSTEM_PROJECT_ID) this.#systemKeys = this.#group;
    try {
      await this.#projectKeys.latest(first.projectId);
    } catch (cause) {
      throw damaged(`the wrapping key of project ${first.projectId} does not open`, cause);
    }
    this.#wrappedProjects += 1;
    this.#opened += this.#group.length;
    this.#group = [];
  }

  /** The tables of custody as far as they have passed. */
  #passingRows(): CustodyStore {
    return {
      rootKeys: { list: async () => this.#rootRows },
      wrappingKeys: {
        ofProject: async projectId =>
          (projectId === SYSTEM_PROJECT_ID ? this.#systemKeys : this.#group).toSorted(
            (left, right) => right.generation - left.generation,
          ),
        notWrappedBy: async () => [],
        count: async () => this.#opened,
      },
      // Project keys alone are opened here.
      names: { find: unread },
      keys: { findWithVersion: unread },
      transaction: () => unchanging(),
    };
  }
}

function unread(): never {
  throw new BrokenInvariant('checking wrapping keys reads no others');
}

function unchanging(): never {
  throw new BrokenInvariant('checking keys changes nothing');
}

function rootKeyOf(row: SnapshotRow): RootKeyRow {
  const state = textIn(row, 'state');
  if (state !== 'current' && state !== 'retiring' && state !== 'retired') {
    throw damaged(`a root key has the state ${state}`);
  }
  return {
    generation: integerIn(row, 'generation'),
    provider: textIn(row, 'provider'),
    parameters: textIn(row, 'parameters'),
    fingerprint: textIn(row, 'fingerprint'),
    state,
    createdAt: integerIn(row, 'created_at'),
  };
}

function wrappingKeyOf(row: SnapshotRow): WrappingKeyRow {
  return {
    projectId: textIn(row, 'project_id'),
    generation: integerIn(row, 'generation'),
    rootGeneration: integerIn(row, 'root_generation'),
    wrapped: bytesIn(row, 'wrapped'),
    createdAt: integerIn(row, 'created_at'),
  };
}
