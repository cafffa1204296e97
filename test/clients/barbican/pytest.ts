// Runs a suite of OpenStack's by pytest, and counts.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { DEBIAN_PYTHON } from '../install.ts';
import { run } from '../run.ts';
import type { BarbicanStage } from './stage.ts';

const SUITE_MS_MAX = 400_000;

export interface Suite {
  /** The folder with the package `functionaltests`. */
  readonly source: string;
  /** An expression over the names of the tests that are meant; without it all are. */
  readonly only?: string;
  readonly passed: number;
  /** By how their reasons begin, how many leave themselves out. */
  readonly skipped: Readonly<Record<string, number>>;
  /** By the name of a test, why it is not run. */
  readonly notRun: Readonly<Record<string, string>>;
}

/** In the stage's folder, where the suite finds its configuration. */
export async function runSuite(t: TestContext, stage: BarbicanStage, suite: Suite): Promise<void> {
  const { source, only, passed, skipped, notRun } = suite;
  for (const [name, reason] of Object.entries(notRun)) t.diagnostic(`not run: ${name}: ${reason}`);
  const options = [
    '-q',
    '-W',
    'ignore',
    '-rs',
    '--tb=short',
    '-p',
    'no:cacheprovider',
    `--rootdir=${source}`,
  ];
  const chosen = only === undefined ? [] : ['-k', only];
  const without = Object.keys(notRun).map(name => `--deselect=functionaltests/${name}`);
  const { report } = await run(
    DEBIAN_PYTHON,
    ['-m', 'pytest', ...options, ...chosen, ...without, `${source}/functionaltests`],
    {
      cwd: stage.folder,
      env: { PATH: process.env.PATH, HOME: stage.folder, PYTHONDONTWRITEBYTECODE: '1', COLUMNS: '400' },
      msMax: SUITE_MS_MAX,
    },
  );
  const lines = report.trimEnd().split('\n');
  const skips = lines.map(line => /^SKIPPED \[(\d+)\] \S+ (.*)/.exec(line)).filter(match => match !== null);
  const reasons = Object.keys(skipped);
  const found: Record<string, number> = {};
  for (const [, times, reason = ''] of skips) {
    const known = reasons.find(each => reason.startsWith(each)) ?? reason;
    found[known] = (found[known] ?? 0) + Number(times);
  }
  for (const [reason, times] of Object.entries(found))
    t.diagnostic(`${times} left out by the suite: ${reason}`);
  const counts = lines.at(-1) ?? '';
  t.diagnostic(counts);
  const count = (outcome: string): number => Number(new RegExp(`(\\d+) ${outcome}`).exec(counts)?.[1] ?? 0);
  assert.deepEqual(
    { passed: count('passed'), failed: count('failed'), errors: count('error'), skipped: found },
    { passed, failed: 0, errors: 0, skipped },
    report,
  );
}
