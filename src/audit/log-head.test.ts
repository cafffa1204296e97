import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { must } from '../base/assert.ts';
import { type Bytes, concatBytes, hex, utf8 } from '../base/bytes.ts';
import {
  advanceLogHead,
  EMPTY_LOG_HEAD,
  growLog,
  type HeadSource,
  type LogHead,
  logHashReader,
  rebuildLogHead,
} from './log-head.ts';
import {
  appendLeaf,
  EMPTY_FRONTIER,
  type Frontier,
  leafHash,
  parseFrontier,
  rootOf,
  serializeFrontier,
} from './merkle.ts';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from './merkle-proof.ts';
import { nodeInTile, partialTiles, TILE_WIDTH, tileWidthAt } from './tiles.ts';

const nameOfTile = (level: number, index: number): string => `${level}/${index}`;

/** The names of those that a tree of the size has. */
function fullTilesOf(size: number): string[] {
  const names: string[] = [];
  for (let level = 0; tileWidthAt(level, 0, size) === TILE_WIDTH; level += 1) {
    for (let index = 0; tileWidthAt(level, index, size) === TILE_WIDTH; index += 1)
      names.push(nameOfTile(level, index));
  }
  return names;
}

/** A log whose leaves and full tiles are kept as a store keeps them. */
class StoredLog implements HeadSource {
  head: LogHead = EMPTY_LOG_HEAD;
  readonly leaves: Bytes[] = [];
  readonly tiles = new Map<string, Bytes>();

  grow(hashes: readonly Bytes[]): void {
    const { head, fullTiles } = growLog(this.head, hashes);
    for (const { level, index, hashes } of fullTiles) this.tiles.set(nameOfTile(level, index), hashes);
    this.leaves.push(...hashes);
    this.head = head;
  }

  async leafHashes(start: number, end: number): Promise<Bytes[]> {
    assert.ok(end - start < 256);
    return this.leaves.slice(start, end);
  }

  fullTile = async (level: number, index: number): Promise<Bytes> =>
    must(this.tiles.get(nameOfTile(level, index)), 'the store has the tile');
}

function hashes(from: number, count: number): Bytes[] {
  return Array.from({ length: count }, (_, index) => leafHash(utf8(`entry ${from + index}`)));
}

function logOf(size: number, batch = 997): StoredLog {
  const log = new StoredLog();
  for (let at = 0; at < size; at += batch) log.grow(hashes(at, Math.min(batch, size - at)));
  return log;
}

/** Two levels of full tiles and partial ones above them; made once and only read. */
const large = logOf(66_000);

function partials({ partial }: LogHead): string[] {
  const texts = partial.map(hex);
  while (texts.at(-1) === '') texts.pop();
  return texts;
}

