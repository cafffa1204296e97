// What the server prints when it is up: where it is, what it holds, and examples to paste. Secrets are printed on the first start only;
// afterwards credentials.json has them.

import { credentialsPath } from './credentials-file.ts';
import type { RunningServer } from './server.ts';
import type { Settings } from './settings.ts';

export function buildWelcome(server: RunningServer, settings: Settings): string {
  const { url, firstStart } = server;
  const { credentials } = firstStart;
  const file = credentialsPath(settings.dataDir);
  const lines = [`Keyhold serves at ${url}`, ''];
  if (credentials === undefined) {
    lines.push(`This installation was set up before; its first credentials were written to ${file}`, '');
    return lines.join('\n');
  }
  const { project, aws, admin } = credentials;
  lines.push(
    `  project        ${project.name} (account ${project.accountId})`,
    `  database       ${settings.store === 'sqlite' ? `SQLite in ${settings.dataDir}` : 'PostgreSQL'}`,
    `  credentials    ${file}`,
    '',
  );
  if (firstStart.isNew) {
    lines.push(
      'These are shown once:',
      `  admin API key          ${admin.apiKey}`,
      `  AWS access key id      ${aws.accessKeyId}`,
      `  AWS secret access key  ${aws.secretAccessKey}`,
      '',
    );
  }
  lines.push(
    'Try it with the AWS CLI:',
    ...awsExample(url, aws.region, file).map(line => `  ${line}`),
    '',
    'Or with the command line of Keyhold:',
    '  npm run keyhold -- keys list',
    '  npm run keyhold -- audit tail',
    '',
  );
  return lines.join('\n');
}

function awsExample(url: string, region: string, file: string): readonly string[] {
  const read = (name: string): string =>
    `$(node -p "JSON.parse(require('fs').readFileSync('${file}')).aws.${name}")`;
  return [
    `export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
    `export AWS_ACCESS_KEY_ID=${read('accessKeyId')}`,
    `export AWS_SECRET_ACCESS_KEY=${read('secretAccessKey')}`,
    `aws --endpoint-url ${url} kms create-key --description "my first key"`,
    `aws --endpoint-url ${url} kms create-alias --alias-name alias/first --target-key-id <KeyId>`,
    `aws --endpoint-url ${url} kms encrypt --key-id alias/first --plaintext fileb://README.md --query CiphertextBlob --output text`,
  ];
}
