// Keys that AWS's services own, `alias/aws/...`: made when somebody first names them. The table is closed: another name under the
// reserved prefix is an alias that does not exist.

import { isKeyOf } from '../../base/table.ts';
import type { KeySelector } from '../../core/find-key.ts';
import { ensureServiceKey } from '../../core/operations/services/ensure-service-key.ts';
import { KmsError } from '../../domain/errors.ts';
import { aliasNamespace, SERVICE_ALIASES } from './names.ts';
import { type AwsRequest, perform } from './request.ts';

const ROTATION_PERIOD_MS = 365 * 86_400_000;

/** What the key of each service protects, for its description. */
const SERVICES = {
  acm: 'ACM private keys',
  backup: 'Backup vaults',
  cloud9: 'Cloud9 data',
  codeartifact: 'CodeArtifact domains',
  codebuild: 'CodeBuild artifacts',
  codecommit: 'CodeCommit repositories',
  connect: 'Connect data',
  dms: 'Database Migration Service data',
  dynamodb: 'DynamoDB tables',
  ebs: 'EBS volumes',
  elasticfilesystem: 'EFS file systems',
  es: 'OpenSearch domains',
  fsx: 'FSx file systems',
  glue: 'Glue data',
  kinesis: 'Kinesis streams',
  kinesisvideo: 'Kinesis Video streams',
  lambda: 'Lambda environment variables',
  lightsail: 'Lightsail data',
  rds: 'RDS database volumes',
  redshift: 'Redshift clusters',
  s3: 'S3 objects',
  secretsmanager: 'Secrets Manager data',
  sns: 'SNS topics',
  sqs: 'SQS queues',
  ssm: 'SSM parameters',
  workmail: 'WorkMail mailboxes',
  workspaces: 'WorkSpaces volumes',
  xray: 'X-Ray data',
} as const satisfies Record<string, string>;

/** Runs the work; where the key of a service is missing, makes it and runs the work again. */
export function withServiceKey<Output>(
  request: AwsRequest,
  selector: KeySelector | undefined,
  work: () => Promise<Output>,
): Promise<Output> {
  const service = serviceOf(selector);
  return service === undefined ? work() : workAgain(request, service, work);
}

type Service = keyof typeof SERVICES;

function serviceOf(selector: KeySelector | undefined): Service | undefined {
  if (selector?.by !== 'name' || !selector.text.startsWith(SERVICE_ALIASES.textPrefix)) return undefined;
  const service = selector.text.slice(SERVICE_ALIASES.textPrefix.length);
  return isKeyOf(SERVICES, service) ? service : undefined;
}

async function workAgain<Output>(
  request: AwsRequest,
  service: Service,
  work: () => Promise<Output>,
): Promise<Output> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof KmsError) || thrown.code !== 'notFound') throw thrown;
    await createServiceKey(request, service);
    return work();
  }
}

function createServiceKey(request: AwsRequest, service: Service): Promise<unknown> {
  // A dry run needs the key as well: that it exists is no effect of the run.
  const lasting = { ...request, context: { ...request.context, dryRun: undefined } };
  return perform(lasting, ensureServiceKey, {
    namespace: aliasNamespace(request.region),
    text: SERVICE_ALIASES.textPrefix + service,
    owner: `aws/${service}`,
    algorithm: 'aes-256',
    location: request.region,
    description: `Default key that protects my ${SERVICES[service]} when no other key is defined`,
    rotationPeriodMs: ROTATION_PERIOD_MS,
  });
}
