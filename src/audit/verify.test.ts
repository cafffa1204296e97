import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Bytes, concatBytes, hex, utf8 } from '../base/bytes.ts';
import { canonicalJson } from '../base/canonical-json.ts';
import { signCheckpoint } from './checkpoint.ts';
import { readExport, writeExport } from './export.ts';
import { appendLeaf, EMPTY_FRONTIER, type Frontier, leafHash, rootOf } from './merkle.ts';
import { noteSigner, printVerifierKey } from './signed-note.ts';
import { describeFailure, type VerificationFailure } from './verification-failure.ts';
import { type VerificationOptions, verifyExport, verifyLog } from './verify.ts';

const signer = noteSigner('log.example', generateKeyPairSync('ed25519').privateKey);
const header = { origin: signer.name, verifierKey: printVerifierKey(signer) };
const trusted = { verifiers: [signer] };

function leaf(index: number, at = 1000 + index): Bytes {
  return utf8(canonicalJson({ at, operation: 'encrypt', requestId: `request ${index}` }));
}

function leavesOf(count: number): Bytes[] {
  return Array.from({ length: count }, (_, index) => leaf(index));
}

function frontierOf(leaves: readonly Bytes[]): Frontier {
  return leaves.reduce<Frontier>((grown, bytes) => appendLeaf(grown, leafHash(bytes)), EMPTY_FRONTIER);
}

function checkpointOf(leaves: readonly Bytes[], by = signer) {
  return {
    size: leaves.length,
    note: signCheckpoint({ size: leaves.length, rootHash: rootOf(frontierOf(leaves)) }, by),
  };
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

/** The lines of the export of these leaves, with checkpoints at these sizes and at the end. */
async function exportOf(leaves: readonly Bytes[], sizes: readonly number[] = []): Promise<string[]> {
  const checkpoints = [...sizes, leaves.length].map(size => checkpointOf(leaves.slice(0, size)));
  return Array.fromAsync(writeExport({ header, entries: each(leaves), checkpoints }));
}

function verifyLines(lines: readonly string[], options: Partial<VerificationOptions> = {}) {
  return verifyExport(each(lines), { ...trusted, ...options });
}

async function failureOf(
  lines: readonly string[],
  options: Partial<VerificationOptions> = {},
): Promise<VerificationFailure> {
  const verification = await verifyLines(lines, options);
  assert.ok(!verification.ok, 'the verification fails');
  assert.match(describeFailure(verification.failure), /^[A-Z].*\.$/);
  return verification.failure;
}

describe('an export', () => {
  it('is a header, the entries as they are, and the checkpoints behind what they cover', async () => {
    const lines = await exportOf(leavesOf(3), [0, 2]);
    const kinds = lines.map(line =>
      line.startsWith('{"at"') ? 'entry' : Object.keys(JSON.parse(line)).join(' '),
    );
    assert.deepEqual(kinds, [
      'format origin verifierKey version',
      'checkpoint',
      'entry',
      'entry',
      'checkpoint',
      'entry',
      'checkpoint',
    ]);
    assert.equal(lines[2], `${Buffer.from(leaf(0)).toString()}\n`);
    assert.deepEqual(JSON.parse(lines[0] ?? ''), { format: 'keyhold-audit-export', version: 1, ...header });
  });

  it('verifies, however it is cut into chunks', async () => {
    const leaves = [...leavesOf(40), utf8(canonicalJson({ at: 2000, text: '\u00e9\u2028\u{1f511}' }))];
    const bytes = utf8((await exportOf(leaves, [7, 7, 32])).join(''));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 500 }), async size => {
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        const verification = await verifyExport(each(chunks), trusted);
        assert.ok(verification.ok);
        assert.deepEqual([verification.verifiedSize, verification.checkpoints], [41, 4]);
        assert.equal(hex(verification.rootHash), hex(rootOf(frontierOf(leaves))));
      }),
      { numRuns: 50 },
    );
  });

  it('of an empty log verifies when its checkpoint is there', async () => {
    const verification = await verifyLines(await exportOf([]));
    assert.ok(verification.ok);
    assert.equal(verification.verifiedSize, 0);
  });

  it('is not written unless its last checkpoint covers it all', async () => {
    const leaves = leavesOf(3);
    for (const checkpoints of [[], [checkpointOf(leaves.slice(0, 2))], [checkpointOf(leavesOf(4))]]) {
      const lines = Array.fromAsync(writeExport({ header, entries: each(leaves), checkpoints }));
      await assert.rejects(lines, { name: 'BrokenInvariant' });
    }
  });

  it('that is no export is told apart by line, never with a crash', async () => {
    const good = await exportOf(leavesOf(2));
    const [head = '', first = ''] = good;
    const cases: [readonly string[], number][] = [
      [[], 1],
      [['\n'], 1],
      [[first], 1],
      [[head.replace('"version":1', '"version":2')], 1],
      [[head.replace('{', '{"extra":1,')], 1],
      [['['.repeat(500_000), '\n'], 1],
      [[head, first, '{"checkpoint":1}\n'], 3],
      [[head, first, '{"checkpoint":"x","more":1}\n'], 3],
      [[head, first, '{"checkpoint":\n'], 3],
      [[...good, '{"at":1'], 4],
      [[head, first, 'x'.repeat(900_000)], 2],
    ];
    for (const [lines, line] of cases) {
      const failure = await failureOf(lines);
      assert.equal(failure.kind, 'brokenExport');
      assert.equal('line' in failure && failure.line, line, String(lines.at(-1)).slice(0, 60));
    }
    const last = (await Array.fromAsync(readExport(each([Uint8Array.of(0xff, 0x0a)])))).at(-1);
    assert.equal(last?.kind, 'broken');
  });
});

