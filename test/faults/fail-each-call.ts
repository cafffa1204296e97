// One operation, with its n-th call of a port failing, for n = 1, 2, 3 ... until none is reached any more.

import assert from 'node:assert/strict';
import { SecretBytes } from '../../src/base/secret-bytes.ts';
import { type ErrorCode, KmsError } from '../../src/domain/errors.ts';
import type { Fault } from '../support/fail-nth.ts';
import { watchSecrets } from '../support/secrets.ts';
import { type Bench, changesBetween } from './bench.ts';
import type { Ground, Trial } from './trial.ts';

const FAULTS: readonly Omit<Fault, 'nth'>[] = [
  { moment: 'before', failure: 'statement' },
  { moment: 'before', failure: 'connection' },
  { moment: 'after', failure: 'statement' },
  { moment: 'after', failure: 'connection' },
];

/** What a caller may be told of a fault that is not its own. */
const ALLOWED: readonly ErrorCode[] = ['auditUnavailable', 'storeUnavailable', 'internal'];
const CALLS_MAX = 500;

/** Of every trial in this process. */
export const counts = { faults: 0, happened: 0 };

/** Fails unless a change happens whole or not at all and never without its entry, and nothing is answered that is not in the log. */
export async function tryOperation(bench: Bench, trial: Trial): Promise<void> {
  const whole = await changesOfSuccess(bench, trial);
  assert.equal(whole !== '', trial.operation.kind === 'change', `${trial.operation.kind}: ${whole}`);
  for (const kind of FAULTS) {
    for (let nth = 1; await survives(bench, trial, whole, { ...kind, nth }); nth += 1) {
      assert.ok(nth < CALLS_MAX, 'an operation ends');
    }
  }
}

/** What the operation changes when nothing fails. */
async function changesOfSuccess(bench: Bench, trial: Trial): Promise<string> {
  const ground = await trial.prepare(bench);
  const before = await bench.dump();
  await bench.newEntries();
  const { outcome, requestId } = await attempt(bench, ground);
  assert.equal(outcome, 'ok');
  assert.deepEqual(await entriesOf(bench, requestId), ['ok']);
  return changesBetween(before, await bench.dump());
}

/** Tries with the fault, and checks everything. False when the operation ended without meeting it. */
async function survives(bench: Bench, trial: Trial, whole: string, fault: Fault): Promise<boolean> {
  const where = `${trial.operation.name}, call ${fault.nth} ${fault.moment}, ${fault.failure}`;
  const ground = await trial.prepare(bench);
  const before = await bench.dump();
  await bench.newEntries();

  bench.nthCall.set(fault);
  const tried = await attempt(bench, ground);
  const struck = bench.nthCall.clear();
  const { outcome } = tried;
  const entries = await entriesOf(bench, tried.requestId);

  const changes = changesBetween(before, await bench.dump());
  const happened = entries[0] === 'ok';
  assert.ok(entries.length <= 1, `${where}: one entry at most, not ${entries}`);
  if (trial.operation.kind === 'change') {
    assert.equal(changes, happened ? whole : '', `${where}: half done, or done without its entry`);
  } else {
    assert.equal(changes, '', where);
  }
  if (!struck) {
    assert.equal(outcome, 'ok', where);
    assert.ok(happened, where);
    return false;
  }

  counts.faults += 1;
  if (happened) counts.happened += 1;
  if (outcome === 'ok') {
    // Only what was not needed may have failed: the answer stands and is recorded.
    assert.ok(happened, `${where}: answered without an entry`);
  } else {
    assert.ok(ALLOWED.includes(outcome), `${where}: told ${outcome}`);
    // A refusal that is not about the log itself is in the log.
    if (outcome !== 'auditUnavailable') assert.deepEqual(entries, [outcome], where);
    assert.deepEqual(tried.secretsLeft, 0, `${where}: a secret outlived the refusal`);
  }

  const again = await attempt(bench, ground);
  const expected = happened ? (trial.repeated ?? 'ok') : 'ok';
  assert.equal(again.outcome, expected, `${where}: the repetition`);
  assert.deepEqual(await entriesOf(bench, again.requestId), [expected], where);
  return true;
}

interface Attempt {
  readonly requestId: string;
  readonly outcome: 'ok' | ErrorCode;
  /** Secrets that were made meanwhile and are still readable; those of an answer are disposed of. */
  readonly secretsLeft: number;
}

async function attempt(bench: Bench, ground: Ground): Promise<Attempt> {
  const context = bench.context(ground.where);
  const secrets = watchSecrets();
  let outcome: Attempt['outcome'] = 'ok';
  try {
    disposeOf(await ground.attempt(bench.kms, context));
  } catch (thrown) {
    assert.ok(thrown instanceof KmsError, `not a KmsError: ${thrown}`);
    outcome = thrown.code;
  }
  return { requestId: context.requestId, outcome, secretsLeft: secrets.stop().length };
}

async function entriesOf(bench: Bench, requestId: string): Promise<readonly string[]> {
  const entries = await bench.newEntries();
  return entries.filter(entry => entry.requestId === requestId).map(entry => entry.outcome);
}

/** As a protocol does with an answer once it is encoded. */
function disposeOf(output: unknown): void {
  if (output instanceof SecretBytes) output[Symbol.dispose]();
  else if (typeof output === 'object' && output !== null) {
    for (const value of Object.values(output)) if (value instanceof SecretBytes) value[Symbol.dispose]();
  }
}
