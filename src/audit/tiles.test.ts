import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes, hex, utf8 } from '../base/bytes.ts';
import {
  bundlePath,
  completedTiles,
  encodeEntryBundle,
  parseEntryBundle,
  parseTilePath,
  partialTiles,
  TILE_WIDTH,
  tilePath,
  tileWidthAt,
} from './tiles.ts';

describe('tile paths', () => {
  it('name tiles and bundles as the specification does', () => {
    assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), 'tile/0/x001/x234/067');
    assert.equal(tilePath({ level: 0, index: 1067, width: 256 }), 'tile/0/x001/067');
    assert.equal(tilePath({ level: 1, index: 0, width: 17 }), 'tile/1/000.p/17');
    assert.equal(bundlePath({ index: 273, width: 112 }), 'tile/entries/273.p/112');
    assert.equal(bundlePath({ index: 999, width: 256 }), 'tile/entries/999');
    assert.equal(bundlePath({ index: 1000, width: 256 }), 'tile/entries/x001/000');
  });

  it('are read back to what they name', () => {
    const index = fc.oneof(fc.nat(2000), fc.maxSafeNat());
    const width = fc.integer({ min: 1, max: 256 });
    fc.assert(
      fc.property(fc.nat(63), index, width, (level, at, wide) => {
        const tile = { level, index: at, width: wide };
        assert.deepEqual(parseTilePath(tilePath(tile)), { kind: 'hashes', ...tile });
        const bundle = { index: at, width: wide };
        assert.deepEqual(parseTilePath(bundlePath(bundle)), { kind: 'entries', ...bundle });
      }),
    );
  });

  it('have one spelling only', () => {
    const bad = [
      '',
      'tile/0/0',
      'tile/0/00',
      'tile/0/0000',
      'tile/00/000',
      'tile/64/000',
      'tile/-1/000',
      'tile/0/x000/001',
      'tile/0/001/002',
      'tile/0/x001',
      'tile/0/000.p/0',
      'tile/0/000.p/00',
      'tile/0/000.p/01',
      'tile/0/000.p/256',
      'tile/0/000.p/257',
      'tile/0/000.p/',
      'tile/0/000/',
      '/tile/0/000',
      'tile/0/000\n',
      'tile/entries/../000',
      'tile/entry/000',
      'tile/0/x999/x999/x999/x999/x999/999',
      `tile/0/${'x001/'.repeat(1000)}001`,
    ];
    for (const path of bad) assert.equal(parseTilePath(path), undefined, JSON.stringify(path));
  });
});

describe('tiles of a tree', () => {
  it('are those of the example of 70,000 entries', () => {
    const full = [...completedTiles(0, 70_000)];
    assert.equal(full.filter(({ level }) => level === 0).length, 273);
    assert.deepEqual(full.slice(273), [{ level: 1, index: 0, width: 256 }]);
    assert.deepEqual(partialTiles(70_000), [
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    assert.deepEqual(partialTiles(256), [{ level: 1, index: 0, width: 1 }]);
    assert.deepEqual(partialTiles(0), []);
  });

  it('become complete in one growth exactly when their last hash comes', () => {
    const sizes = fc.tuple(fc.nat(200_000), fc.nat(2000));
    fc.assert(
      fc.property(sizes, ([from, more]) => {
        const to = from + more;
        for (const { level, index } of completedTiles(from, to)) {
          assert.ok(tileWidthAt(level, index, from) < TILE_WIDTH);
          assert.equal(tileWidthAt(level, index, to), TILE_WIDTH);
        }
        for (const { level, index, width } of partialTiles(to)) {
          assert.equal(tileWidthAt(level, index, to), width);
          assert.equal(tileWidthAt(level, index + 1, to), 0);
        }
      }),
      { numRuns: 100 },
    );
    assert.equal([...completedTiles(0, 131_072)].length, 512 + 2);
    assert.equal([...completedTiles(100, 100)].length, 0);
  });
});

describe('entry bundles', () => {
  it('hold each entry behind its length', () => {
    const bundle = encodeEntryBundle([utf8('ab'), utf8(''), new Uint8Array(65_535).fill(1)]);
    assert.equal(hex(bundle.subarray(0, 8)), '000261620000ffff');
    assert.deepEqual(
      parseEntryBundle(bundle, 3).map(({ length }) => length),
      [2, 0, 65_535],
    );
  });

  it('of another width, cut or extended are refused', () => {
    const bundle = encodeEntryBundle([utf8('one'), utf8('two')]);
    const extended = concatBytes(bundle, Uint8Array.of(0));
    for (const [bytes, width] of [
      [bundle, 1],
      [bundle, 3],
      [bundle.subarray(0, -1), 2],
      [bundle.subarray(0, 6), 2],
      [extended, 2],
      [new Uint8Array(0), 1],
    ] as const) {
      assert.throws(() => parseEntryBundle(bytes, width), { code: 'invalidInput' });
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 8 }), (bytes, width) => {
        try {
          assert.equal(hex(encodeEntryBundle(parseEntryBundle(bytes, width))), hex(bytes));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'invalidInput');
        }
      }),
      { numRuns: 500 },
    );
  });
});
