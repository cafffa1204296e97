import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { must } from '../base/assert.ts';
import { type Bytes, hex, utf8 } from '../base/bytes.ts';
import { signCheckpoint } from './checkpoint.ts';
import { EMPTY_LOG_HEAD, growLog, logHashReader } from './log-head.ts';
import { leafHash, rootOf } from './merkle.ts';
import { inclusionProof } from './merkle-proof.ts';
import { type AuditReceipt, parseReceipt, printReceipt, verifyReceipt } from './receipt.ts';
import { noteSigner } from './signed-note.ts';

const signer = noteSigner('log.example', generateKeyPairSync('ed25519').privateKey);
const SIZE = 700;

async function receiptOf(index: number, leaves = entries()): Promise<AuditReceipt> {
  const { head, fullTiles } = growLog(EMPTY_LOG_HEAD, leaves.map(leafHash));
  const reader = logHashReader(head, async (level, at) => {
    const tile = fullTiles.find(full => full.level === level && full.index === at);
    return must(tile, 'a full tile').hashes;
  });
  return {
    index,
    leaf: must(leaves[index], 'a leaf'),
    proof: await inclusionProof(index, leaves.length, reader),
    checkpoint: signCheckpoint({ size: leaves.length, rootHash: rootOf(head.frontier) }, signer),
  };
}

function entries(): Bytes[] {
  return Array.from({ length: SIZE }, (_, index) => utf8(`{"at":${index},"operation":"destroyKey \u00e9"}`));
}

describe('a receipt', () => {
  it('proves that its entry is in the log', async () => {
    for (const index of [0, 255, 256, 500, SIZE - 1]) {
      const receipt = await receiptOf(index);
      const text = printReceipt(receipt);
      const verification = verifyReceipt(text, [signer]);
      assert.ok(verification.ok);
      assert.deepEqual(
        [verification.at, verification.checkpoint.size, verification.receipt.index],
        [index, SIZE, index],
      );
      assert.equal(hex(verification.receipt.leaf), hex(receipt.leaf));
      assert.ok(
        verifyReceipt(JSON.stringify(JSON.parse(text), null, 2), [signer]).ok,
        'in another layout too',
      );
    }
  });

  it('proves nothing once anything in it is changed', async () => {
    const receipt = await receiptOf(300);
    const other = await receiptOf(301);
    const changes: Partial<AuditReceipt>[] = [
      { index: 301 },
      { index: SIZE },
      { leaf: other.leaf },
      { proof: other.proof },
      { proof: receipt.proof.slice(1) },
      { proof: [] },
      { checkpoint: receipt.checkpoint.replace('\n700\n', '\n701\n') },
      { checkpoint: receipt.checkpoint.replace('log.example', 'log.examplf') },
      { checkpoint: '' },
    ];
    for (const change of changes) {
      const verification = verifyReceipt(printReceipt({ ...receipt, ...change }), [signer]);
      assert.equal(verification.ok, false, Object.keys(change).join());
    }
    const stranger = noteSigner('log.example', generateKeyPairSync('ed25519').privateKey);
    assert.equal(verifyReceipt(printReceipt(receipt), [stranger]).ok, false);
    assert.equal(verifyReceipt(printReceipt(receipt), []).ok, false);
  });

  it('of a leaf that is no entry is told apart from one that is not in the log', async () => {
    const odd = await receiptOf(1, [utf8('{"at":1}'), utf8('{"at": 2}')]);
    assert.deepEqual(verifyReceipt(printReceipt(odd), [signer]), {
      ok: false,
      problem: 'The entry is in the log, but it is not in canonical form.',
    });
  });

  it('of another form is refused, never with a crash', async () => {
    const good = JSON.parse(printReceipt(await receiptOf(3)));
    const bad: unknown[] = [
      { ...good, extra: 1 },
      { ...good, version: 2 },
      { ...good, format: 'other' },
      { ...good, index: -1 },
      { ...good, index: 0.5 },
      { ...good, index: 2 ** 53 },
      { ...good, index: '3' },
      { ...good, leaf: null },
      { ...good, leaf: 'x'.repeat(65_536) },
      { ...good, proof: {} },
      { ...good, proof: ['AAAA'] },
      { ...good, proof: [`${'A'.repeat(42)}B=`] },
      { ...good, proof: Array.from({ length: 54 }, () => good.proof[0]) },
      { ...good, checkpoint: 'x'.repeat(300_000) },
      { ...good, leaf: '\ud800' },
      [],
      null,
    ];
    for (const value of bad) assert.equal(verifyReceipt(JSON.stringify(value), [signer]).ok, false);
    const padded = JSON.stringify(good) + ' '.repeat(1_048_576);
    for (const text of ['', 'x', '['.repeat(1_000_000), padded, '{"__proto__":{}}']) {
      assert.throws(() => parseReceipt(text), { code: 'invalidInput' });
    }
    fc.assert(
      fc.property(fc.json(), text => !verifyReceipt(text, [signer]).ok),
      { numRuns: 300 },
    );
  });
});
