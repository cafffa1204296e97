// What is printed of a server that is up, or of an installation that has been made: where it is, what it holds, and examples to paste.
// Secrets are printed on the first start only; afterwards credentials.json has them.

import { type Credentials, credentialsPath } from './credentials-file.ts';
import type { RunningServer } from './server.ts';
import type { Settings } from './settings.ts';

export function buildWelcome(server: RunningServer, settings: Settings): string {
  return [`Keyhold serves at ${server.url}`, '', ...aboutServer(server, settings)].join('\n');
}

/** Of an installation that has been made and does not serve. */
export function buildFarewell(server: RunningServer, settings: Settings): string {
  const head = 'The installation is there, and does not serve yet: start it with `keyhold serve`.';
  return [head, '', ...aboutServer(server, settings)].join('\n');
}

function aboutServer(server: RunningServer, settings: Settings): readonly string[] {
  const { url, firstStart } = server;
  const { credentials } = firstStart;
  const file = credentialsPath(settings.dataDir);
  const lines: string[] = [];
  if (!server.house.sealing.isOpen) {
    lines.push('It is sealed: its root key is not there yet, and nothing is done without it.');
    lines.push('  npm run -s keyhold -- unseal    shows why, and takes shares of the root key', '');
    return lines;
  }
  if (credentials === undefined) {
    lines.push(`There is no ${file}: the installation was made elsewhere, or the file was taken away.`, '');
    return lines;
  }
  const { project, aws, keyProtect, admin, openstack } = credentials;
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
      `  Key Protect API key    ${keyProtect.apiKey}`,
      ...(openstack === undefined ? [] : [`  OpenStack password     ${openstack.password}`]),
      '',
    );
  }
  if (credentials.kmip !== undefined && server.kmipPort !== undefined)
    lines.push(...kmipLines(credentials.kmip, server.kmipPort), '');
  if (credentials.openstack !== undefined)
    lines.push('For clients of OpenStack:', ...openstackExample(credentials.openstack, file), '');
  lines.push(
    'Try it with the AWS CLI:',
    ...awsExample(url, aws.region, file).map(line => `  ${line}`),
    '',
    'Or with the command line of Keyhold:',
    '  npm run -s keyhold -- keys list',
    '  npm run -s keyhold -- audit tail',
    '  npm run -s keyhold -- --help',
    '',
  );
  return lines;
}

/** What is typed into the forms of storage arrays; the command shows whether the port is reached and trusted. */
function kmipLines(
  { host, certFile, keyFile, caFile }: NonNullable<Credentials['kmip']>,
  port: number,
): readonly string[] {
  return [
    `KMIP over TLS at ${host}:${port}, with a first client:`,
    `  certificate    ${certFile}`,
    `  key            ${keyFile}`,
    `  authority      ${caFile}`,
    `  openssl s_client -connect ${host}:${port} -brief -verify_return_error -CAfile ${caFile} -cert ${certFile} -key ${keyFile} </dev/null`,
    '  npm run -s keyhold -- kmip client add array-1    makes another client',
  ];
}

function openstackExample(
  {
    authUrl,
    username,
    userDomainName,
    projectName,
    projectDomainName,
  }: NonNullable<Credentials['openstack']>,
  file: string,
): readonly string[] {
  return [
    `  export OS_IDENTITY_API_VERSION=3 OS_AUTH_URL=${authUrl} OS_USERNAME=${username} OS_USER_DOMAIN_NAME=${userDomainName}`,
    `  export OS_PROJECT_NAME=${projectName} OS_PROJECT_DOMAIN_NAME=${projectDomainName} OS_PASSWORD=$(node -p "require('${file}').openstack.password")`,
    '  openstack secret store --name first --payload hello',
  ];
}

/** To be pasted as it is: it makes a key, encrypts a file and decrypts it again. */
function awsExample(url: string, region: string, file: string): readonly string[] {
  const read = (name: string): string => `$(node -p "require('${file}').aws.${name}")`;
  const kms = `aws --endpoint-url ${url} kms`;
  return [
    `export AWS_DEFAULT_REGION=${region} AWS_ACCESS_KEY_ID=${read('accessKeyId')} AWS_SECRET_ACCESS_KEY=${read('secretAccessKey')}`,
    `KEY=$(${kms} create-key --description "my first key" --query KeyMetadata.KeyId --output text)`,
    'echo "a secret" > secret.txt',
    `${kms} encrypt --key-id $KEY --plaintext fileb://secret.txt --query CiphertextBlob --output text | base64 -d > secret.enc`,
    `${kms} decrypt --ciphertext-blob fileb://secret.enc --query Plaintext --output text | base64 -d`,
  ];
}
