// Symmetric secrets and what orders make are keys like any other: KMIP, AWS KMS and the admin API use them, in one state and with one log;
// keys that were made elsewhere are no secrets; and another project sees nothing of either through any of them.

import assert from 'node:assert/strict';
import { createDecipheriv, createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { DecryptCommand, DescribeKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { decodeUtf8, hex, utf8 } from '../../../src/base/bytes.ts';
import { revealSecretBytes } from '../../../src/base/secret-bytes.ts';
import { execute } from '../../../src/core/execute.ts';
import { issueCredential } from '../../../src/core/operations/identity/credentials.ts';
import type { AuditEntry } from '../../../src/domain/audit-entry.ts';
import { make, type TtlvField, type TtlvItem } from '../../../src/wire/ttlv/index.ts';
import { systemContext } from '../../support/system.ts';
import { type Caller, caller, done, refused } from '../admin/client.ts';
import {
  answered,
  type KmipConnection,
  type KmipSubject,
  newAes256,
  request,
  startKmip,
} from '../kmip/support.ts';
import { type BarbicanSubject, barbicanOn, type User } from './support.ts';

let kmip: KmipSubject;
let barbican: BarbicanSubject;
let projectId: string;
/** Of the same project as the secrets. */
let array: KmipConnection;
/** Of another one. */
let stranger: KmipConnection;
let strangeUser: User;
let admin: Caller;
before(async () => {
  kmip = await startKmip();
  barbican = await barbicanOn(kmip.keyhold);
  projectId = kmip.keyhold.credentials.project.id;
  array = await kmip.connect(await kmip.addClient({ projectId }));
  const other = await kmip.addClient();
  stranger = await kmip.connect(other);
  strangeUser = await barbican.addUser('strange', ['admin'], other.projectId);
  admin = caller(kmip.keyhold.url, kmip.keyhold.credentials.admin.apiKey);
});
after(async () => {
  array.close();
  stranger.close();
  await kmip.stop();
});

const uid = (id: string): TtlvField => make.textString('UniqueIdentifier', id);

function ask(
  connection: KmipConnection,
  operation: Parameters<typeof request>[1][number]['operation'],
  payload: readonly TtlvField[],
): Promise<TtlvItem> {
  return connection.ask(request('1.4', [{ operation, payload }]));
}

/** The first field of that name, wherever it stands. */
function fieldOf(item: TtlvItem, name: string): TtlvItem | undefined {
  if (item.name === name) return item;
  return item.children.map(child => fieldOf(child, name)).find(found => found !== undefined);
}

const located = async (connection: KmipConnection): Promise<readonly string[]> =>
  answered(await ask(connection, 'Locate', [])).ids;

/** The material as KMIP gives it, in hex; undefined where it gives none. */
async function gotten(id: string, connection = array): Promise<string | undefined> {
  const material = fieldOf(await ask(connection, 'Get', [uid(id)]), 'KeyMaterial');
  return material && hex(material.content);
}

async function payloadOf(id: string): Promise<string> {
  const { bytes } = await barbican.expect(200, { path: `/secrets/${id}/payload` });
  return hex(bytes);
}

async function order(meta: object, type = 'key'): Promise<string> {
  const made = await barbican.expect(202, { method: 'POST', path: '/orders', body: { type, meta } });
  const { json } = await barbican.expect(200, { path: `/orders/${made.json.order_ref.split('/').at(-1)}` });
  assert.equal(json.status, 'ACTIVE');
  return (json.secret_ref ?? json.container_ref).split('/').at(-1);
}

const AES = { name: 'ordered', algorithm: 'aes', bit_length: 256, mode: 'cbc' };

const symmetric = (algorithm: string, bytes: Uint8Array) => ({
  secret_type: 'symmetric',
  algorithm,
  bit_length: 8 * bytes.length,
  payload: Buffer.from(bytes).toString('base64'),
  payload_content_type: 'application/octet-stream',
  payload_content_encoding: 'base64',
});

const CBC = [
  make.structure('CryptographicParameters', [
    make.enumeration('BlockCipherMode', 'CBC'),
    make.enumeration('PaddingMethod', 'PKCS5'),
  ]),
];

test('KMIP finds an ordered key, gives the same material, and encrypts what the payload decrypts', async () => {
  const id = await order(AES);
  assert.ok((await located(array)).includes(id));
  const material = await payloadOf(id);
  assert.equal(await gotten(id), material);
  const iv = new Uint8Array(16).fill(9);
  const encrypted = await ask(array, 'Encrypt', [
    uid(id),
    ...CBC,
    make.byteString('Data', utf8('a volume')),
    make.byteString('IVCounterNonce', iv),
  ]);
  const ciphertext = fieldOf(encrypted, 'Data')?.content ?? new Uint8Array(0);
  const cipher = createDecipheriv('aes-256-cbc', Buffer.from(material, 'hex'), iv);
  const opened = Buffer.concat([cipher.update(ciphertext), cipher.final()]);
  assert.equal(opened.toString(), 'a volume');
});

test('KMIP reads what was stored as well: keys of every symmetric algorithm that has its length', async () => {
  for (const [algorithm, bytes] of [
    ['aes', 16],
    ['aes', 24],
    ['aes', 32],
    ['3des', 24],
    ['hmacsha256', 32],
    ['hmacsha512', 64],
  ] as const) {
    const material = new Uint8Array(bytes).map((_, at) => at * 2 + bytes);
    const id = await barbican.secret(symmetric(algorithm, material));
    assert.equal(await gotten(id), hex(material), algorithm);
  }
  const key = new Uint8Array(32).fill(3);
  const id = await barbican.secret(symmetric('hmacsha256', key));
  const mac = await ask(array, 'MAC', [uid(id), make.byteString('Data', utf8('a message'))]);
  const expected = createHmac('sha256', key).update('a message').digest('hex');
  assert.equal(hex(fieldOf(mac, 'MACData')?.content ?? new Uint8Array(0)), expected);
});

test('AWS KMS encrypts under an ordered key', async () => {
  const { kms, credentials, url } = kmip.keyhold;
  const id = await order(AES);
  const { principalId } = await kmip.addClient({ projectId, roles: ['user'] });
  const context = systemContext(projectId);
  const issued = await execute(kms, issueCredential, context, {
    principal: principalId,
    kind: 'accessKeyPair',
  });
  using secret = issued.secret;
  const client = new KMSClient({
    endpoint: url,
    region: credentials.aws?.region ?? 'us-east-1',
    credentials: {
      accessKeyId: issued.credential.lookup,
      secretAccessKey: decodeUtf8(revealSecretBytes(secret)),
    },
  });
  const { KeyMetadata: facts } = await client.send(new DescribeKeyCommand({ KeyId: id }));
  assert.deepEqual([facts?.KeySpec, facts?.Enabled], ['SYMMETRIC_DEFAULT', true]);
  const { CiphertextBlob } = await client.send(
    new EncryptCommand({ KeyId: id, Plaintext: utf8('a volume') }),
  );
  const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
  assert.equal(decodeUtf8(Plaintext ?? new Uint8Array(0)), 'a volume');
});

test('there is one state: what is disabled or destroyed at one door is so at every other', async () => {
  const id = await order(AES);
  const at = (step = '') => `/projects/${projectId}/keys/${id}${step}`;
  const shown = await done(admin('GET', at()));
  assert.deepEqual([shown.algorithm, shown.state, shown.exportable], ['aes-256', 'active', true]);
  await done(admin('POST', at('/disable')));
  await barbican.expect(403, { path: `/secrets/${id}/payload` });
  assert.equal(await gotten(id), undefined);
  await done(admin('POST', at('/enable')));
  assert.equal(await gotten(id), await payloadOf(id));

  // By KMIP.
  await ask(array, 'Revoke', [
    uid(id),
    make.structure('RevocationReason', [make.enumeration('RevocationReasonCode', 'CessationOfOperation')]),
  ]);
  assert.equal((await done(admin('GET', at()))).state, 'deactivated');
  assert.equal(answered(await ask(array, 'Destroy', [uid(id)])).status, 0);
  await barbican.expect(404, { path: `/secrets/${id}/payload` });
  assert.equal((await done(admin('GET', at()))).state, 'destroyed');
  await barbican.expect(200, { path: `/secrets/${id}` });
  await barbican.expect(204, { method: 'DELETE', path: `/secrets/${id}` });

  // By Barbican.
  const second = await order(AES);
  await barbican.expect(204, { method: 'DELETE', path: `/secrets/${second}` });
  assert.equal(await gotten(second), undefined);
  assert.equal((await done(admin('GET', `/projects/${projectId}/keys/${second}`))).state, 'destroyed');
});

test('there is one log: each use of the key stands there under the protocol by which it came', async () => {
  const id = await order(AES);
  await payloadOf(id);
  await gotten(id);
  await done(admin('GET', `/projects/${projectId}/keys/${id}`));
  const rows = await kmip.keyhold.kms.store.log.search({ keyId: id }, { limit: 20, newestFirst: false });
  const entries = rows.map(({ leaf }) => JSON.parse(decodeUtf8(leaf)) as AuditEntry);
  const seen = new Set(entries.map(({ protocol, operation }) => `${protocol} ${operation}`));
  for (const use of [
    'barbican order.create',
    'barbican secret.reveal',
    'kmip key.export',
    'admin key.describe',
  ])
    assert.ok(seen.has(use), `${use} in ${[...seen].join(', ')}`);
});

test('the halves of an ordered pair are objects of KMIP', async () => {
  const container = await order({ name: 'pair', algorithm: 'rsa', bit_length: 2048 }, 'asymmetric');
  const { json } = await barbican.expect(200, { path: `/containers/${container}` });
  const ids: readonly string[] = json.secret_refs.map((ref: { secret_ref: string }) =>
    ref.secret_ref.split('/').at(-1),
  );
  const all = await located(array);
  assert.deepEqual(
    ids.map(id => all.includes(id)),
    [true, true],
  );
});

test('a key that KMIP or the admin API has made is no secret: nobody takes it out by way of Barbican', async () => {
  const [made] = answered(await ask(array, 'Create', newAes256())).ids;
  const ofAdmin = await done(
    admin('POST', `/projects/${projectId}/keys`, { algorithm: 'aes-256', exportable: true }),
  );
  for (const id of [made ?? '', ofAdmin.id]) {
    assert.match(id, /^[0-9a-f-]{36}$/);
    const { json } = await barbican.expect(200, { path: '/secrets?limit=100' });
    assert.ok(!json.secrets.some(({ secret_ref }: { secret_ref: string }) => secret_ref.endsWith(id)));
    for (const path of [`/secrets/${id}`, `/secrets/${id}/payload`]) await barbican.expect(404, { path });
    await barbican.expect(404, { method: 'DELETE', path: `/secrets/${id}` });
  }
  assert.notEqual(await gotten(made ?? ''), undefined);
});

test('another project sees neither: not by KMIP, not by Barbican, not by the admin API', async () => {
  const id = await order(AES);
  const theirs = await barbican.expect(202, {
    method: 'POST',
    path: '/orders',
    body: { type: 'key', meta: AES },
    as: strangeUser,
  });
  const { json } = await barbican.expect(200, {
    path: `/orders/${theirs.json.order_ref.split('/').at(-1)}`,
    as: strangeUser,
  });
  const their = json.secret_ref.split('/').at(-1);
  assert.deepEqual(await located(stranger), [their]);
  assert.equal((await located(array)).includes(their), false);
  const absent = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
  for (const operation of ['Get', 'GetAttributes', 'Destroy'] as const) {
    const [of, never] = [
      await ask(stranger, operation, [uid(id)]),
      await ask(stranger, operation, [uid(absent)]),
    ];
    assert.deepEqual(
      [answered(of).status, answered(of).reason],
      [answered(never).status, answered(never).reason],
    );
    assert.notEqual(answered(of).status, 0);
  }
  await barbican.expect(404, { path: `/secrets/${id}/payload`, as: strangeUser });
  const { json: list } = await barbican.expect(200, { path: '/secrets', as: strangeUser });
  assert.equal(list.total, 1);
  const foreign = caller(kmip.keyhold.url, strangeUser.token);
  assert.equal(
    await refused(foreign('GET', `/projects/${strangeUser.projectId}/keys/${id}`)),
    await refused(foreign('GET', `/projects/${strangeUser.projectId}/keys/${absent}`)),
  );
  assert.equal(await gotten(id), await payloadOf(id));
});
