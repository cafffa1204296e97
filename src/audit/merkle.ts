// The Merkle tree of RFC 6962 section 2.1 over SHA-256: its two hashes, and the frontier, which is all that appending needs to know
// of a tree. Pure: nothing here reads storage. A leaf and an inner node are hashed under different first bytes, so that neither
// can pass for the other; never hash tree input in any other way than through this file.

import { hash } from 'node:crypto';
import { assert, must } from '../base/assert.ts';
import { type Bytes, concatBytes, EMPTY_BYTES, uint64 } from '../base/bytes.ts';
import { invalidInput } from '../domain/errors.ts';

export const HASH_BYTES = 32;
/** Sizes and indexes are JavaScript numbers: a tree holds fewer than 2^53 leaves, so a frontier at most 53 hashes. */
export const TREE_SIZE_MAX = Number.MAX_SAFE_INTEGER;

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const SIZE_BYTES = 8;

/** The root of the tree without leaves: the hash of nothing. */
export const EMPTY_ROOT: Bytes = sha256(EMPTY_BYTES);

// Hashing is synchronous and audit entries are not secret: one scratch buffer per shape saves an allocation per hash.
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES).fill(NODE_PREFIX, 0, 1);
const leafScratch = new Uint8Array(4096).fill(LEAF_PREFIX, 0, 1);

/** By way of a text: memory of its own for each result costs more than the hash. */
function sha256(input: Bytes): Bytes {
  return Buffer.from(hash('sha256', input, 'binary'), 'latin1');
}

/** The hash of a leaf from the bytes of its entry. */
export function leafHash(leaf: Bytes): Bytes {
  const length = 1 + leaf.length;
  const input = length <= leafScratch.length ? leafScratch.subarray(0, length) : new Uint8Array(length);
  input.set(leaf, 1);
  return sha256(input);
}

/** The hash of an inner node from those of its two children, 32 bytes each. */
export function nodeHash(left: Bytes, right: Bytes): Bytes {
  assert(left.length === HASH_BYTES && right.length === HASH_BYTES, 'a tree hash has 32 bytes');
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/**
 * The right edge of a tree: the roots of the perfect subtrees that its leaves fill, largest (leftmost) first; one for each 1 bit
 * of the size. It is enough to append and to know the root.
 */
export type Frontier = { readonly size: number; readonly hashes: readonly Bytes[] };

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] };

/**
 * The frontier with one more leaf; the one given stays as it is. `completed` hears of each inner node that this leaf makes perfect,
 * from level 1 upwards (level 0 is the leaf itself). One hash per leaf on average.
 */
export function appendLeaf(
  frontier: Frontier,
  newLeafHash: Bytes,
  completed?: (level: number, nodeHash: Bytes) => void,
): Frontier {
  assert(newLeafHash.length === HASH_BYTES, 'a tree hash has 32 bytes');
  assert(frontier.size < TREE_SIZE_MAX, 'a tree holds fewer than 2^53 leaves');
  const hashes = frontier.hashes.slice();
  let node = newLeafHash;
  let level = 0;
  // As in binary addition: each trailing 1 bit of the size is a perfect subtree that the carry joins.
  for (let bits = frontier.size; bits % 2 === 1; bits = (bits - 1) / 2) {
    node = nodeHash(must(hashes.pop(), 'a frontier has one hash for each 1 bit of its size'), node);
    level += 1;
    completed?.(level, node);
  }
  hashes.push(node);
  return { size: frontier.size + 1, hashes };
}

/** The root of the tree (RFC 6962 section 2.1). */
export function rootOf(frontier: Frontier): Bytes {
  return frontier.hashes.length === 0 ? EMPTY_ROOT : joinSubtrees(frontier.hashes);
}

/** The hash of a run of leaves from the roots of its perfect subtrees, largest first; at least one. */
export function joinSubtrees(hashes: readonly Bytes[]): Bytes {
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The root of a perfect subtree from the hashes at its bottom: 1, 2, 4, ... of them. */
export function perfectRoot(hashes: readonly Bytes[]): Bytes {
  let level = hashes;
  while (level.length > 1) {
    assert(level.length % 2 === 0, 'a perfect subtree has a power of two of hashes at its bottom');
    const above: Bytes[] = [];
    for (let at = 0; at < level.length; at += 2)
      above.push(nodeHash(hashAt(level, at), hashAt(level, at + 1)));
    level = above;
  }
  return hashAt(level, 0);
}

function hashAt(hashes: readonly Bytes[], index: number): Bytes {
  return must(hashes[index], 'a perfect subtree is not empty');
}

/** How many hashes the frontier of a tree of this size has. */
export function frontierLength(size: number): number {
  let ones = 0;
  for (let bits = size; bits > 0; bits = Math.floor(bits / 2)) ones += bits % 2;
  return ones;
}

/** The frontier as bytes: the size as uint64, then the hashes, largest subtree first. At most 1,704 bytes. */
export function serializeFrontier(frontier: Frontier): Bytes {
  return concatBytes(uint64(frontier.size), ...frontier.hashes);
}

/** Reads what {@link serializeFrontier} wrote; `invalidInput` for anything else. */
export function parseFrontier(bytes: Bytes): Frontier {
  if (bytes.length < SIZE_BYTES)
    throw invalidInput('frontier', 'must begin with the size of the tree in 8 bytes');
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0);
  if (size > BigInt(TREE_SIZE_MAX))
    throw invalidInput('frontier', 'must be of a tree of fewer than 2^53 leaves');
  const count = frontierLength(Number(size));
  if (bytes.length !== SIZE_BYTES + count * HASH_BYTES) {
    throw invalidInput(
      'frontier',
      'must hold one hash of 32 bytes for each 1 bit of the size, and nothing after them',
    );
  }
  return { size: Number(size), hashes: splitHashes(bytes.slice(SIZE_BYTES)) };
}

/** Views of the hashes that stand one behind the other in the bytes, whose length is a multiple of 32. */
export function splitHashes(bytes: Bytes): Bytes[] {
  assert(bytes.length % HASH_BYTES === 0, 'concatenated hashes have 32 bytes each');
  const hashes: Bytes[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES));
  return hashes;
}
