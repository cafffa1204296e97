// The static layout of C2SP tlog-tiles: the tree cut into tiles of height 8, the entries into bundles of 256, and the path of each.
// A hash in a tile of level L is a node of level 8 * L of the tree; the nodes between are hashed anew from the tile when needed.

import { assert, must } from '../base/assert.ts';
import { type Bytes, concatBytes } from '../base/bytes.ts';
import { invalidInput } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { HASH_BYTES, perfectRoot, splitHashes } from './merkle.ts';

/** Levels of the tree that one tile spans. */
export const TILE_HEIGHT = 8;
/** Hashes in a full tile, and entries in a full bundle. */
export const TILE_WIDTH = 256;
export const FULL_TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** The highest level that a path may name (tlog-tiles); trees of fewer than 2^53 leaves end at level 6. */
const PATH_LEVEL_MAX = 63;

/** A hash tile. `width` is 256 for a full one, 1 to 255 for a partial one at the right edge of some tree. */
export type TileId = { readonly level: number; readonly index: number; readonly width: number };
/** A bundle of entries: those of the level-0 tile of the same index and width. */
export type BundleId = { readonly index: number; readonly width: number };
export type TileResource = ({ readonly kind: 'hashes' } & TileId) | ({ readonly kind: 'entries' } & BundleId);

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

/** The tiles that are full in the tree of the new size and were not in the one of the old, level by level. */
export function* completedTiles(oldSize: number, newSize: number): Generator<TileId> {
  assert(oldSize <= newSize, 'a log never shrinks');
  for (let level = 0; leavesPerTileHash(level + 1) <= newSize; level += 1) {
    const leavesPerTile = leavesPerTileHash(level + 1);
    const end = Math.floor(newSize / leavesPerTile);
    for (let index = Math.floor(oldSize / leavesPerTile); index < end; index += 1) {
      yield { level, index, width: TILE_WIDTH };
    }
  }
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

/** `tile/<level>/<index>`, with `.p/<width>` behind it for a partial tile. */
export function tilePath({ level, index, width }: TileId): string {
  return `tile/${level}/${indexPath(index)}${widthSuffix(width)}`;
}

/** `tile/entries/<index>`, with `.p/<width>` behind it for a partial bundle. */
export function bundlePath({ index, width }: BundleId): string {
  return `tile/entries/${indexPath(index)}${widthSuffix(width)}`;
}

/** The index in groups of three digits, all but the last behind an `x`, so that no file has the name of a folder. */
function indexPath(index: number): string {
  const digits = String(index);
  const groups = must(
    digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g),
    'an index has digits',
  );
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

function widthSuffix(width: number): string {
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}

const PATH_SHAPE = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/;

/** Reads the path of a tile or bundle; undefined for any text that {@link tilePath} and {@link bundlePath} do not write. */
export function parseTilePath(path: string): TileResource | undefined {
  const [, levelText, indexText, widthText] = PATH_SHAPE.exec(path) ?? [];
  if (levelText === undefined || indexText === undefined) return undefined;
  const index = Number(indexText.replace(/[x/]/g, ''));
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText);
  if (!Number.isSafeInteger(index) || width < 1 || width > TILE_WIDTH) return undefined;
  if (levelText === 'entries') {
    return bundlePath({ index, width }) === path ? { kind: 'entries', index, width } : undefined;
  }
  const tile = { level: Number(levelText), index, width };
  if (tile.level > PATH_LEVEL_MAX || tilePath(tile) !== path) return undefined;
  return { kind: 'hashes', ...tile };
}

/** The bundle of 1 to 256 entries: each behind its length as big-endian uint16. */
export function encodeEntryBundle(entries: readonly Bytes[]): Bytes {
  assert(entries.length >= 1 && entries.length <= TILE_WIDTH, 'a bundle has 1 to 256 entries');
  return concatBytes(
    ...entries.flatMap(entry => {
      assert(entry.length <= LIMITS.auditEntryBytesMax, 'the length of an entry fits 16 bits');
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** The entries of a bundle of this width; `invalidInput` unless it holds exactly so many and nothing else. */
export function parseEntryBundle(bundle: Bytes, width: number): Bytes[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Bytes[] = [];
  let at = 0;
  while (at < bundle.length) {
    const start = at + 2;
    if (start > bundle.length) throw invalidInput('bundle', 'ends within the length of an entry');
    const end = start + view.getUint16(at);
    if (end > bundle.length) throw invalidInput('bundle', 'ends within an entry');
    if (entries.length === width) break;
    entries.push(bundle.subarray(start, end));
    at = end;
  }
  if (entries.length !== width || at !== bundle.length)
    throw invalidInput('bundle', `must hold ${width} entries`);
  return entries;
}
