// The vectors of docs/formats/audit-log.md and docs/formats/checkpoint.md: whoever changes one of these formats breaks this test.

import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openCheckpoint, signCheckpoint } from '../../src/audit/checkpoint.ts';
import { writeExport } from '../../src/audit/export.ts';
import { EMPTY_LOG_HEAD, growLog, logHashReader } from '../../src/audit/log-head.ts';
import { leafHash, rootOf, serializeFrontier } from '../../src/audit/merkle.ts';
import { inclusionProof } from '../../src/audit/merkle-proof.ts';
import { printReceipt, verifyReceipt } from '../../src/audit/receipt.ts';
import { noteSigner, parseVerifierKey, printVerifierKey } from '../../src/audit/signed-note.ts';
import { verifyExport } from '../../src/audit/verify.ts';
import { type Bytes, hex, utf8 } from '../../src/base/bytes.ts';

interface Vectors {
  readonly origin: string;
  readonly seed: string;
  readonly verifierKey: string;
  readonly leaves: readonly string[];
  readonly leafHashes: readonly string[];
  readonly trees: readonly { readonly size: number; readonly root: string; readonly frontier: string }[];
  readonly checkpoints: readonly { readonly size: number; readonly note: string }[];
  readonly export: string;
  readonly receipt: { readonly index: number; readonly text: string };
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../docs/formats/audit-log-vectors.json', import.meta.url), 'utf8'),
);
const leaves = vectors.leaves.map(utf8);
const verifier = parseVerifierKey(vectors.verifierKey);
const signer = noteSigner(vectors.origin, signingKey(vectors.seed));

function signingKey(seed: string) {
  // RFC 8410 section 7: the private key of Ed25519 in PKCS #8 is its seed behind a fixed header.
  const header = '302e020100300506032b657004220420';
  return createPrivateKey({ key: Buffer.from(header + seed, 'hex'), format: 'der', type: 'pkcs8' });
}

function headOf(size: number) {
  return growLog(EMPTY_LOG_HEAD, leaves.slice(0, size).map(leafHash)).head;
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

describe('the vectors of the audit log', () => {
  it('have these leaf hashes, roots and frontiers', () => {
    assert.deepEqual(
      leaves.map(leaf => hex(leafHash(leaf))),
      vectors.leafHashes,
    );
    for (const { size, root, frontier } of vectors.trees) {
      const head = headOf(size);
      assert.equal(hex(rootOf(head.frontier)), root);
      assert.equal(hex(serializeFrontier(head.frontier)), frontier);
    }
  });

  it('have these checkpoints, Ed25519 being deterministic', () => {
    assert.equal(printVerifierKey(signer), vectors.verifierKey);
    for (const { size, note } of vectors.checkpoints) {
      const rootHash = rootOf(headOf(size).frontier);
      assert.equal(signCheckpoint({ size, rootHash }, signer), note);
      assert.equal(openCheckpoint(note, [verifier]).size, size);
    }
  });

  it('are written as this export, which verifies', async () => {
    const { origin, verifierKey, checkpoints } = vectors;
    const lines = await Array.fromAsync(
      writeExport({ header: { origin, verifierKey }, entries: each<Bytes>(leaves), checkpoints }),
    );
    assert.equal(lines.join(''), vectors.export);
    const verification = await verifyExport(each([vectors.export]), { verifiers: [verifier] });
    assert.deepEqual([verification.ok, verification.verifiedSize, verification.checkpoints], [true, 5, 2]);
  });

  it('have this receipt, which verifies', async () => {
    const { index, text } = vectors.receipt;
    const reader = logHashReader(headOf(5), () => Promise.reject(new Error('no tile is full')));
    const proof = await inclusionProof(index, 5, reader);
    const [leaf, checkpoint] = [leaves[index], vectors.checkpoints[1]?.note];
    assert.ok(leaf !== undefined && checkpoint !== undefined);
    assert.equal(printReceipt({ index, leaf, proof, checkpoint }), text);
    assert.equal(verifyReceipt(text, [verifier]).ok, true);
  });
});
