// Every operation, with the n-th call of the store or of the audit log failing, for n = 1, 2, 3 ... until none is reached any more:
// a change happens whole or not at all and never without its entry, and nothing is answered that is not in the log.

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OPERATION_NAMES } from '../../src/domain/operation-name.ts';
import { Bench } from './bench.ts';
import { counts, tryOperation } from './fail-each-call.ts';
import { NOT_TRIED, TRIALS } from './trials.ts';

const core = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'src', 'core', 'operations');
let entries = 0;

after(() => {
  console.log(
    `faults: ${counts.faults} injected into ${TRIALS.length} operations; after ${counts.happened} of them the effect was there; ${entries} entries verified`,
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
  // The list of names has those of the core, and what protocols read in their own words.
  const others = OPERATION_NAMES.filter(name => !exported.has(name));
  assert.deepEqual(others, ['key.digest', 'key.readPolicies', 'project.readPolicies']);
});

for (const trial of TRIALS) {
  test(`${trial.operation.name} keeps its promises whichever call fails`, async () => {
    const bench = await Bench.open();
    try {
      await tryOperation(bench, trial);
      entries += await bench.verifyLog();
    } finally {
      await bench.close();
    }
  });
}

function isOperation(value: unknown): value is { readonly name: string } {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && 'demands' in value && 'name' in value
  );
}
