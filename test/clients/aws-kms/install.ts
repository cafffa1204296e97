// Brings the clients that these suites drive, where they are not there yet: the AWS CLI from the system's packages, boto3 from PyPI into
// an environment of its own.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const INSTALL_MS_MAX = 300_000;
const BOTO3_VERSION = '1.44.5';

function install(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_MS_MAX,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** The path of the CLI that the distribution has: Debian's is version 2.9. */
export function installCli(): string {
  const aws = '/usr/bin/aws';
  if (!existsSync(aws)) {
    install('apt-get', 'update', '-qq');
    install('apt-get', 'install', '-qq', '-y', '--no-install-recommends', 'awscli');
  }
  return aws;
}

/** The path of a Python that has boto3. */
export function installBoto3(): string {
  const environment = join(tmpdir(), `keyhold-clients-boto3-${BOTO3_VERSION}`);
  const python = join(environment, 'bin', 'python');
  if (!existsSync(join(environment, 'complete'))) {
    install('python3', '-m', 'venv', environment);
    install(python, '-m', 'pip', 'install', '--quiet', `boto3==${BOTO3_VERSION}`);
    install('touch', join(environment, 'complete'));
  }
  return python;
}
