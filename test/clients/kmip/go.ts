// Runs Go for the suites of Go's clients.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Run, run } from '../run.ts';
import type { KmipStage } from './stage.ts';

const SUITE_MS_MAX = 300_000;

export const hasGo = spawnSync('go', ['version']).status === 0;
export const WITHOUT_GO = hasGo ? false : 'Go is not on this machine: install it to run these tests';

/** With nobody's toolchain but the one that is there, and modules as their sums say. */
export function go(
  stage: KmipStage,
  args: readonly string[],
  cwd = join(import.meta.dirname, 'go'),
): Promise<Run> {
  return run('go', args, {
    cwd,
    env: { ...stage.environment, HOME: process.env.HOME, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' },
    msMax: SUITE_MS_MAX,
  });
}
