import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { partialTiles, TILE_WIDTH, tileWidthAt } from './tiles.ts';

describe('tiles of a tree', () => {
  it('are those of the example of 70,000 entries', () => {
    assert.equal(tileWidthAt(0, 272, 70_000), TILE_WIDTH);
    assert.equal(tileWidthAt(1, 0, 70_000), TILE_WIDTH);
    assert.deepEqual(partialTiles(70_000), [
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    assert.deepEqual(partialTiles(256), [{ level: 1, index: 0, width: 1 }]);
    assert.deepEqual(partialTiles(0), []);
  });

  it('are full up to the partial one of their level, and have not begun behind it', () => {
    fc.assert(
      fc.property(fc.nat(200_000), size => {
        for (const { level, index, width } of partialTiles(size)) {
          if (index > 0) assert.equal(tileWidthAt(level, index - 1, size), TILE_WIDTH);
          assert.equal(tileWidthAt(level, index, size), width);
          assert.equal(tileWidthAt(level, index + 1, size), 0);
        }
      }),
      { numRuns: 100 },
    );
  });
});