describe('verifying a log', () => {
  it('finds any change of any byte', async () => {
    const bytes = utf8((await exportOf(leavesOf(9), [4])).join(''));
    const headerLength = bytes.indexOf(0x0a);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: headerLength, max: bytes.length - 1 }),
        fc.nat(7),
        async (at, bit) => {
          const changed = Uint8Array.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ (1 << bit);
          const verification = await verifyExport(each([changed]), trusted);
          assert.equal(verification.ok, false);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('says between which entries the change is', async () => {
    const lines = await exportOf(leavesOf(100), [10, 50]);
    const target = lines.findIndex(line => line.includes('request 33'));
    const changed = lines.with(target, (lines[target] ?? '').replace('encrypt', 'decrypt'));
    const verification = await verifyLines(changed);
    assert.ok(!verification.ok && verification.failure.kind === 'rootMismatch');
    const { firstIndex, lastIndex, signedRoot, computedRoot } = verification.failure;
    assert.deepEqual([firstIndex, lastIndex], [10, 49]);
    assert.notEqual(signedRoot, computedRoot);
    assert.deepEqual([verification.verifiedSize, verification.checkpoints], [10, 1]);
  });

  it('names the entry that is none', async () => {
    const lines = await exportOf(leavesOf(9));
    const spaced = lines.with(5, (lines[5] ?? '').replace(',', ', '));
    assert.deepEqual(await failureOf(spaced), {
      kind: 'badEntry',
      index: 4,
      problem: 'it is not in canonical form',
    });
  });

  it('notices entries taken out, put in or exchanged', async () => {
    const lines = await exportOf(leavesOf(9), [5]);
    assert.equal((await failureOf(lines.toSpliced(3, 1))).kind, 'missingEntries');
    assert.equal((await failureOf(lines.toSpliced(3, 0, lines[3] ?? ''))).kind, 'misplacedCheckpoint');
    const exchanged = lines.with(1, lines[2] ?? '').with(2, lines[1] ?? '');
    assert.equal((await failureOf(exchanged)).kind, 'rootMismatch');
    const withoutLast = lines.slice(0, -1);
    assert.deepEqual(await failureOf(withoutLast), { kind: 'uncoveredEntries', firstIndex: 5, entries: 9 });
    assert.deepEqual(await failureOf(lines.slice(0, 1)), {
      kind: 'uncoveredEntries',
      firstIndex: 0,
      entries: 0,
    });
  });

  it('believes given keys only, and the header nothing', async () => {
    const impostor = noteSigner('log.example', generateKeyPairSync('ed25519').privateKey);
    const leaves = leavesOf(4);
    const forged = await Array.fromAsync(
      writeExport({
        header: { origin: 'log.example', verifierKey: printVerifierKey(impostor) },
        entries: each(leaves),
        checkpoints: [checkpointOf(leaves, impostor)],
      }),
    );
    assert.equal((await failureOf(forged)).kind, 'badCheckpoint');
    assert.ok((await verifyLines(forged, { verifiers: [impostor, signer] })).ok);
    const other = noteSigner('other.example', generateKeyPairSync('ed25519').privateKey);
    assert.deepEqual(await failureOf(forged, { verifiers: [other] }), {
      kind: 'otherLog',
      origin: 'log.example',
    });
  });

  it('exposes a rewritten or shortened history by a checkpoint kept from earlier', async () => {
    const leaves = leavesOf(30);
    const kept = checkpointOf(leaves.slice(0, 20)).note;
    const rewritten = leaves.with(12, leaf(12, 1));
    const resigned = await exportOf(rewritten);
    assert.ok((await verifyLines(resigned)).ok, 'the holder of the key can sign anything');
    const failure = await failureOf(resigned, { knownCheckpoints: [kept] });
    assert.ok(failure.kind === 'rootMismatch');
    assert.deepEqual([failure.firstIndex, failure.lastIndex], [0, 19]);
    assert.deepEqual(await failureOf(await exportOf(leaves.slice(0, 15)), { knownCheckpoints: [kept] }), {
      kind: 'missingEntries',
      signedSize: 20,
      entries: 15,
    });
    // In no order.
    const both = [kept, checkpointOf(leaves).note, checkpointOf([]).note, kept];
    const verification = await verifyLines(await exportOf(leaves), { knownCheckpoints: both });
    assert.deepEqual([verification.ok, verification.checkpoints], [true, 5]);
    assert.equal(
      (await failureOf(await exportOf(leaves), { knownCheckpoints: [kept, 'junk'] })).kind,
      'badKnownCheckpoint',
    );
  });

  it('exposes two histories that were signed for one size', async () => {
    const leaves = leavesOf(30);
    const [here, elsewhere] = [checkpointOf(leaves), checkpointOf(leaves.with(12, leaf(12, 1)))];
    const twoHistories = { kind: 'twoHistories', size: 30 } as const;
    const lines = await exportOf(leaves);
    const kept = [here.note, elsewhere.note];
    assert.deepEqual(await failureOf(lines, { knownCheckpoints: kept }), twoHistories);
    assert.deepEqual(await failureOf(lines, { knownCheckpoints: kept.toReversed() }), twoHistories);
    const both = { header, entries: each(leaves), checkpoints: [here, elsewhere] };
    assert.deepEqual(await failureOf(await Array.fromAsync(writeExport(both))), twoHistories);
  });

  it('warns of instants that go backwards without failing', async () => {
    const leaves = Array.from({ length: 60 }, (_, index) => leaf(index, index % 2 === 0 ? 5000 : 4000));
    const { ok, warnings } = await verifyLines(await exportOf(leaves));
    assert.equal(ok, true);
    assert.equal(warnings.count, 30);
    assert.equal(warnings.first.length, 20);
    assert.deepEqual(warnings.first[0], { index: 1, at: 4000, previousAt: 5000 });
    const atOnce = Array.from({ length: 3 }, (_, index) => leaf(index, 5000));
    assert.equal((await verifyLines(await exportOf(atOnce))).warnings.count, 0);
  });

  it('tells how far it is', async () => {
    const heard: number[] = [];
    const leaves = leavesOf(25_000);
    const verification = await verifyLog(
      each([
        ...leaves.map(bytes => ({ kind: 'entry' as const, leaf: bytes })),
        { kind: 'checkpoint' as const, note: checkpointOf(leaves).note },
      ]),
      { ...trusted, onProgress: entries => heard.push(entries) },
    );
    assert.ok(verification.ok);
    assert.deepEqual(heard, [10_000, 20_000]);
  });

  it('survives any bytes', async () => {
    const good = utf8((await exportOf(leavesOf(2))).join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length),
        fc.array(fc.uint8Array({ maxLength: 80 })),
        async (keep, chunks) => {
          const text = concatBytes(good.subarray(0, keep), ...chunks);
          const verification = await verifyExport(each([text]), trusted);
          if (verification.ok) assert.equal(hex(text), hex(good));
        },
      ),
      { numRuns: 300 },
    );
  });
});
