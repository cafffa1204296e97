// The layout of C2SP tlog-tiles: the tree cut into tiles of height 8.
// A hash in a tile of level L is a node of level 8 * L of the tree; the nodes between are hashed anew from the tile when needed.

import { assert } from '../base/assert.ts';
import { type Bytes, concatBytes } from '../base/bytes.ts';
import { HASH_BYTES, perfectRoot, splitHashes } from './merkle.ts';

/** Levels of the tree that one tile spans. */
export const TILE_HEIGHT = 8;
/** Hashes in a full tile. */
export const TILE_WIDTH = 256;
export const FULL_TILE_BYTES = TILE_WIDTH * HASH_BYTES;

/** A hash tile. `width` is 256 for a full one, 1 to 255 for a partial one at the right edge of some tree. */
export type TileId = { readonly level: number; readonly index: number; readonly width: number };

/** How many leaves one hash of a tile of this level stands for: 256^level. */
export function leavesPerTileHash(level: number): number {
  return TILE_WIDTH ** level;
}

/** How many hashes of the tile a tree of this size has: 256 when the tile is full, 0 when it has not begun. */
export function tileWidthAt(level: number, index: number, size: number): number {
  const hashesOnLevel = Math.floor(size / leavesPerTileHash(level));
  return Math.min(Math.max(hashesOnLevel - index * TILE_WIDTH, 0), TILE_WIDTH);
}

/** The partial tiles of a tree of this size: at most one on each level, lowest first. */
export function partialTiles(size: number): TileId[] {
  const tiles: TileId[] = [];
  for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const width = hashes % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width });
  }
  return tiles;
}

/**
 * A node inside a tile: the root of the subtree over 2^height of its hashes, the `position`-th such run from the left.
 * 0 <= height <= 8; height 8 is the root of a full tile, which is a hash of the tile above.
 */
export function nodeInTile(tile: Bytes, height: number, position: number): Bytes {
  const span = HASH_BYTES * 2 ** height;
  const run = tile.subarray(position * span, (position + 1) * span);
  assert(height <= TILE_HEIGHT && run.length === span, 'the node lies within the tile');
  return perfectRoot(splitHashes(run));
}

/** The tile one level up, full or partial, from the full tiles below it in order: 1 to 256 of them. */
export function tileAbove(fullTiles: readonly Bytes[]): Bytes {
  assert(fullTiles.length >= 1 && fullTiles.length <= TILE_WIDTH, 'a tile stands on 1 to 256 full tiles');
  return concatBytes(...fullTiles.map(tile => nodeInTile(tile, TILE_HEIGHT, 0)));
}
