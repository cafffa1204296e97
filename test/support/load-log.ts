// Watches an audit log through crashes: grows a tree of its own from the entries as they come, so that every checkpoint it was given must
// fit, what was once read may never change, and every answer has its one entry.

import assert from 'node:assert/strict';
import { openCheckpoint } from '../../src/audit/checkpoint.ts';
import {
  appendLeaf,
  EMPTY_FRONTIER,
  type Frontier,
  leafHash,
  rootOf,
  serializeFrontier,
} from '../../src/audit/merkle.ts';
import { parseVerifierKey } from '../../src/audit/signed-note.ts';
import { verifyExport } from '../../src/audit/verify.ts';
import { must } from '../../src/base/assert.ts';
import { type Bytes, decodeUtf8, hex } from '../../src/base/bytes.ts';
import type { AuditEntry } from '../../src/domain/audit-entry.ts';
import type { LoadClient } from './load-client.ts';
import type { Answers } from './load-lane.ts';

export type LeafSource = (
  from: number,
) => Promise<{ readonly leaves: readonly Bytes[]; readonly head: Bytes | undefined }>;

/** What AWS's operations of the load are called in the log. */
const OPERATIONS: Readonly<Record<string, string>> = {
  CreateKey: 'key.create',
  Encrypt: 'key.encrypt',
  GenerateDataKey: 'key.generateDataKey',
  Decrypt: 'key.decrypt',
  DisableKey: 'key.disable',
  EnableKey: 'key.enable',
  ScheduleKeyDeletion: 'key.scheduleDestruction',
  CancelKeyDeletion: 'key.cancelDestruction',
  RotateKeyOnDemand: 'key.rotate',
  CreateAlias: 'name.create',
  UpdateAlias: 'name.update',
  DeleteAlias: 'name.delete',
};

interface Checkpoint {
  readonly size: number;
  readonly rootHash: Bytes;
}

export class LogWatch {
  #tree: Frontier = EMPTY_FRONTIER;
  readonly #requestIds = new Set<string>();
  /** Not reached yet, by size. */
  #ahead: Checkpoint[] = [];
  readonly #notes: string[] = [];
  #verifierKey: string | undefined;

  get size(): number {
    return this.#tree.size;
  }

  get checkpoints(): number {
    return this.#notes.length;
  }

  /** Asks for a checkpoint and keeps it. Nothing happens when there is no answer. */
  async takeCheckpoint(client: LoadClient): Promise<void> {
    const reply = await client.admin('/audit/checkpoint');
    if (reply?.status !== 200) return;
    const { checkpoint, verifierKey } = JSON.parse(reply.text) as Readonly<Record<string, string>>;
    this.#verifierKey ??= verifierKey;
    assert.equal(verifierKey, this.#verifierKey, 'the log keeps its key');
    const note = must(checkpoint, 'the answer holds a checkpoint');
    const { size, rootHash } = openCheckpoint(note, [this.#verifier()]);
    this.#notes.push(note);
    this.#ahead.push({ size, rootHash });
    this.#ahead.sort((left, right) => left.size - right.size);
    this.#compareAhead();
  }

  /** Reads what is new and holds it against the answers. */
  async catchUp(source: LeafSource, answers: Answers): Promise<void> {
    const missing = new Map(answers);
    let head: Bytes | undefined;
    for (;;) {
      const page = await source(this.#tree.size);
      head = page.head;
      if (page.leaves.length === 0) break;
      for (const leaf of page.leaves) this.#grow(leaf, missing);
    }
    assert.deepEqual([...missing.keys()], [], 'every answer has an entry');
    assert.equal(
      hex(must(head, 'the log has a head')),
      hex(serializeFrontier(this.#tree)),
      'the tree is as it was',
    );
    assert.deepEqual(this.#ahead, [], 'the log holds every checkpoint that it has given');
  }

  /** The export, verified as an auditor does, with every checkpoint of before. Returns the number of entries. */
  async verifyExport(client: LoadClient): Promise<number> {
    await this.takeCheckpoint(client);
    const reply = await client.admin('/audit/export');
    assert.equal(reply?.status, 200);
    const lines = async function* () {
      yield reply?.text ?? '';
    };
    const outcome = await verifyExport(lines(), {
      verifiers: [this.#verifier()],
      knownCheckpoints: this.#notes,
    });
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.verifiedSize;
  }

  #grow(leaf: Bytes, missing: Answers): void {
    this.#tree = appendLeaf(this.#tree, leafHash(leaf));
    const entry = JSON.parse(decodeUtf8(leaf)) as AuditEntry;
    // The first start does several things in one request of its own; those of clients are one thing each.
    if (entry.protocol !== 'first-start') {
      assert.ok(!this.#requestIds.has(entry.requestId), `one entry for each request: ${decodeUtf8(leaf)}`);
      this.#requestIds.add(entry.requestId);
    }
    const answer = missing.get(entry.requestId);
    if (answer !== undefined) {
      assert.equal(entry.operation, OPERATIONS[answer.action]);
      assert.equal(
        entry.outcome === 'ok',
        answer.ok,
        `${answer.action} was answered otherwise: ${entry.outcome}`,
      );
      missing.delete(entry.requestId);
    }
    this.#compareAhead();
  }

  #compareAhead(): void {
    for (let next = this.#ahead[0]; next?.size === this.#tree.size; next = this.#ahead[0]) {
      assert.equal(hex(rootOf(this.#tree)), hex(next.rootHash), `the checkpoint of ${next.size} entries`);
      this.#ahead.shift();
    }
  }

  #verifier() {
    return parseVerifierKey(must(this.#verifierKey, 'a checkpoint was taken'));
  }
}
