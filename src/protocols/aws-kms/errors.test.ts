import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kms } from '../../core/kms.ts';
import { ERROR_CODES, type ErrorCode, KmsError } from '../../domain/errors.ts';
import { ERROR_ROWS, refusalOf } from './errors.ts';
import { AWS_ERRORS } from './fault.ts';
import type { AwsRequest } from './request.ts';

const KEY_ID = '0f3c6a1e-1111-4222-8333-944445555666';
const ACCOUNT = '111122223333';
const ARN = `arn:aws:kms:us-east-1:${ACCOUNT}:key/${KEY_ID}`;
const PROJECT = { id: 'project', accountId: ACCOUNT };

/** Rows read the store alone, and of it two finders. */
function requestOf(operation: string, failure?: KmsError): AwsRequest {
  const find = async <T>(value: T): Promise<T> => {
    if (failure !== undefined) throw failure;
    return value;
  };
  const key = { id: KEY_ID, location: 'us-east-1', algorithm: 'aes-256', usages: ['encrypt'] };
  const store = {
    projects: { find: () => find(PROJECT) },
    keys: { findWithVersion: () => find({ key, project: PROJECT }) },
  };
  return {
    kms: { store } as unknown as Kms,
    region: 'us-east-1',
    operation,
    context: {
      requestId: 'request',
      protocol: 'aws-kms',
      actor: { type: 'system', name: 'tester' },
      projectId: 'project',
    },
  };
}

test('every error code has an error of AWS, which shows no undefined value', async () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const error = new KmsError(code, 'The text of ours.', { keyId: KEY_ID });
    const refusal = await refusalOf(error, requestOf('Encrypt'), { KeyId: KEY_ID });
    assert.equal(refusal.code, code);
    assert.equal(refusal.refused, error);
    assert.ok(refusal.fault.type in AWS_ERRORS);
    assert.doesNotMatch(refusal.fault.message ?? '', /undefined|\[object/, code);
  }
  assert.deepEqual(Object.keys(ERROR_ROWS).sort(), Object.keys(ERROR_CODES).sort());
});

test('faults of the house are 500 and 503, which SDKs try again; all others are 400', async () => {
  const statuses: Record<string, number> = {};
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const { fault } = await refusalOf(new KmsError(code, ''), requestOf('Encrypt'));
    if (AWS_ERRORS[fault.type] !== 400) statuses[code] = AWS_ERRORS[fault.type];
  }
  assert.deepEqual(statuses, {
    sealed: 503,
    auditUnavailable: 503,
    storeUnavailable: 503,
    identityUnavailable: 503,
    deadlineExceeded: 503,
    internal: 500,
  });
});

test('an unknown failure tells nothing of itself', async () => {
  const { fault, code } = await refusalOf(new Error('the root key is hunter2'), requestOf('Encrypt'));
  assert.equal(code, 'internal');
  assert.equal(fault.type, 'KMSInternalException');
  assert.doesNotMatch(String(fault.message), /hunter2/);
});

test('a message that cannot be made is a failure of its own and is answered', async () => {
  const gone = new KmsError('storeUnavailable', 'no store');
  const error = new KmsError('keySuspended', '', { keyId: KEY_ID });
  const { fault } = await refusalOf(error, requestOf('Encrypt', gone));
  assert.equal(fault.type, 'DependencyTimeoutException');
  const broken = new KmsError('internal', 'broken');
  assert.equal((await refusalOf(error, requestOf('Encrypt', broken))).fault.type, 'KMSInternalException');
});

test('ARNs stand where AWS puts them', async () => {
  const message = async (code: ErrorCode, operation: string, details = {}, input = {}) =>
    (await refusalOf(new KmsError(code, '', { keyId: KEY_ID, ...details }), requestOf(operation), input))
      .fault.message;
  assert.equal(await message('keySuspended', 'Encrypt'), `${ARN} is disabled.`);
  assert.equal(await message('keyPendingDestruction', 'Encrypt'), `${ARN} is pending deletion.`);
  assert.equal(await message('notFound', 'Encrypt'), `Key '${ARN}' does not exist`);
  assert.equal(
    await message('incompatibleUsage', 'GenerateMac'),
    `${ARN} key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.`,
  );
  const both = { SourceKeyId: 'alias/a', DestinationKeyId: 'alias/b' };
  assert.match(
    (await message('denied', 'ReEncrypt', { permission: 'key.reencryptTo' }, both)) ?? '',
    /kms:ReEncryptTo on resource: arn:aws:kms:us-east-1:111122223333:alias\/b because/,
  );
  assert.match(
    (await message('denied', 'ReEncrypt', { permission: 'key.reencryptFrom' }, both)) ?? '',
    /kms:ReEncryptFrom on resource: arn:aws:kms:us-east-1:111122223333:alias\/a because/,
  );
});
