// Recomputes the audit log from its rows as they pass, docs/formats/backup.md "Verifying": entries, tiles and head must be those of one
// tree. Memory does not grow with the log.

import { createHash, type Hash } from 'node:crypto';
import type { Checkpoint } from '../../audit/checkpoint.ts';
import { readLeaf } from '../../audit/leaf.ts';
import { EMPTY_LOG_HEAD, growLog, type LogHead } from '../../audit/log-head.ts';
import { leafHash, rootOf, serializeFrontier } from '../../audit/merkle.ts';
import { type Bytes, equalBytes, uint64 } from '../../base/bytes.ts';
import type { SnapshotRow } from '../../core/ports/store.ts';
import type { KmsError } from '../../domain/errors.ts';
import { bytesIn, integerIn } from './format.ts';

/** Leaves that grow the tree at once: one tile. */
const BATCH_LEAVES = 256;

/** Size and root of a tree. */
export type LogRoot = Omit<Checkpoint, 'origin'>;

export class LogCheck {
  readonly #fault: (problem: string) => KmsError;
  readonly #promised: LogRoot | undefined;
  #head: LogHead = EMPTY_LOG_HEAD;
  #pending: Bytes[] = [];
  #storedHead: Bytes | undefined;
  readonly #computedTiles = new Map<number, Hash>();
  readonly #storedTiles = new Map<number, Hash>();

  /** `fault` makes the error for a problem. `promised` is a tree that this one must contain, such as that of a checkpoint signed before. */
  constructor(fault: (problem: string) => KmsError, promised?: LogRoot | undefined) {
    this.#fault = fault;
    this.#promised = promised;
  }

  /** Sees every row in the order of a backup. Throws the fault for an entry that is none or not the next one. */
  take(table: string, row: SnapshotRow): void {
    if (table === 'log_entries') this.#takeEntry(row);
    else if (table === 'log_head') this.#storedHead = bytesIn(row, 'head');
    else if (table === 'log_tiles') {
      addTile(this.#storedTiles, {
        level: integerIn(row, 'level'),
        index: integerIn(row, 'tile_index'),
        hashes: bytesIn(row, 'hashes'),
      });
    }
  }

  /** The tree of all entries. Throws the fault when head or tiles are of another one, or the promised tree is not within. */
  finish(): LogRoot {
    this.#grow();
    const { frontier } = this.#head;
    if (this.#promised !== undefined && this.#promised.size > frontier.size) {
      throw this.#fault(`the audit log has ${frontier.size} entries, and ${this.#promised.size} are signed`);
    }
    const noHead = this.#storedHead === undefined && frontier.size === 0;
    if (!noHead && !equalBytes(this.#storedHead ?? new Uint8Array(0), serializeFrontier(frontier))) {
      throw this.#fault('the entries of the audit log are not those that its head counts');
    }
    for (const level of new Set([...this.#computedTiles.keys(), ...this.#storedTiles.keys()])) {
      const computed = this.#computedTiles.get(level)?.digest('hex');
      if (computed !== this.#storedTiles.get(level)?.digest('hex')) {
        throw this.#fault(`the tiles of level ${level} are not those of the entries of the audit log`);
      }
    }
    return { size: frontier.size, rootHash: rootOf(frontier) };
  }

  #takeEntry(row: SnapshotRow): void {
    const index = this.#head.frontier.size + this.#pending.length;
    if (integerIn(row, 'entry_index') !== index)
      throw this.#fault(`entry ${index} of the audit log is missing`);
    const leaf = bytesIn(row, 'leaf');
    const reading = readLeaf(leaf);
    if (!reading.ok) throw this.#fault(`entry ${index} of the audit log is none: ${reading.problem}`);
    this.#pending.push(leafHash(leaf));
    const size = index + 1;
    if (this.#pending.length === BATCH_LEAVES || size === this.#promised?.size) this.#grow();
  }

  #grow(): void {
    const { head, fullTiles } = growLog(this.#head, this.#pending);
    this.#head = head;
    this.#pending = [];
    for (const tile of fullTiles) addTile(this.#computedTiles, tile);
    const promised = this.#promised;
    if (promised?.size === head.frontier.size && !equalBytes(promised.rootHash, rootOf(head.frontier))) {
      throw this.#fault(`the first ${promised.size} entries of the audit log are not those that were signed`);
    }
  }
}

/** Tiles of one level come in the order of their indexes, computed or stored: equal digests are equal tiles. */
function addTile(
  digests: Map<number, Hash>,
  { level, index, hashes }: { readonly level: number; readonly index: number; readonly hashes: Bytes },
): void {
  const digest = digests.get(level) ?? createHash('sha256');
  digests.set(level, digest);
  digest.update(uint64(index)).update(hashes);
}
