// IBM's Go client against a whole server: a tour of every method, and the integration tests that come with it. Go itself must be there; its
// modules come at the versions and sums of go.mod and go.sum.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Run, run } from '../run.ts';
import { type Stage, startStage } from './stage.ts';

const tour = join(dirname(fileURLToPath(import.meta.url)), 'go');
const SUITE_MS_MAX = 300_000;
const CLIENT = 'github.com/IBM/keyprotect-go-client';

const missing = spawnSync('go', ['version']).status !== 0;
const skip = missing ? 'Go is not on this machine: install it to run these tests' : false;

let stage: Stage;
beforeEach(async () => {
  if (!missing) stage = await startStage();
});
afterEach(() => stage?.stop());

const go = (args: readonly string[], cwd = tour, env: Readonly<Record<string, string>> = {}): Promise<Run> =>
  run('go', args, {
    cwd,
    env: { ...stage.environment, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly', ...env },
    msMax: SUITE_MS_MAX,
  });

test('a tour of every method of the Go client', { skip }, async () => {
  const { status, report } = await go(['test', '-count=1', '-v', './...']);
  console.log(report);
  assert.equal(status, 0, report);
  assert.match(report, /^--- PASS: TestThatTheTourIsWhole/m);
});

test("every one of the Go client's own integration tests passes", { skip }, async () => {
  const { report: where } = await go(['list', '-m', '-f', '{{.Dir}}', CLIENT]);
  const copy = mkdtempSync(join(tmpdir(), 'keyhold-go-client-'));
  try {
    cpSync(where.trim(), copy, { recursive: true });
    // Go keeps its modules read-only.
    for (const each of ['', ...globSync('**', { cwd: copy })]) chmodSync(join(copy, each), 0o755);
    // The addresses of IBM's services are constants of the client, which the tests do not let anyone choose.
    for (const [file, constant, ours] of [
      ['kp.go', 'DefaultBaseURL', stage.url],
      ['iam/iam.go', 'IAMTokenURL', `${stage.url}/oidc/token`],
    ] as const) {
      const text = readFileSync(join(copy, file), 'utf8');
      const pattern = new RegExp(`(\\b${constant} = )"[^"]*"`);
      assert.match(text, pattern, file);
      writeFileSync(join(copy, file), text.replace(pattern, `$1"${ours}"`));
    }
    const text = readFileSync(join(copy, 'integration_test.go'), 'utf8');
    const names = [...text.matchAll(/^func (Test\w+)\(/gm)].map(([, name]) => name);
    const { status, report } = await go(
      ['test', '-count=1', '-v', '-tags', 'integration', '-run', `^(${names.join('|')})$`, '.'],
      copy,
      { KP_INSTANCE_ID: stage.instanceId, IBMCLOUD_API_KEY: stage.apiKey },
    );
    const outcomes = report.split('\n').filter(line => line.startsWith('--- '));
    console.log(outcomes.join('\n'));
    assert.equal(status, 0, report);
    assert.equal(outcomes.filter(line => line.startsWith('--- PASS')).length, 10);
  } finally {
    rmSync(copy, { recursive: true });
  }
});
