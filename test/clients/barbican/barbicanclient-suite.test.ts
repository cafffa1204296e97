// The functional tests of python-barbicanclient's own source, with Debian's client of the same release.

import { after, before, test } from 'node:test';
import { installDebian, pythonSource } from '../install.ts';
import { runSuite } from './pytest.ts';
import { type BarbicanStage, iniOf, startStage } from './stage.ts';

let stage: BarbicanStage;
before(async () => {
  installDebian(
    'python3-barbicanclient',
    'python3-pytest',
    'python3-oslotest',
    'python3-ddt',
    'python3-testtools',
  );
  stage = await startStage();
});
after(() => stage.stop());

test("every one of python-barbicanclient's own functional tests passes", async t => {
  const { authUrl, username, password, projectName } = stage.login;
  const user = { username, password };
  stage.file(
    'etc/functional_tests.conf',
    iniOf({
      keymanager: {
        url: stage.keyhold.url,
        ...user,
        project_name: projectName,
        project_id: stage.keyhold.credentials.project.id,
        project_domain_name: 'Default',
      },
      identity: {
        uri: authUrl,
        auth_version: 'v3',
        ...user,
        tenant_name: projectName,
        domain_name: 'Default',
        admin_username: username,
        admin_password: password,
        admin_tenant_name: projectName,
        admin_domain_name: 'Default',
      },
    }),
  );
  await runSuite(t, stage, {
    source: pythonSource('python-barbicanclient', '5.4.0', 'functionaltests'),
    passed: 271,
    skipped: { 'Launchpad 1425667': 1 },
    notRun: {},
  });
});
