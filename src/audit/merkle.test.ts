import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Bytes, concatBytes, hex, utf8 } from '../base/bytes.ts';
import {
  appendLeaf,
  EMPTY_FRONTIER,
  type Frontier,
  frontierLength,
  leafHash,
  parseFrontier,
  rootOf,
  serializeFrontier,
} from './merkle.ts';
import {
  consistencyProof,
  type HashReader,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from './merkle-proof.ts';

// The reference: RFC 6962 section 2.1 word for word, recursive, over the entries themselves, and sharing no code with what it checks.
function referenceRoot(entries: readonly Bytes[]): Bytes {
  const [first] = entries;
  if (first === undefined) return sha256();
  if (entries.length === 1) return sha256(Uint8Array.of(0), first);
  const k = splitPoint(entries.length);
  return sha256(Uint8Array.of(1), referenceRoot(entries.slice(0, k)), referenceRoot(entries.slice(k)));
}

function referencePath(m: number, entries: readonly Bytes[]): Bytes[] {
  if (entries.length === 1) return [];
  const k = splitPoint(entries.length);
  return m < k
    ? [...referencePath(m, entries.slice(0, k)), referenceRoot(entries.slice(k))]
    : [...referencePath(m - k, entries.slice(k)), referenceRoot(entries.slice(0, k))];
}

function referenceSubproof(m: number, entries: readonly Bytes[], whole: boolean): Bytes[] {
  if (m === entries.length) return whole ? [] : [referenceRoot(entries)];
  const k = splitPoint(entries.length);
  return m <= k
    ? [...referenceSubproof(m, entries.slice(0, k), whole), referenceRoot(entries.slice(k))]
    : [...referenceSubproof(m - k, entries.slice(k), false), referenceRoot(entries.slice(0, k))];
}

function splitPoint(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

function sha256(...parts: Bytes[]): Bytes {
  return hash('sha256', concatBytes(...parts), 'buffer');
}

function entriesOf(count: number, seed: string): Bytes[] {
  return Array.from({ length: count }, (_, index) => utf8(`${seed} ${index}`));
}

function grown(entries: readonly Bytes[]): Frontier {
  return entries.reduce<Frontier>((frontier, entry) => appendLeaf(frontier, leafHash(entry)), EMPTY_FRONTIER);
}

function readerOf(entries: readonly Bytes[]): HashReader {
  return (level, index) => referenceRoot(entries.slice(index * 2 ** level, (index + 1) * 2 ** level));
}

function hexes(hashes: readonly Bytes[]): string[] {
  return hashes.map(hex);
}

function flipped(bytes: Bytes, bit: number): Bytes {
  return bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}

describe('the Merkle tree', () => {
  it('hashes nothing, one leaf and two leaves as RFC 6962 says', () => {
    assert.equal(
      hex(rootOf(EMPTY_FRONTIER)),
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    // The hash of the empty leaf, as published with the Certificate Transparency test trees.
    assert.equal(
      hex(rootOf(grown([new Uint8Array(0)]))),
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
    const long = new Uint8Array(10_000).fill(7);
    assert.equal(hex(leafHash(long)), hex(sha256(Uint8Array.of(0), long)));
  });

  it('has the root of the recursive definition at every size', () => {
    const entries = entriesOf(300, 'every size');
    let frontier: Frontier = EMPTY_FRONTIER;
    for (const [index, entry] of entries.entries()) {
      frontier = appendLeaf(frontier, leafHash(entry));
      assert.equal(
        hex(rootOf(frontier)),
        hex(referenceRoot(entries.slice(0, index + 1))),
        `size ${index + 1}`,
      );
      assert.equal(frontier.hashes.length, frontierLength(frontier.size));
    }
  });

  it('tells of each inner node that becomes perfect, once and with its hash', () => {
    const entries = entriesOf(64, 'completed');
    const told: string[] = [];
    let frontier: Frontier = EMPTY_FRONTIER;
    for (const entry of entries) {
      const size = frontier.size + 1;
      frontier = appendLeaf(frontier, leafHash(entry), (level, node) => {
        assert.equal(hex(node), hex(referenceRoot(entries.slice(size - 2 ** level, size))));
        told.push(`${level}/${size / 2 ** level - 1}`);
      });
    }
    assert.equal(told.length, 63);
    assert.equal(new Set(told).size, 63);
  });

  it('leaves the old frontier as it was', () => {
    const before = grown(entriesOf(7, 'old'));
    const rootBefore = hex(rootOf(before));
    appendLeaf(before, leafHash(utf8('one more')));
    assert.equal(hex(rootOf(before)), rootBefore);
    assert.equal(before.size, 7);
  });

  it('reads back the frontier that it wrote, and goes on from it', () => {
    for (const size of [0, 1, 2, 3, 255, 256, 257]) {
      const frontier = grown(entriesOf(size, 'frontier'));
      const again = parseFrontier(serializeFrontier(frontier));
      assert.deepEqual([again.size, hexes(again.hashes)], [size, hexes(frontier.hashes)]);
      const next = leafHash(utf8('next'));
      assert.equal(hex(rootOf(appendLeaf(again, next))), hex(rootOf(appendLeaf(frontier, next))));
    }
  });

  it('refuses a frontier that is cut, extended or of an impossible size', () => {
    const bytes = serializeFrontier(grown(entriesOf(5, 'strict')));
    const huge = Uint8Array.from({ length: 8 + 64 * 32 }, () => 0xff);
    const bad = [
      bytes.subarray(0, 7),
      bytes.subarray(0, -1),
      bytes.subarray(0, -32),
      concatBytes(bytes, Uint8Array.of(0)),
      concatBytes(bytes, bytes.subarray(8, 40)),
      huge,
      // 2^53 leaves.
      concatBytes(Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0), new Uint8Array(32)),
      new Uint8Array(0),
    ];
    for (const text of bad) assert.throws(() => parseFrontier(text), { code: 'invalidInput' });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), any => {
        try {
          assert.equal(hex(serializeFrontier(parseFrontier(any))), hex(any));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'invalidInput');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('Merkle proofs', () => {
  it('equal those of the recursive definition for every pair of small sizes', async () => {
    const all = entriesOf(33, 'small');
    let proofs = 0;
    for (let size = 1; size <= all.length; size += 1) {
      const entries = all.slice(0, size);
      const root = referenceRoot(entries);
      for (let index = 0; index < size; index += 1) {
        const proof = await inclusionProof(index, size, readerOf(entries));
        assert.deepEqual(hexes(proof), hexes(referencePath(index, entries)));
        const leaf = leafHash(entries[index] ?? new Uint8Array(0));
        assert.ok(verifyInclusion({ index, size, leafHash: leaf, root, proof }));
        const old = index + 1;
        const consistency = await consistencyProof(old, size, readerOf(entries));
        assert.deepEqual(hexes(consistency), hexes(referenceSubproof(old, entries, true)));
        const oldRoot = referenceRoot(entries.slice(0, old));
        const claim = { oldSize: old, newSize: size, oldRoot, newRoot: root, proof: consistency };
        assert.ok(verifyConsistency(claim));
        proofs += 2;
      }
    }
    assert.equal(proofs, 33 * 34);
  });

  const tree = fc
    .integer({ min: 1, max: 2000 })
    .chain(size =>
      fc.record({ size: fc.constant(size), index: fc.nat(size - 1), old: fc.integer({ min: 1, max: size }) }),
    );
  const mutation = fc.record({
    at: fc.nat(),
    bit: fc.nat(255),
    kind: fc.constantFrom('flip', 'drop', 'add', 'swap'),
  });

  function mutated(
    proof: readonly Bytes[],
    { at, bit, kind }: { at: number; bit: number; kind: string },
  ): Bytes[] {
    const copy = [...proof];
    const target = proof.length === 0 ? 0 : at % proof.length;
    const hashThere = proof[target];
    if (hashThere === undefined || kind === 'add') copy.splice(target, 0, sha256(Uint8Array.of(bit)));
    else if (kind === 'drop') copy.splice(target, 1);
    else if (kind === 'flip') copy[target] = flipped(hashThere, bit);
    else copy[target] = hashThere.subarray(0, 31);
    return copy;
  }

  it('of inclusion verify in random trees, and no mutation of them does', async () => {
    await fc.assert(
      fc.asyncProperty(tree, mutation, async ({ size, index }, change) => {
        const entries = entriesOf(size, 'random');
        const root = referenceRoot(entries);
        const leaf = leafHash(entries[index] ?? new Uint8Array(0));
        const claim = {
          index,
          size,
          leafHash: leaf,
          root,
          proof: await inclusionProof(index, size, readerOf(entries)),
        };
        assert.ok(verifyInclusion(claim));
        assert.ok(!verifyInclusion({ ...claim, proof: mutated(claim.proof, change) }), 'proof');
        assert.ok(!verifyInclusion({ ...claim, root: flipped(root, change.bit) }), 'root');
        assert.ok(!verifyInclusion({ ...claim, leafHash: flipped(leaf, change.bit) }), 'leaf');
        assert.ok(!verifyInclusion({ ...claim, index: index ^ 1 }), 'index');
        assert.ok(!verifyInclusion({ ...claim, index: size }), 'index beyond');
      }),
      { numRuns: 60 },
    );
  });

  it('of consistency verify in random trees, and no mutation of them does', async () => {
    await fc.assert(
      fc.asyncProperty(tree, mutation, async ({ size, old }, change) => {
        const entries = entriesOf(size, 'random');
        const [oldRoot, newRoot] = [referenceRoot(entries.slice(0, old)), referenceRoot(entries)];
        const proof = await consistencyProof(old, size, readerOf(entries));
        const claim = { oldSize: old, newSize: size, oldRoot, newRoot, proof };
        assert.ok(verifyConsistency(claim));
        assert.ok(!verifyConsistency({ ...claim, proof: mutated(proof, change) }), 'proof');
        assert.ok(!verifyConsistency({ ...claim, oldRoot: flipped(oldRoot, change.bit) }), 'old root');
        assert.ok(!verifyConsistency({ ...claim, newRoot: flipped(newRoot, change.bit) }), 'new root');
        assert.ok(!verifyConsistency({ ...claim, oldSize: 0 }), 'empty old tree');
        if (old < size) assert.ok(!verifyConsistency({ ...claim, oldSize: size, newSize: old }), 'shrinking');
      }),
      { numRuns: 60 },
    );
  });

  it('are refused, not crashed on, for numbers that are no sizes', () => {
    const root = sha256();
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.equal(verifyInclusion({ index: bad, size: 1, leafHash: root, root, proof: [] }), false);
      assert.equal(verifyInclusion({ index: 0, size: bad, leafHash: root, root, proof: [] }), false);
      const claim = { oldSize: 1, newSize: 1, oldRoot: root, newRoot: root, proof: [] };
      assert.equal(verifyConsistency({ ...claim, oldSize: bad }), false);
      assert.equal(verifyConsistency({ ...claim, newSize: bad }), false);
    }
    const last = Number.MAX_SAFE_INTEGER;
    assert.equal(verifyInclusion({ index: last - 1, size: last, leafHash: root, root, proof: [] }), false);
  });
});
