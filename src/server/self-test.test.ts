// The self-test of the start: passed it is in the log and in /health, failed it is in the log and nothing else is done.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startKeyhold } from '../../test/support/keyhold.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { manualClock, systemRandom } from '../../test/support/time-and-chance.ts';
import { decodeUtf8 } from '../base/bytes.ts';
import { KmsError } from '../domain/errors.ts';
import { openStore } from '../store/index.ts';
import { passSelfTest } from './self-test.ts';
import { readSettings } from './settings.ts';

const onFatal = (error: unknown): never => {
  throw error;
};

test('what it has found is in /health and in the audit log', async t => {
  const keyhold = await startKeyhold();
  t.after(() => keyhold.stop());
  const { selfTest } = (await (await fetch(`${keyhold.url}/health`)).json()) as {
    selfTest: Record<string, unknown>;
  };
  assert.equal(selfTest.passed, true);
  assert.ok(Number(selfTest.mechanisms) > 100);
  const [row] = await keyhold.kms.store.log.search(
    { operation: 'system.selfTest' },
    { limit: 1, newestFirst: true },
  );
  const entry = JSON.parse(decodeUtf8(row?.leaf ?? new Uint8Array()));
  const { passed: _, ...counts } = selfTest;
  assert.deepEqual([entry.outcome, entry.details], ['ok', counts]);
  const page = readFileSync(new URL('../../docs/operate/self-test.md', import.meta.url), 'utf8');
  assert.ok(page.includes(JSON.stringify(selfTest)), 'the page shows the same counts');
  assert.ok(page.includes(`${counts.mechanisms} mechanisms under ${counts.algorithms} algorithms`));
});

test('a failure is recorded and ends the start, before a root key or anything else is made', async () => {
  const dataDir = await temporaryDirectory();
  const settings = readSettings({ dataDir }, {});
  const failing = async (): Promise<never> => {
    throw new KmsError('internal', 'The self-test failed: aes-gcm with aes-256.', { mechanism: 'aes-gcm' });
  };
  const parts = { clock: manualClock(), random: systemRandom };
  await assert.rejects(passSelfTest({ settings, onFatal }, parts, failing), {
    code: 'internal',
    message: /aes-gcm/,
  });
  const store = await openStore('sqlite', { dataDirectory: dataDir, onFatal });
  assert.deepEqual(await store.rootKeys.list(), []);
  const [row] = await store.log.leaves(0, 1);
  const entry = JSON.parse(decodeUtf8(row?.leaf ?? new Uint8Array()));
  assert.deepEqual(
    [entry.operation, entry.outcome, entry.details],
    ['system.selfTest', 'internal', { mechanism: 'aes-gcm' }],
  );
  await store.close();
});
