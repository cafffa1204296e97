// Inclusion and consistency proofs (RFC 6962 sections 2.1.1 and 2.1.2). Making and checking a proof walk the same path from the root
// downwards; it is written once per kind, as the list of leaf ranges whose hashes the proof consists of. Checking is total: whatever
// it is handed, it answers true or false.

import { assert, must } from '../base/assert.ts';
import { type Bytes, equalBytes } from '../base/bytes.ts';
import { HASH_BYTES, joinSubtrees, nodeHash, TREE_SIZE_MAX } from './merkle.ts';

/** Reads the hash of the perfect subtree over leaves [index * 2^level, (index + 1) * 2^level): a level-0 hash is a leaf's. */
export type HashReader = (level: number, index: number) => Bytes | Promise<Bytes>;

/** A sibling on the way from a node up to the root: the leaves it covers, and on which side of the way it stands. */
type Sibling = { readonly start: number; readonly end: number; readonly side: 'left' | 'right' };

/** The proof that the leaf stands at this index in the tree of this size: the siblings from the leaf upwards. 0 <= index < size. */
export function inclusionProof(index: number, size: number, readHash: HashReader): Promise<Bytes[]> {
  assert(
    isTreeSize(size) && isTreeSize(index) && index < size,
    'an inclusion proof is of a leaf of the tree',
  );
  return readRanges(siblingsOfLeaf(index, size), readHash);
}

/** The proof that the tree of the old size is the beginning of the one of the new size. 0 < old <= new; empty when they are equal. */
export function consistencyProof(oldSize: number, newSize: number, readHash: HashReader): Promise<Bytes[]> {
  assert(
    isTreeSize(oldSize) && isTreeSize(newSize) && oldSize > 0 && oldSize <= newSize,
    'a consistency proof is between a tree with leaves and one at least as large',
  );
  const { seed, siblings } = siblingsOfPrefix(oldSize, newSize);
  return readRanges(seed === undefined ? siblings : [seed, ...siblings], readHash);
}

export type InclusionClaim = {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Bytes;
  readonly root: Bytes;
  readonly proof: readonly Bytes[];
};

/** Whether the proof shows that the leaf stands at the index in the tree of that size and root. */
export function verifyInclusion({ index, size, leafHash, root, proof }: InclusionClaim): boolean {
  if (!isTreeSize(size) || !isTreeSize(index) || index >= size) return false;
  if (![leafHash, root, ...proof].every(isHash)) return false;
  const siblings = siblingsOfLeaf(index, size);
  if (proof.length !== siblings.length) return false;
  let node = leafHash;
  for (const [step, { side }] of siblings.entries()) {
    const sibling = must(proof[step], 'the proof has a hash for each sibling');
    node = side === 'left' ? nodeHash(sibling, node) : nodeHash(node, sibling);
  }
  return equalBytes(node, root);
}

export type ConsistencyClaim = {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Bytes;
  readonly newRoot: Bytes;
  readonly proof: readonly Bytes[];
};

/**
 * Whether the proof shows that the old tree is the beginning of the new one. False when the old tree is empty: every tree begins
 * with it, so there is nothing that a proof could show.
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim;
  if (!isTreeSize(oldSize) || !isTreeSize(newSize) || oldSize === 0 || oldSize > newSize) return false;
  if (![oldRoot, newRoot, ...proof].every(isHash)) return false;
  const { seed, siblings } = siblingsOfPrefix(oldSize, newSize);
  const seeds = seed === undefined ? 0 : 1;
  if (proof.length !== seeds + siblings.length) return false;
  // Without a seed the old tree is itself a node of the new one, and its root is where both walks begin.
  let oldNode = seed === undefined ? oldRoot : must(proof[0], 'the proof begins with the seed');
  let newNode = oldNode;
  for (const [step, { side }] of siblings.entries()) {
    const sibling = must(proof[seeds + step], 'the proof has a hash for each sibling');
    if (side === 'left') {
      oldNode = nodeHash(sibling, oldNode);
      newNode = nodeHash(sibling, newNode);
    } else {
      newNode = nodeHash(newNode, sibling);
    }
  }
  return equalBytes(oldNode, oldRoot) && equalBytes(newNode, newRoot);
}

/** PATH(m, D[n]) of RFC 6962 section 2.1.1, from the leaf upwards. */
function siblingsOfLeaf(index: number, size: number): Sibling[] {
  const downwards: Sibling[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + leftLeaves(end - start);
    if (index < middle) {
      downwards.push({ start: middle, end, side: 'right' });
      end = middle;
    } else {
      downwards.push({ start, end: middle, side: 'left' });
      start = middle;
    }
  }
  return downwards.reverse();
}

/**
 * SUBPROOF(m, D[n], true) of RFC 6962 section 2.1.2, from the bottom upwards. The walk ends at the subtree that holds the last leaves
 * of the old tree; that one is the seed, and is part of the proof unless it is the whole old tree, whose root the verifier knows.
 */
function siblingsOfPrefix(oldSize: number, newSize: number): { seed?: Sibling; siblings: Sibling[] } {
  const downwards: Sibling[] = [];
  let start = 0;
  let end = newSize;
  while (end !== oldSize) {
    const middle = start + leftLeaves(end - start);
    if (oldSize <= middle) {
      downwards.push({ start: middle, end, side: 'right' });
      end = middle;
    } else {
      downwards.push({ start, end: middle, side: 'left' });
      start = middle;
    }
  }
  const siblings = downwards.reverse();
  return start === 0 ? { siblings } : { seed: { start, end, side: 'left' }, siblings };
}

/** How many of the leaves stand in the left subtree: the largest power of two smaller than their number, which is at least 2. */
function leftLeaves(leaves: number): number {
  let power = 1;
  while (power * 2 < leaves) power *= 2;
  return power;
}

async function readRanges(ranges: readonly Sibling[], readHash: HashReader): Promise<Bytes[]> {
  const hashes: Bytes[] = [];
  for (const range of ranges) hashes.push(await readRange(range, readHash));
  return hashes;
}

/** The hash of a range of leaves that a split of the tree has made: its perfect subtrees begin at its start, largest first. */
async function readRange({ start, end }: Sibling, readHash: HashReader): Promise<Bytes> {
  const subtrees: Bytes[] = [];
  let at = start;
  while (at < end) {
    let level = 0;
    let leaves = 1;
    while (leaves * 2 <= end - at) {
      level += 1;
      leaves *= 2;
    }
    const subtree = await readHash(level, at / leaves);
    assert(isHash(subtree), 'a tree hash has 32 bytes');
    subtrees.push(subtree);
    at += leaves;
  }
  return joinSubtrees(subtrees);
}

function isTreeSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= TREE_SIZE_MAX;
}

function isHash(bytes: Bytes): boolean {
  return bytes.length === HASH_BYTES;
}
