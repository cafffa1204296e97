// Every operation, with the n-th call of the store or of the audit log failing, for n = 1, 2, 3 ... until none is reached any more:
// a change happens whole or not at all and never without its entry, and nothing is answered that is not in the log.

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { revealSecretBytes, SecretBytes } from '../../src/base/secret-bytes.ts';
import { type ErrorCode, KmsError } from '../../src/domain/errors.ts';
import type { Fault } from '../support/fail-nth.ts';
import { Bench, changesBetween } from './bench.ts';
import type { Ground, Trial } from './trial.ts';
import { NOT_TRIED, TRIALS } from './trials.ts';

const FAULTS: readonly Omit<Fault, 'nth'>[] = [
  { moment: 'before', failure: 'statement' },
  { moment: 'before', failure: 'connection' },
  { moment: 'after', failure: 'statement' },
  { moment: 'after', failure: 'connection' },
];

/** What a caller may be told of a fault that is not its own. */
const ALLOWED: readonly ErrorCode[] = ['auditUnavailable', 'storeUnavailable', 'internal'];
const CALLS_MAX = 500;

const core = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'src', 'core', 'operations');
const counts = { faults: 0, happened: 0, entries: 0 };

after(() => {
  console.log(
    `faults: ${counts.faults} injected into ${TRIALS.length} operations; after ${counts.happened} of them the effect was there; ${counts.entries} entries verified`,
  );
});

test('every operation of the core is tried', async () => {
  const exported = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: core })) {
    if (file.endsWith('.test.ts')) continue;
    const module: Record<string, unknown> = await import(pathToFileURL(join(core, file)).href);
    for (const value of Object.values(module)) if (isOperation(value)) exported.add(value.name);
  }
  const tried = [...TRIALS.map(({ operation }) => operation.name), ...Object.keys(NOT_TRIED)];
  assert.deepEqual([...exported].sort(), tried.sort());
});

for (const trial of TRIALS) {
  test(`${trial.operation.name} keeps its promises whichever call fails`, async () => {
    const bench = await Bench.open();
    try {
      await tryOperation(bench, trial);
      counts.entries += await bench.verifyLog();
    } finally {
      await bench.close();
    }
  });
}

async function tryOperation(bench: Bench, trial: Trial): Promise<void> {
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
  return { requestId: context.requestId, outcome, secretsLeft: secrets.stop() };
}

async function entriesOf(bench: Bench, requestId: string): Promise<readonly string[]> {
  const entries = await bench.newEntries();
  return entries.filter(entry => entry.requestId === requestId).map(entry => entry.outcome);
}

/** Sees every secret that is made until `stop`, which returns how many of them are not wiped. */
function watchSecrets(): { stop(): number } {
  const { own, copyOf } = SecretBytes;
  const made: SecretBytes[] = [];
  const watched = (make: (bytes: Uint8Array) => SecretBytes) => (bytes: Uint8Array) => {
    const secret = make.call(SecretBytes, bytes);
    made.push(secret);
    return secret;
  };
  SecretBytes.own = watched(own);
  SecretBytes.copyOf = watched(copyOf);
  return {
    stop() {
      Object.assign(SecretBytes, { own, copyOf });
      return made.filter(isReadable).length;
    },
  };
}

function isReadable(secret: SecretBytes): boolean {
  try {
    revealSecretBytes(secret);
    return true;
  } catch {
    return false;
  }
}

/** As a protocol does with an answer once it is encoded. */
function disposeOf(output: unknown): void {
  if (output instanceof SecretBytes) output[Symbol.dispose]();
  else if (typeof output === 'object' && output !== null) {
    for (const value of Object.values(output)) if (value instanceof SecretBytes) value[Symbol.dispose]();
  }
}

function isOperation(value: unknown): value is { readonly name: string } {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && 'demands' in value && 'name' in value
  );
}
