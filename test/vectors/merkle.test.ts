// RFC 6962 proofs published by transparency-dev/merkle (Apache-2.0). Without the full sets beside the repository a few of them are run,
// and what was left out is said.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { verifyConsistency, verifyInclusion } from '../../src/audit/merkle-proof.ts';
import { type Bytes, decodeBase64 } from '../../src/base/bytes.ts';

interface Vector {
  readonly file: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}
interface InclusionVector extends Vector {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string | null;
  readonly leafHash: string | null;
}
interface ConsistencyVector extends Vector {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string | null;
  readonly root2: string | null;
}

/** Vectors whose verdict is not ours. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'consistency/additional/sizes-are-equal-one-and-proof-is-empty.json':
    'its roots have 12 bytes, and the verifier takes hashes of 32 bytes only',
};

describe('published Merkle proofs', () => {
  it('of inclusion are judged as published', t => {
    run<InclusionVector>(t, 'rfc6962-inclusion-proofs.json', 98, vector =>
      verifyInclusion({
        index: vector.leafIdx,
        size: vector.treeSize,
        leafHash: bytes(vector.leafHash),
        root: bytes(vector.root),
        proof: (vector.proof ?? []).map(bytes),
      }),
    );
  });

  it('of consistency are judged as published', t => {
    run<ConsistencyVector>(t, 'rfc6962-consistency-proofs.json', 98, vector =>
      verifyConsistency({
        oldSize: vector.size1,
        newSize: vector.size2,
        oldRoot: bytes(vector.root1),
        newRoot: bytes(vector.root2),
        proof: (vector.proof ?? []).map(bytes),
      }),
    );
  });
});

function run<V extends Vector>(
  t: TestContext,
  name: string,
  published: number,
  verify: (vector: V) => boolean,
): void {
  const shared = new URL(`../../../shared/vectors/merkle/${name}`, import.meta.url);
  const small = new URL(`small/${name}`, import.meta.url);
  const whole = existsSync(shared);
  const vectors: readonly V[] = JSON.parse(readFileSync(whole ? shared : small, 'utf8'));
  if (whole) assert.equal(vectors.length, published);
  else
    t.diagnostic(`left out: ${published - vectors.length} of ${published}, which are not in the repository`);
  const counts = { accepted: 0, refused: 0, exceptions: 0 };
  for (const vector of vectors) {
    const reason = EXCEPTIONS[vector.file];
    const accepted = verify(vector);
    // An exception that has become none is to be taken off the list.
    assert.equal(accepted, reason === undefined ? !vector.wantErr : vector.wantErr, vector.file);
    if (reason !== undefined) t.diagnostic(`exception: ${vector.file}: ${reason}`);
    counts[reason !== undefined ? 'exceptions' : accepted ? 'accepted' : 'refused'] += 1;
  }
  t.diagnostic(`${counts.accepted} accepted, ${counts.refused} refused, ${counts.exceptions} exceptions`);
}

function bytes(text: string | null): Bytes {
  const decoded = decodeBase64(text ?? '');
  assert.ok(decoded !== undefined, 'the vectors are in base64');
  return decoded;
}
