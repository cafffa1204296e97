// What OpenStack does by KMIP, against a whole server: Swift, which takes the root secrets of its encryption from there, and Barbican, which
// keeps its secrets there. Both are Debian's, and run on Debian's Python alone.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, before, beforeEach, type TestContext, test } from 'node:test';
import { installDebian } from '../install.ts';
import { type Step, stepsOf } from '../tour.ts';
import { type KmipStage, startStage } from './stage.ts';

let stage: KmipStage;
before(() => installDebian('python3-pykmip', 'python3-swift', 'python3-barbican'));
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.stop());

async function tour(t: TestContext, file: string, ...args: readonly string[]): Promise<readonly Step[]> {
  const steps = await stepsOf(join(import.meta.dirname, file), stage.environment, ...args);
  t.diagnostic(`${steps.length} steps`);
  return steps;
}

test('Swift hides objects by keys of kmip_keymaster, and reads them back, also after a change of keys', async t => {
  assert.deepEqual(await tour(t, 'swift_tour.py', stage.file('pykmip.conf', '[client]\n')), [
    { step: 'written', status: 201, hidden: true, meta_hidden: true },
    { step: 'read', status: 200, same: true, owner: 'tour' },
    { step: 'read after rotation', status: 200, same: true },
    { step: 'written after rotation', status: 201, same: true },
    { step: 'read without the first key', same: false, status: 500 },
  ]);
});

test("Barbican's plug-in generates, stores, gives and deletes every kind of secret", async t => {
  const generated = { step: 'generated' };
  const stored = { step: 'stored', same: true, gone: true };
  assert.deepEqual(await tour(t, 'barbican_tour.py'), [
    { step: 'plug-in', name: 'KMIP HSM' },
    { ...generated, algorithm: 'aes', bits: 128, bytes: 16, read: 128 },
    { ...generated, algorithm: 'aes', bits: 192, bytes: 24, read: 192 },
    { ...generated, algorithm: 'aes', bits: 256, bytes: 32, read: 256 },
    { ...generated, algorithm: 'hmacsha256', bits: 256, bytes: 32, read: 256 },
    { step: 'generated pair', same: true },
    { ...stored, kind: 'symmetric' },
    { ...stored, kind: 'passphrase' },
    { ...stored, kind: 'opaque' },
    { ...stored, kind: 'private' },
    { ...stored, kind: 'public' },
    { ...stored, kind: 'certificate' },
  ]);
});
