// A KMIP object is a key like any other: AWS and Key Protect use it, KMIP reads theirs, other projects see nothing, and the log tells of all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { decodeUtf8, utf8 } from '../../../src/base/bytes.ts';
import { revealSecretBytes } from '../../../src/base/secret-bytes.ts';
import { execute } from '../../../src/core/execute.ts';
import { searchAudit } from '../../../src/core/operations/audit/audit.ts';
import {
  issueCredential,
  listCredentials,
  revokeCredential,
} from '../../../src/core/operations/identity/credentials.ts';
import { make } from '../../../src/wire/ttlv/index.ts';
import { newApiKey, systemContext } from '../../support/system.ts';
import { kmipSuite } from './asking.ts';
import { uid } from './payloads.ts';
import { ARRAY_ROLES, answered, newAes256, request } from './support.ts';

const kmip = kmipSuite({ roles: [...ARRAY_ROLES, 'auditor'] });

async function createdId(): Promise<string> {
  const { status, ids } = answered(
    await kmip.connection.ask(request('1.4', [{ operation: 'Create', payload: newAes256() }])),
  );
  assert.equal(status, 0);
  return ids[0] ?? '';
}

async function aws(): Promise<KMSClient> {
  const { credential, secret } = await execute(kmip.subject.keyhold.kms, issueCredential, system(), {
    principal: kmip.client.principalId,
    kind: 'accessKeyPair',
  });
  using disposed = secret;
  const secretAccessKey = decodeUtf8(revealSecretBytes(disposed));
  return new KMSClient({
    endpoint: kmip.subject.keyhold.url,
    region: 'us-east-1',
    credentials: { accessKeyId: credential.lookup, secretAccessKey },
  });
}

const system = () => systemContext(kmip.client.projectId);

test('a key made by KMIP encrypts by AWS KMS, and is shown by Key Protect', async () => {
  const KeyId = await createdId();
  const kms = await aws();
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: utf8('shared') }));
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
  assert.equal(decodeUtf8(Plaintext ?? new Uint8Array()), 'shared');
  kms.destroy();

  const { projectId, principalId } = kmip.client;
  const apiKey = await newApiKey(kmip.subject.keyhold.kms, projectId, principalId);
  const body = `grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=${apiKey}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const grant = await fetch(`${kmip.subject.keyhold.url}/identity/token`, { method: 'POST', headers, body });
  const { access_token: token } = (await grant.json()) as { readonly access_token: string };
  const shown = await fetch(`${kmip.subject.keyhold.url}/api/v2/keys/${KeyId}/metadata`, {
    headers: { authorization: `Bearer ${token}`, 'bluemix-instance': kmip.client.projectId },
  });
  const { resources } = (await shown.json()) as { readonly resources: readonly { readonly id: string }[] };
  assert.deepEqual(
    resources.map(resource => resource.id),
    [KeyId],
  );
});

test('a key made by AWS KMS is found by KMIP, and does not leave, since it was not made to', async () => {
  const kms = await aws();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  kms.destroy();
  const made = KeyMetadata?.KeyId ?? '';
  assert.ok(
    answered(await kmip.connection.ask(request('1.4', [{ operation: 'Locate' }]))).ids.includes(made),
  );
  const got = answered(
    await kmip.connection.ask(request('1.4', [{ operation: 'Get', payload: [uid(made)] }])),
  );
  assert.deepEqual([got.status, got.reason], [1, 0x17]);
});

test('objects of another project are as absent as ones that never were', async () => {
  const made = await createdId();
  const stranger = await kmip.subject.connect(await kmip.subject.addClient());
  const absent = '11111111-2222-4333-8444-555555555555';
  for (const operation of ['Get', 'GetAttributes', 'Activate', 'Destroy'] as const) {
    const [theirs, nobodys] = await Promise.all(
      [made, absent].map(async each =>
        answered(await stranger.ask(request('1.4', [{ operation, payload: [uid(each)] }]))),
      ),
    );
    assert.deepEqual(theirs, nobodys, operation);
    assert.equal(theirs?.reason, 1, operation);
  }
  assert.deepEqual(answered(await stranger.ask(request('1.4', [{ operation: 'Locate' }]))).ids, []);
  stranger.close();
});

test('the log tells of what was done by KMIP, of what was refused, and of questions that no object is behind', async () => {
  const made = await createdId();
  await kmip.connection.ask(request('1.4', [{ operation: 'Get', payload: [uid(made)] }]));
  await kmip.connection.ask(request('1.4', [{ operation: 'Notify', payload: [uid(made)] }]));
  await kmip.connection.ask(request('1.4', [{ operation: 'DiscoverVersions' }]));
  const { items } = await execute(kmip.subject.keyhold.kms, searchAudit, system(), {
    filter: {},
    newestFirst: true,
    limit: 5,
  });
  const told = items.map(({ entry }) => [entry.operation, entry.outcome, entry.protocol]);
  assert.deepEqual(told, [
    ['request.answer', 'ok', 'kmip'],
    ['request.refuse', 'unsupported', 'kmip'],
    // The object is not fresh any more.
    ['key.noteRelease', 'ok', 'kmip'],
    ['key.export', 'ok', 'kmip'],
    ['key.create', 'ok', 'kmip'],
  ]);
});

test('a client whose certificate is revoked is refused from the next message on, over the same connection', async () => {
  const late = await kmip.subject.addClient();
  const open = await kmip.subject.connect(late);
  const payload = [make.enumeration('QueryFunction', 'QueryOperations')];
  const ask = async () => answered(await open.ask(request('1.4', [{ operation: 'Query', payload }])));
  assert.equal((await ask()).status, 0);
  const { kms } = kmip.subject.keyhold;
  const context = { ...system(), projectId: late.projectId };
  const { items } = await execute(kms, listCredentials, context, { principal: late.principalId });
  await execute(kms, revokeCredential, context, {
    principal: late.principalId,
    credentialId: items[0]?.id ?? '',
  });
  assert.deepEqual(await ask(), { status: 1, reason: 3, ids: [] });
  open.close();
});
