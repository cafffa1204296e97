// Barbican's plugin for tempest, OpenStack's integration tests (Debian's barbican-tempest-plugin): the API with users that are there, and
// what each role may do, with users and projects that the plugin makes for itself.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { DEBIAN_PYTHON, installDebian } from '../install.ts';
import { run } from '../run.ts';
import { CREATORS, makePeople, SERVICE_ADMIN, SUITE_ADMIN } from './people.ts';
import { type BarbicanStage, iniOf, startStage } from './stage.ts';

const SUITE_MS_MAX = 400_000;
const PACKAGES = '/usr/lib/python3/dist-packages';

let stage: BarbicanStage;
before(async () => {
  installDebian('tempest', 'barbican-tempest-plugin', 'python3-stestr');
  // More than seventy of the tests ask for what belongs to another project, and want to be told that it is there.
  stage = await startStage({ openstackForeign: 'forbidden' });
});
after(() => stage.stop());

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Plan {
  /** Of the tests' names. */
  readonly prefix: string;
  readonly auth: Readonly<Record<string, unknown>>;
  readonly further?: Sections;
  readonly passed: number;
  readonly skipped: number;
}

/** In a folder of its own below the stage's. */
async function runTempest(t: TestContext, name: string, plan: Plan): Promise<void> {
  const folder = join(stage.folder, name);
  stage.file(
    `${name}/tempest.conf`,
    iniOf({
      DEFAULT: { log_file: join(folder, 'tempest.log') },
      auth: { create_isolated_networks: false, ...plan.auth },
      identity: { auth_version: 'v3', uri_v3: stage.login.authUrl, region: 'RegionOne', admin_role: 'admin' },
      service_available: {
        nova: false,
        neutron: false,
        glance: false,
        cinder: false,
        swift: false,
        barbican: true,
      },
      key_manager: { min_microversion: '1.0', max_microversion: '1.1', region: 'RegionOne' },
      oslo_concurrency: { lock_path: join(folder, 'lock') },
      ...plan.further,
    }),
  );
  mkdirSync(join(folder, 'lock'));
  stage.file(
    `${name}/.stestr.conf`,
    iniOf({ DEFAULT: { test_path: `${PACKAGES}/tempest/test_discover`, top_dir: PACKAGES } }),
  );
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    PYTHON: DEBIAN_PYTHON,
    PYTHONDONTWRITEBYTECODE: '1',
    TEMPEST_CONFIG_DIR: folder,
    TEMPEST_CONFIG: 'tempest.conf',
  };
  const stestr = (...args: readonly string[]) =>
    run(DEBIAN_PYTHON, ['-m', 'stestr.cli', ...args], { cwd: folder, env, msMax: SUITE_MS_MAX });
  await stestr('init');
  const { report } = await stestr('run', '--concurrency', '1', `^${plan.prefix.replaceAll('.', '\\.')}`);
  for (const line of report.split('\n').filter(each => /\.\.\. SKIPPED|^Ran: /.test(each)))
    t.diagnostic(line);
  const count = (outcome: string): number =>
    Number(new RegExp(` - ${outcome}: (\\d+)`).exec(report)?.[1] ?? Number.NaN);
  const found = { passed: count('Passed'), skipped: count('Skipped'), failed: count('Failed') };
  t.diagnostic(JSON.stringify(found));
  assert.deepEqual(found, { passed: plan.passed, skipped: plan.skipped, failed: 0 }, report);
}

test("every one of the plugin's tests of the API passes", async t => {
  await makePeople(stage.login);
  const accounts = [...CREATORS, SUITE_ADMIN, SERVICE_ADMIN].map(
    ({ username, password, projectName, role }) => ({
      username,
      password,
      project_name: projectName,
      domain_name: 'Default',
      roles: [role],
      ...(role === 'admin' && { types: ['admin'] }),
    }),
  );
  await runTempest(t, 'api', {
    prefix: 'barbican_tempest_plugin.tests.api',
    auth: {
      use_dynamic_credentials: false,
      // JSON is YAML.
      test_accounts_file: stage.file('api/accounts.yaml', JSON.stringify(accounts)),
      tempest_roles: 'creator',
    },
    passed: 13,
    skipped: 0,
  });
});

test('what each role may do is what the plugin wants', async t => {
  await runTempest(t, 'rbac', {
    prefix: 'barbican_tempest_plugin.tests.rbac',
    auth: {
      use_dynamic_credentials: true,
      tempest_roles: 'member',
      admin_username: stage.login.username,
      admin_password: stage.login.password,
      admin_project_name: stage.login.projectName,
      admin_domain_name: 'Default',
      admin_system: 'all',
      default_credentials_domain_name: 'Default',
    },
    further: { barbican_rbac_scope_verification: { enforce_scope: true } },
    passed: 291,
    // Three classes, of several secret stores.
    skipped: 3,
  });
});
