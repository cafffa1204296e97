// boto3 against a whole server: the suite itself is Python's, in boto3_suite.py, and reports each of its tests.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type AwsSubject, startAws } from '../../conformance/aws-kms/support.ts';
import { installBoto3 } from './install.ts';

const here = dirname(fileURLToPath(import.meta.url));
const SUITE_MS_MAX = 120_000;

let subject: AwsSubject;
let python: string;
before(async () => {
  python = installBoto3();
  subject = await startAws();
});
after(() => subject.stop());

test('every test of the boto3 suite passes', async () => {
  const foreign = await subject.addAccount('boto3-neighbour', ['manager', 'user']);
  const child = spawn(python, [join(here, 'boto3_suite.py'), '-v'], {
    timeout: SUITE_MS_MAX,
    env: {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: subject.account.accessKeyId,
      AWS_SECRET_ACCESS_KEY: subject.account.secretAccessKey,
      AWS_DEFAULT_REGION: subject.region,
      AWS_ENDPOINT_URL_KMS: subject.keyhold.url,
      AWS_EC2_METADATA_DISABLED: 'true',
      ACCOUNT_ID: subject.account.accountId,
      FOREIGN_ACCESS_KEY_ID: foreign.accessKeyId,
      FOREIGN_SECRET_ACCESS_KEY: foreign.secretAccessKey,
    },
  });
  let report = '';
  child.stderr.on('data', (chunk: Buffer) => {
    report += chunk.toString();
  });
  const status = await new Promise(resolve => child.on('close', resolve));
  console.log(report);
  assert.equal(status, 0, report);
  assert.match(report, /^Ran [1-9]\d* tests/m);
});
