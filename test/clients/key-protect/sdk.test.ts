// IBM's Python SDK of today (keyprotect 3) against a whole server: a tour of every method, and the integration suite that comes with it.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installPython } from '../install.ts';
import { run } from '../run.ts';
import { type Stage, startStage } from './stage.ts';

const here = dirname(fileURLToPath(import.meta.url));
const SUITE_MS_MAX = 180_000;

let python: string;
let place: string;
before(async () => {
  python = installPython({
    keyprotect: '3.0.1',
    'ibm-cloud-sdk-core': '3.28.0',
    cryptography: '50.0.2',
    pytest: '7.4.4',
  });
  place = await mkdtemp(join(tmpdir(), 'keyhold-key-protect-'));
});
after(() => rm(place, { recursive: true }));

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.stop());

const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run(python, args, {
    cwd: place,
    env: { ...stage.environment, PYTHONPATH: here, PYTHONDONTWRITEBYTECODE: '1', ...env },
    msMax: SUITE_MS_MAX,
  });

test('a tour of every method of the Python SDK', async () => {
  const { status, report } = await start([join(here, 'sdk_tour.py'), '-v']);
  console.log(report);
  assert.equal(status, 0, report);
  assert.match(report, /^Ran [1-9]\d* tests/m);
});

/** Both suites come with the package. What they skip is what IBM has switched off in them: it waits for hours, or for other clients. */
for (const [suite, path] of [
  ['integration tests', ['test', 'integration', 'test_ibm_key_protect_api_v2.py']],
  ['examples', ['examples', 'test_ibm_key_protect_api_v2_examples.py']],
] as const) {
  test(`every one of the Python SDK's own ${suite} passes that IBM has not switched off`, async () => {
    // The settings are read from a file of this name where the suite is started.
    const settings = { URL: stage.url, AUTH_TYPE: 'iam', AUTH_URL: stage.url, APIKEY: stage.apiKey };
    const lines = Object.entries({ ...settings, BLUEMIX_INSTANCE: stage.instanceId }).map(
      ([name, value]) => `IBM_KEY_PROTECT_API_${name}=${value}\n`,
    );
    await writeFile(join(place, 'ibm_key_protect_api_v2.env'), lines.join(''));
    const where = await start(['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
    const { status, report } = await start(
      ['-m', 'pytest', '-v', '-p', 'no:cacheprovider', '-p', 'backstage', '--tb=short'].concat(
        join(where.report.trim(), ...path),
      ),
      { SLEEP_BY_CLOCK: 'yes' },
    );
    console.log(report);
    assert.equal(status, 0, report);
    assert.match(report, /=+ 40 passed, 6 skipped/);
  });
}
