// Runs a tour: a script of the distribution's Python that prints one line of JSON for each step. What else it says, it says as the products log
// it, and nobody reads that unless the tour fails.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DEBIAN_PYTHON } from './install.ts';
import { type RunOptions, run } from './run.ts';

export const TOUR_MS_MAX = 120_000;

/** Modules that several tours import. */
const SHARED = join(import.meta.dirname, 'python');

export type Step = Readonly<Record<string, unknown>> & { readonly step: string };

export async function stepsOf(
  script: string,
  environment: RunOptions['env'],
  ...args: readonly string[]
): Promise<readonly Step[]> {
  const { status, report } = await run(DEBIAN_PYTHON, ['-W', 'ignore', script, ...args], {
    env: { ...environment, PYTHONPATH: SHARED, PYTHONDONTWRITEBYTECODE: '1' },
    msMax: TOUR_MS_MAX,
  });
  assert.equal(status, 0, report);
  const lines = report.split('\n').filter(line => line.startsWith('{'));
  return lines.map(line => JSON.parse(line) as Step);
}
