// The head of the log in memory and its growth: the frontier, from which the root follows, and the tiles that are not yet full. Growth
// is pure: the old head stays valid, so that an append whose transaction fails is forgotten by keeping it. The database holds the
// frontier and full tiles only; see docs/formats/audit-log.md for why, and for how a start finds the partial tiles again.

import { assert, must } from '../base/assert.ts';
import { type Bytes, concatBytes, EMPTY_BYTES, equalBytes } from '../base/bytes.ts';
import { appendLeaf, EMPTY_FRONTIER, type Frontier, HASH_BYTES } from './merkle.ts';
import type { HashReader } from './merkle-proof.ts';
import {
  FULL_TILE_BYTES,
  leavesPerTileHash,
  nodeInTile,
  partialTiles,
  TILE_HEIGHT,
  TILE_WIDTH,
  tileAbove,
  tileWidthAt,
} from './tiles.ts';

export type LogHead = {
  readonly frontier: Frontier;
  /** The hashes of the partial tile of each level, lowest level first; empty bytes where a level has none. */
  readonly partial: readonly Bytes[];
};

export type FullTile = { readonly level: number; readonly index: number; readonly hashes: Bytes };

export const EMPTY_LOG_HEAD: LogHead = { frontier: EMPTY_FRONTIER, partial: [] };

/**
 * The head after these leaves, and the tiles that they made full, in the order in which they became so. Reads nothing: about two
 * hashes per leaf, the leaf's own included, and one copy of at most 8 KiB per touched level and call.
 */
export function growLog(
  head: LogHead,
  leafHashes: readonly Bytes[],
): { head: LogHead; fullTiles: FullTile[] } {
  const open = new Map<number, { bytes: Uint8Array; width: number }>();
  const fullTiles: FullTile[] = [];
  let frontier = head.frontier;

  function place(level: number, hash: Bytes): void {
    const tile = open.get(level) ?? roomyCopy(head.partial[level] ?? EMPTY_BYTES);
    open.set(level, tile);
    tile.bytes.set(hash, tile.width * HASH_BYTES);
    tile.width += 1;
    if (tile.width < TILE_WIDTH) return;
    // The leaf being appended is the last one under this tile, and `frontier` still is the one before it.
    const index = Math.floor(frontier.size / leavesPerTileHash(level + 1));
    fullTiles.push({ level, index, hashes: tile.bytes });
    open.set(level, roomyCopy(EMPTY_BYTES));
  }

  for (const hash of leafHashes) {
    place(0, hash);
    frontier = appendLeaf(frontier, hash, (level, node) => {
      if (level % TILE_HEIGHT === 0) place(level / TILE_HEIGHT, node);
    });
  }
  const partial = [...head.partial];
  for (const [level, { bytes, width }] of open) partial[level] = bytes.subarray(0, width * HASH_BYTES);
  return { head: { frontier, partial }, fullTiles };
}

function roomyCopy(hashes: Bytes): { bytes: Uint8Array; width: number } {
  const bytes = new Uint8Array(FULL_TILE_BYTES);
  bytes.set(hashes);
  return { bytes, width: hashes.length / HASH_BYTES };
}

/** Beyond so many new leaves a rebuild reads and hashes less than going through them. */
const ADVANCE_LEAVES_MAX = 16_384;
/** The store is asked for so many leaves at a time. */
const LEAVES_PER_READ = TILE_WIDTH - 1;

/** What a start reads: bounded by 255 leaves and, for each level above, 255 full tiles. */
export type HeadSource = {
  /** The hashes of the leaves [start, end), fewer than 256 of them. */
  leafHashes(start: number, end: number): Promise<readonly Bytes[]>;
  /** A full tile: 8,192 bytes. */
  fullTile(level: number, index: number): Promise<Bytes>;
};

/**
 * The head from the stored frontier, leaves and full tiles. Stops with a broken invariant when they do not agree: then the store has
 * lost or changed rows, and nothing may be appended.
 */
