// A batch with the n-th call of the store, the audit log or custody failing, for n = 1, 2, 3 ... until none is reached any more: all of it
// happens or nothing, the log says which, and no secret of an answer that is not given stays readable.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import type { SecretBytes } from '../../src/base/secret-bytes.ts';
import type { RequestContext } from '../../src/core/context.ts';
import { executeBatch } from '../../src/core/execute-batch.ts';
import { encrypt } from '../../src/core/operations/crypto/encrypt.ts';
import { createKey } from '../../src/core/operations/keys/create-key.ts';
import { exportKey } from '../../src/core/operations/keys/export-key.ts';
import { createName } from '../../src/core/operations/names/names.ts';
import { type ErrorCode, KmsError } from '../../src/domain/errors.ts';
import { NO_CONTEXT } from '../../src/domain/message-context.ts';
import type { Fault } from '../support/fail-nth.ts';
import { isReadable } from '../support/secrets.ts';
import { Bench, changesBetween, uniqueName } from './bench.ts';
import { byId } from './trial.ts';

const ALLOWED: readonly ErrorCode[] = ['auditUnavailable', 'storeUnavailable', 'internal'];
const CALLS_MAX = 1_000;
const counts = { faults: 0, happened: 0 };

after(() =>
  console.log(`batches: ${counts.faults} faults injected; after ${counts.happened} the effect was there`),
);

interface Attempt {
  readonly outcome: 'ok' | ErrorCode;
  readonly entries: readonly string[];
  readonly changes: string;
  /** What the last run of the work was handed, as a protocol would encode it. */
  readonly exported: SecretBytes | undefined;
}

async function attempt(bench: Bench, fault?: Fault): Promise<Attempt & { readonly struck: boolean }> {
  const context: RequestContext = bench.context();
  const key = await bench.do(createKey, {
    algorithm: 'aes-256',
    location: 'here',
    exportable: true,
    usageLimit: { unit: 'operations', total: 9 },
  });
  const text = uniqueName();
  const message = { plaintext: randomBytes(8), context: NO_CONTEXT };
  const before = await bench.dump();
  await bench.newEntries();
  if (fault !== undefined) bench.nthCall.set(fault);
  let outcome: Attempt['outcome'] = 'ok';
  let exported: SecretBytes | undefined;
  try {
    await executeBatch(bench.kms, async execute => {
      const made = await execute(createKey, context, { algorithm: 'aes-256', location: 'here' });
      await execute(createName, context, { namespace: 'test', text, ...byKey(made.key.id) });
      await execute(encrypt, context, { ...byKey(key.key.id), ...message });
      exported = (await execute(exportKey, context, byKey(key.key.id))).material;
    });
  } catch (thrown) {
    assert.ok(thrown instanceof KmsError, String(thrown));
    outcome = thrown.code;
  }
  const struck = bench.nthCall.clear();
  const entries = (await bench.newEntries())
    .filter(entry => entry.requestId === context.requestId)
    .map(entry => `${entry.operation} ${entry.outcome}`);
  return { outcome, entries, changes: changesBetween(before, await bench.dump()), exported, struck };
}

const byKey = (id: string) => ({ key: byId(id) });

const KEPT = ['key.create ok', 'name.create ok', 'key.encrypt ok', 'key.export ok'];

test('a batch keeps its promises whichever call fails', async () => {
  const bench = await Bench.open();
  try {
    const whole = await attempt(bench);
    assert.deepEqual([whole.outcome, whole.entries], ['ok', KEPT]);
    assert.equal(whole.changes, 'key_versions +; keys +; keys ~usage_left; names +');
    whole.exported?.[Symbol.dispose]();
    for (const moment of ['before', 'after'] as const) {
      for (const failure of ['statement', 'connection'] as const) {
        let struck = true;
        for (let nth = 1; struck; nth += 1) {
          assert.ok(nth < CALLS_MAX, 'a batch ends');
          struck = await survives(bench, whole, { nth, moment, failure });
        }
      }
    }
    await bench.verifyLog();
  } finally {
    await bench.close();
  }
});

async function survives(bench: Bench, whole: Attempt, fault: Fault): Promise<boolean> {
  const where = `call ${fault.nth} ${fault.moment}, ${fault.failure}`;
  const { outcome, entries, changes, exported, struck } = await attempt(bench, fault);
  const kept = entries.length > 0 && entries.every(entry => entry.endsWith(' ok'));
  if (kept) {
    assert.deepEqual([entries, changes], [KEPT, whole.changes], `${where}: kept in part`);
    counts.happened += 1;
  } else {
    // Uses that were counted have happened; nothing else has.
    assert.ok(['', 'keys ~usage_left'].includes(changes), `${where}: half done: ${changes}`);
    const changed = entries.filter(entry => /^(key\.create|name\.create) ok$/.test(entry));
    assert.deepEqual(changed, [], `${where}: said to be kept`);
    const spent = entries.includes('key.encrypt ok');
    assert.equal(changes !== '', spent, `${where}: used without being counted: ${entries}`);
  }
  if (outcome !== 'ok') {
    assert.ok(ALLOWED.includes(outcome), `${where}: told ${outcome}`);
    if (outcome === 'auditUnavailable')
      assert.ok(exported === undefined || !isReadable(exported), `${where}: a secret outlived it`);
  } else {
    assert.ok(kept, `${where}: answered without entries`);
  }
  exported?.[Symbol.dispose]();
  if (struck) counts.faults += 1;
  return struck;
}
