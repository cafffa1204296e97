// IBM's older Python client (keyprotect 2 and redstone) against a whole server: a tour of every method, of its encryption and its commands.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installPython } from '../install.ts';
import { run } from '../run.ts';
import { type Stage, startStage } from './stage.ts';

const here = dirname(fileURLToPath(import.meta.url));
const SUITE_MS_MAX = 120_000;

let python: string;
let place: string;
let stage: Stage;
before(async () => {
  python = installPython({ keyprotect: '2.3.1', redstone: '0.6.2', cryptography: '50.0.2' });
  place = await mkdtemp(join(tmpdir(), 'keyhold-redstone-'));
  stage = await startStage();
});
after(async () => {
  await stage.stop();
  await rm(place, { recursive: true });
});

test('a tour of every method of the older Python client', async () => {
  const env = { ...stage.environment, PYTHONPATH: here, PYTHONDONTWRITEBYTECODE: '1' };
  const { status, report } = await run(python, [join(here, 'redstone_tour.py'), '-v'], {
    cwd: place,
    env,
    msMax: SUITE_MS_MAX,
  });
  console.log(report);
  assert.equal(status, 0, report);
  assert.match(report, /^Ran [1-9]\d* tests/m);
});
