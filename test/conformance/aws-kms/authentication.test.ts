// Who may ask: every way in which a signature can be wrong, in AWS's words, and the headers of every answer.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { must } from '../../../src/base/assert.ts';
import { decodeUtf8 } from '../../../src/base/bytes.ts';
import type { AuditEntry } from '../../../src/domain/audit-entry.ts';
import type { HeaderField } from '../../../src/wire/http.ts';
import { type AwsSubject, type Exchange, type HandMade, startAws } from './support.ts';

let subject: AwsSubject;
before(async () => {
  subject = await startAws();
});
after(() => subject.stop());

const MINUTE_MS = 60_000;

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

async function refused(request: HandMade): Promise<readonly [number, string, string | undefined]> {
  // Refused proofs are limited: the next case is of another second.
  subject.keyhold.clock.advance(1000);
  const answer = await subject.send({ operation: 'ListKeys', ...request });
  const { __type, message } = JSON.parse(answer.body) as { __type: string; message?: string };
  return [answer.status, __type, message];
}

function changeHeader(name: string, change: (value: string) => string) {
  return (headers: readonly HeaderField[]): readonly HeaderField[] =>
    headers.map(([field, value]) => [field, field === name ? change(value) : value]);
}

function changeAuthorization(change: (value: string) => string) {
  return changeHeader('authorization', change);
}

test('a well-signed request is answered with the headers that SDKs read', async () => {
  const answer: Exchange = await subject.send({ operation: 'ListKeys', body: '' });
  assert.equal(answer.status, 200, answer.body);
  assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.1');
  assert.match(String(answer.headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
  assert.equal(answer.headers['cache-control'], 'no-cache, no-store, must-revalidate, private');
  assert.equal(answer.headers.pragma, 'no-cache');
  assert.equal(answer.headers.expires, '0');
  assert.ok(!Number.isNaN(Date.parse(String(answer.headers.date))));
  assert.deepEqual(JSON.parse(answer.body), { Keys: [], Truncated: false });
});

test('a signing key is one of its day: the next day is signed with another', async () => {
  for (let day = 0; day < 2; day += 1) {
    assert.equal((await subject.send({ operation: 'ListKeys', body: '' })).status, 200);
    subject.keyhold.clock.advance(86_400_000);
  }
});

test('a refused proof is in the log with the access key that it named', async () => {
  const { account } = subject;
  await refused({ account: { ...account, secretAccessKey: 'wrong' } });
  const filter = { operation: 'authenticate' };
  const [row] = await subject.keyhold.kms.store.log.search(filter, { limit: 1, newestFirst: true });
  const { details } = JSON.parse(decodeUtf8(must(row, 'it is recorded').leaf)) as AuditEntry;
  assert.deepEqual(details, { claimed: account.accessKeyId });
});

test('a request without a signature is told so', async () => {
  assert.deepEqual(await refused({ unsigned: true }), [
    400,
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
  ]);
});

test('a wrong secret, a changed body and a changed header are one mismatch', async () => {
  const { account } = subject;
  const wrongSecret = { ...account, secretAccessKey: `${account.secretAccessKey.slice(0, -1)}!` };
  const flipped = changeAuthorization(value => value.slice(0, -1) + (value.endsWith('0') ? '1' : '0'));
  for (const request of [
    { account: wrongSecret },
    { tamper: flipped },
    { tamper: changeHeader('x-amz-target', () => 'TrentService.ListAliases') },
    { headers: { 'x-amz-content-sha256': '0'.repeat(64) } },
  ]) {
    assert.deepEqual(await refused(request), [400, 'InvalidSignatureException', MISMATCH]);
  }
});

test('an access key that nobody has, and a token with a long-term key, are not recognised', async () => {
  const { account } = subject;
  for (const request of [
    { account: { ...account, accessKeyId: 'AKIAQQQQQQQQQQQQQQQQ' } },
    { account: { ...account, accessKeyId: 'test' } },
    { securityToken: 'a-token' },
  ]) {
    assert.deepEqual(await refused(request), [
      400,
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ]);
  }
});

test('five minutes of skew are borne and not a second more, by the clock of the server', async () => {
  const now = subject.keyhold.clock.now();
  for (const skewMs of [-5 * MINUTE_MS + 3000, 5 * MINUTE_MS - 3000]) {
    const answer = await subject.send({ operation: 'ListKeys', atMs: now + skewMs });
    assert.equal(answer.status, 200);
  }
  const [status, type, message] = await refused({ atMs: now - 5 * MINUTE_MS - 3000 });
  assert.deepEqual([status, type], [400, 'InvalidSignatureException']);
  assert.match(
    message ?? '',
    /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
  );
  const [, , early] = await refused({ atMs: now + 6 * MINUTE_MS });
  assert.match(
    early ?? '',
    /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/,
  );
});

test('the SDK corrects its clock by the Date header of the server', async () => {
  subject.keyhold.clock.advance(3 * 60 * MINUTE_MS);
  const { KMSClient } = await import('@aws-sdk/client-kms');
  const client = new KMSClient({
    region: subject.region,
    endpoint: subject.keyhold.url,
    credentials: subject.account,
    maxAttempts: 2,
  });
  const answer = await client.send(new ListKeysCommand({}));
  assert.equal(answer.$metadata.attempts, 2);
  client.destroy();
});

test('a credential of another service, a malformed region or another day is refused by name', async () => {
  const [, type, message] = await refused({ service: 's3' });
  assert.equal(type, 'InvalidSignatureException');
  assert.match(message ?? '', /correct service: 'kms'/);
  assert.match((await refused({ region: 'EVERYWHERE' }))[2] ?? '', /valid region/);
  const dated = changeAuthorization(value => value.replace(/\/\d{8}\//, '/20200101/'));
  assert.match((await refused({ tamper: dated }))[2] ?? '', /^Date in Credential scope does not match/);
});

test('a malformed Authorization header is incomplete', async () => {
  for (const change of [
    (value: string) => value.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA512'),
    (value: string) => value.replace(/SignedHeaders=[^,]*, /, ''),
    (value: string) => value.replace(/Signature=.*/, 'Signature=abc'),
    (value: string) => value.replace('/kms/', '/'),
    (value: string) => value.replace(/SignedHeaders=([^,]*)/, 'SignedHeaders=z;$1'),
    () => 'Bearer token',
  ]) {
    const [status, type] = await refused({ tamper: changeAuthorization(change) });
    assert.deepEqual([status, type], [400, 'IncompleteSignatureException'], change.toString());
  }
});

test('every x-amz header that arrives must be signed', async () => {
  const added = (headers: readonly HeaderField[]): readonly HeaderField[] => [
    ...headers,
    ['x-amz-extra', 'unsigned'],
  ];
  const [, type, message] = await refused({ tamper: added });
  assert.equal(type, 'InvalidSignatureException');
  assert.match(message ?? '', /x-amz-extra/);
});

test('guessing is slowed down in words that SDKs retry on', async () => {
  const unsigned = { operation: 'ListKeys', unsigned: true };
  const answers = await Promise.all(Array.from({ length: 80 }, () => subject.send(unsigned)));
  const types = new Set(answers.map(answer => (JSON.parse(answer.body) as { __type: string }).__type));
  assert.ok(types.has('ThrottlingException'));
  assert.ok(types.has('MissingAuthenticationTokenException'));
  subject.keyhold.clock.advance(MINUTE_MS);
});
