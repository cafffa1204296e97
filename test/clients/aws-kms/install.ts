// The clients of AWS that these suites drive: the AWS CLI from the system's packages, boto3 from PyPI.

import { existsSync } from 'node:fs';
import { install, installPython } from '../install.ts';

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
  return installPython({ boto3: '1.44.5' });
}
