// The openstack command and keystoneauth, as somebody who logs in at an identity service.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DEBIAN_PYTHON } from '../install.ts';
import { run } from '../run.ts';
import type { CloudLogin } from './administrator.ts';

const TOUR_MS_MAX = 120_000;

/** What the command prints, which must succeed unless it is said to fail. */
export async function openstack(login: CloudLogin, args: readonly string[], fails = false): Promise<string> {
  const { status, report } = await run('openstack', args, {
    env: {
      ...process.env,
      OS_IDENTITY_API_VERSION: '3',
      OS_AUTH_URL: login.authUrl,
      OS_USERNAME: login.username,
      OS_PASSWORD: login.password,
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_NAME: login.projectName,
      OS_PROJECT_DOMAIN_NAME: 'Default',
    },
    msMax: TOUR_MS_MAX,
  });
  assert.equal(status !== 0, fails, `${args.join(' ')}: ${report}`);
  return report.trim();
}

/** What keystoneauth does with an identity service in whose catalogue the key manager has the URL: the same with ours and with a real Keystone. */
export async function identityTour(login: CloudLogin, keyManagerUrl: string): Promise<void> {
  const tour = join(import.meta.dirname, 'identity_tour.py');
  const { status, report } = await run(DEBIAN_PYTHON, ['-W', 'ignore', tour, JSON.stringify(login)], {
    env: process.env,
    msMax: TOUR_MS_MAX,
  });
  assert.equal(status, 0, report);
  const steps = report
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  assert.deepEqual(steps, [
    {
      step: 'password',
      project: login.projectName,
      roles: ['admin', 'member', 'reader'],
      user: login.username,
    },
    { step: 'catalog', url: keyManagerUrl },
    { step: 'token', methods: ['password', 'token'] },
    { step: 'application', roles: ['reader'] },
    { step: 'validated', status: 200 },
    { step: 'revoked', refused: 404 },
    { step: 'wrong', refused: 401 },
  ]);
}