export async function rebuildLogHead(frontier: Frontier, source: HeadSource): Promise<LogHead> {
  const partial: Bytes[] = [];
  for (const { level, index, width } of partialTiles(frontier.size)) {
    while (partial.length < level) partial.push(EMPTY_BYTES);
    partial.push(await readPartialTile(level, index * TILE_WIDTH, width, source));
  }
  const head = { frontier, partial };
  assert(frontierFollows(head), 'the stored frontier follows from the stored leaves and tiles');
  return head;
}

/**
 * The head moved on to a frontier that other nodes have stored meanwhile: their leaves are read and placed, nothing else. Stops with a
 * broken invariant when what is stored does not go on from the head.
 */
export async function advanceLogHead(
  head: LogHead,
  frontier: Frontier,
  source: HeadSource,
): Promise<LogHead> {
  assert(frontier.size >= head.frontier.size, 'the stored log goes on from the head in memory');
  if (frontier.size - head.frontier.size > ADVANCE_LEAVES_MAX) return rebuildLogHead(frontier, source);
  let advanced = head;
  while (advanced.frontier.size < frontier.size) {
    const start = advanced.frontier.size;
    const end = Math.min(start + LEAVES_PER_READ, frontier.size);
    const leafHashes = await source.leafHashes(start, end);
    assert(leafHashes.length === end - start, 'the store has each leaf that the head counts');
    advanced = growLog(advanced, leafHashes).head;
  }
  assert(
    sameHashes(advanced.frontier.hashes, frontier.hashes),
    'the stored log goes on from the head in memory',
  );
  return advanced;
}

async function readPartialTile(
  level: number,
  first: number,
  width: number,
  source: HeadSource,
): Promise<Bytes> {
  if (level === 0) {
    const hashes = concatBytes(...(await source.leafHashes(first, first + width)));
    assert(hashes.length === width * HASH_BYTES, 'the store has each leaf that the head counts');
    return hashes;
  }
  const below: Bytes[] = [];
  for (let index = first; index < first + width; index += 1) {
    const tile = await source.fullTile(level - 1, index);
    assert(tile.length === FULL_TILE_BYTES, 'a stored tile is full');
    below.push(tile);
  }
  return tileAbove(below);
}

/** Whether the hashes of the frontier are the perfect subtrees within the partial tiles, largest first. */
function frontierFollows({ frontier, partial }: LogHead): boolean {
  const subtrees: Bytes[] = [];
  for (const tile of partial.toReversed()) {
    let at = 0;
    for (let height = TILE_HEIGHT - 1; height >= 0; height -= 1) {
      const hashes = 2 ** height;
      if (tile.length / HASH_BYTES - at < hashes) continue;
      subtrees.push(nodeInTile(tile, height, at / hashes));
      at += hashes;
    }
  }
  return sameHashes(subtrees, frontier.hashes);
}

function sameHashes(left: readonly Bytes[], right: readonly Bytes[]): boolean {
  return equalBytes(concatBytes(...left), concatBytes(...right));
}

/**
 * Reads the tree of this head for a proof, at its size or any smaller one: the right edge from memory, all else from full tiles. Keeps
 * each tile that it has read: make one reader per proof.
 */
export function logHashReader(head: LogHead, readFullTile: HeadSource['fullTile']): HashReader {
  const read = new Map<string, Promise<Bytes>>();
  return async (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const height = level % TILE_HEIGHT;
    const nodesPerTile = 2 ** (TILE_HEIGHT - height);
    const tileIndex = Math.floor(index / nodesPerTile);
    return nodeInTile(await tileAt(tileLevel, tileIndex), height, index % nodesPerTile);
  };

  function tileAt(level: number, index: number): Promise<Bytes> | Bytes {
    if (tileWidthAt(level, index, head.frontier.size) < TILE_WIDTH) {
      return must(head.partial[level], 'the node lies within the tree');
    }
    const id = `${level}/${index}`;
    const tile = read.get(id) ?? readFullTile(level, index);
    read.set(id, tile);
    return tile;
  }
}