describe('the log head', () => {
  it('grows to the same root, tiles and partial tiles whatever the batches', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(600), { maxLength: 8 }), batches => {
        const size = batches.reduce((sum, batch) => sum + batch, 0);
        const log = new StoredLog();
        for (const batch of batches) log.grow(hashes(log.leaves.length, batch));
        const frontier = log.leaves.reduce<Frontier>(
          (grown, leaf) => appendLeaf(grown, leaf),
          EMPTY_FRONTIER,
        );
        assert.equal(log.head.frontier.size, size);
        assert.equal(hex(rootOf(log.head.frontier)), hex(rootOf(frontier)));
        assert.deepEqual([...log.tiles.keys()].sort(), fullTilesOf(size).sort());
        for (const { level, index, width } of partialTiles(size)) {
          assert.equal(log.head.partial[level]?.length, width * 32);
          const below = level === 0 ? log.leaves.slice(index * 256) : undefined;
          if (below !== undefined)
            assert.equal(hex(log.head.partial[0] ?? utf8('')), hex(concatBytes(...below)));
        }
        for (let at = 0; (at + 1) * 256 <= size; at += 1) {
          const tile = must(log.tiles.get(nameOfTile(0, at)), 'a full tile is told');
          assert.equal(hex(tile), hex(concatBytes(...log.leaves.slice(at * 256, (at + 1) * 256))));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('stays as it was when it grows, so that a failed append can be forgotten', () => {
    const { head } = logOf(300);
    const before = [hex(rootOf(head.frontier)), ...partials(head)];
    const lost = growLog(head, hashes(1000, 500));
    const kept = growLog(head, hashes(300, 500));
    assert.deepEqual([hex(rootOf(head.frontier)), ...partials(head)], before);
    assert.equal(hex(rootOf(kept.head.frontier)), hex(rootOf(logOf(800).head.frontier)));
    assert.notEqual(hex(rootOf(kept.head.frontier)), hex(rootOf(lost.head.frontier)));
    assert.notEqual(
      hex(must(kept.fullTiles[0], 'a tile').hashes),
      hex(must(lost.fullTiles[0], 'a tile').hashes),
    );
  });

  it('is found again from the stored frontier, leaves and full tiles', async () => {
    for (const size of [0, 1, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 66_000]) {
      const log = logOf(size);
      const stored = parseFrontier(serializeFrontier(log.head.frontier));
      const again = await rebuildLogHead(stored, log);
      assert.deepEqual(partials(again), partials(log.head), `size ${size}`);
      const [next, nextAgain] = [growLog(log.head, hashes(size, 300)), growLog(again, hashes(size, 300))];
      assert.equal(hex(rootOf(nextAgain.head.frontier)), hex(rootOf(next.head.frontier)));
      assert.deepEqual(partials(nextAgain.head), partials(next.head));
    }
  });

  it('catches up with what other nodes have appended', async () => {
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [200, 1100],
      [255, 256],
      [1000, 1000],
      [300, 20_000],
    ] as const) {
      const [ours, theirs] = [logOf(from), logOf(to)];
      const advanced = await advanceLogHead(ours.head, theirs.head.frontier, theirs);
      assert.equal(hex(rootOf(advanced.frontier)), hex(rootOf(theirs.head.frontier)));
      assert.deepEqual(partials(advanced), partials(theirs.head), `${from} to ${to}`);
    }
    const [ours, theirs] = [logOf(300), logOf(400)];
    const another = {
      ...theirs,
      leafHashes: async (start: number, end: number) => hashes(start + 1, end - start),
    };
    const invariant = { name: 'BrokenInvariant' };
    await assert.rejects(advanceLogHead(ours.head, theirs.head.frontier, another), invariant);
    await assert.rejects(advanceLogHead(theirs.head, ours.head.frontier, ours), invariant);
    const answers = [[]];
    const lost = { ...theirs, leafHashes: async () => answers.pop() ?? assert.fail('it is asked once') };
    await assert.rejects(advanceLogHead(ours.head, theirs.head.frontier, lost), invariant);
  });

  it('is refused when the stored leaves, tiles and frontier do not agree', async () => {
    const invariant = { name: 'BrokenInvariant' };
    const changedLeaf = logOf(1000);
    changedLeaf.leaves[999] = leafHash(utf8('another'));
    await assert.rejects(rebuildLogHead(changedLeaf.head.frontier, changedLeaf), invariant);
    const lostLeaf = logOf(1000);
    lostLeaf.leaves.pop();
    await assert.rejects(rebuildLogHead(lostLeaf.head.frontier, lostLeaf), invariant);
    const changedTile = logOf(1000);
    const path = nameOfTile(0, 1);
    const tile = Uint8Array.from(must(changedTile.tiles.get(path), 'a tile'));
    tile[77] = (tile[77] ?? 0) ^ 1;
    changedTile.tiles.set(path, tile);
    await assert.rejects(rebuildLogHead(changedTile.head.frontier, changedTile), invariant);
  });

  it('serves proofs at its own size and at every size before', async () => {
    const log = large;
    const roots = new Map<number, Bytes>([[66_000, rootOf(log.head.frontier)]]);
    const sizes = [1, 2, 255, 256, 257, 300, 65_535, 65_536, 65_793, 66_000];
    let frontier: Frontier = EMPTY_FRONTIER;
    for (const leaf of log.leaves) {
      frontier = appendLeaf(frontier, leaf);
      if (sizes.includes(frontier.size)) roots.set(frontier.size, rootOf(frontier));
    }
    for (const size of sizes) {
      const root = must(roots.get(size), 'a root');
      for (const index of [0, 1, 255, 256, 65_535, 65_536, size - 1].filter(at => at < size)) {
        const proof = await inclusionProof(index, size, logHashReader(log.head, log.fullTile));
        const leaf = must(log.leaves[index], 'a leaf');
        assert.ok(verifyInclusion({ index, size, leafHash: leaf, root, proof }), `${index} in ${size}`);
      }
      for (const oldSize of sizes.filter(old => old <= size)) {
        const proof = await consistencyProof(oldSize, size, logHashReader(log.head, log.fullTile));
        const oldRoot = must(roots.get(oldSize), 'a root');
        assert.ok(
          verifyConsistency({ oldSize, newSize: size, oldRoot, newRoot: root, proof }),
          `${oldSize} to ${size}`,
        );
      }
    }
  });

  it('reads each tile at most once for a proof', async () => {
    const log = large;
    const read: string[] = [];
    const reader = logHashReader(log.head, (level, index) => {
      read.push(`${level}/${index}`);
      return log.fullTile(level, index);
    });
    await inclusionProof(5, 66_000, reader);
    assert.deepEqual(read.sort(), [...new Set(read)]);
    assert.ok(read.length <= 3, read.join(' '));
  });

  it('has in each tile the roots of the tiles below', () => {
    const log = large;
    const above = must(log.tiles.get(nameOfTile(1, 0)), 'a tile of level 1');
    for (const index of [0, 100, 255]) {
      const below = must(log.tiles.get(nameOfTile(0, index)), 'a tile of level 0');
      assert.equal(hex(above.subarray(index * 32, (index + 1) * 32)), hex(nodeInTile(below, 8, 0)));
    }
  });
});
