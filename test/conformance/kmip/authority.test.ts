// The authority of the installation: a server that nobody has given a certificate, clients that it certifies, and what becomes of both.

import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { must } from '../../../src/base/assert.ts';
import { execute } from '../../../src/core/execute.ts';
import { bindRole } from '../../../src/core/operations/access/bindings.ts';
import { createPrincipal, updatePrincipal } from '../../../src/core/operations/identity/principals.ts';
import { make } from '../../../src/wire/ttlv/index.ts';
import { CLIENT_AUTHENTICATION, selfSigned } from '../../support/certificates.ts';
import { startKeyhold, type TestKeyhold } from '../../support/keyhold.ts';
import { systemContext } from '../../support/system.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { openConnection, request } from './support.ts';

const KMIP = { kmip: 'on', kmipPort: '0', kmipNames: 'keys.example, 192.0.2.7, 2001:db8::7' };
const DAY_MS = 86_400_000;

let keyhold: TestKeyhold;
before(async () => {
  keyhold = await startKeyhold({ settings: KMIP });
});
after(() => keyhold.stop());

const ofFile = () => must(keyhold.credentials.kmip, 'KMIP is on');
const text = (path: string) => readFileSync(path, 'utf8');

async function asAdmin(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${keyhold.url}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${keyhold.credentials.admin.apiKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Fulfils with the socket that trusts the server, or rejects as a client would that does not. */
function secured(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: keyhold.kmipPort ?? 0, ...options }, () =>
      resolve(socket),
    );
    socket.once('error', reject);
  });
}

async function reasonOf(client: { readonly certificate: string; readonly privateKey: string }) {
  const connection = await openConnection(keyhold.kmipPort ?? 0, client);
  try {
    const answer = await connection.ask(request('1.4', [{ operation: 'Locate', payload: [] }]));
    return answer.children[1]?.children.find(({ name }) => name === 'ResultReason')?.uint32;
  } finally {
    connection.close();
  }
}

const AUTHENTICATION_NOT_SUCCESSFUL = 3;

test('the first start leaves a client that works with a server that it can trust', async () => {
  const { host, port, certFile, keyFile, caFile } = ofFile();
  assert.deepEqual([host, port], ['127.0.0.1', keyhold.kmipPort]);
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  for (const name of ['127.0.0.1', 'localhost', 'keys.example', '192.0.2.7']) {
    const socket = await secured({ ca: text(caFile), checkServerIdentity: () => undefined });
    assert.ok(socket.authorized);
    const server = must(socket.getPeerX509Certificate(), 'a certificate');
    assert.ok(isIP(name) === 0 ? server.checkHost(name) : server.checkIP(name), name);
    socket.destroy();
  }
  await assert.rejects(secured({}), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  const connection = await openConnection(port, { certificate: text(certFile), privateKey: text(keyFile) });
  const made = await connection.ask(
    request('2.1', [
      {
        operation: 'Create',
        payload: [
          make.enumeration('ObjectType', 'SymmetricKey'),
          make.structure('Attributes', [
            make.enumeration('CryptographicAlgorithm', 'AES'),
            make.integer('CryptographicLength', 256),
            make.integer('CryptographicUsageMask', 12),
          ]),
        ],
      },
    ]),
  );
  assert.equal(made.children[1]?.children.find(({ name }) => name === 'ResultStatus')?.uint32, 0);
  connection.close();
});

test('a client is certified by its public key, and counts until its certificate is revoked', async () => {
  const project = keyhold.credentials.project.id;
  const base = `/projects/${project}/principals`;
  await asAdmin('POST', base, { name: 'array' });
  await asAdmin('POST', `/projects/${project}/bindings`, { principal: 'array', role: 'viewer' });
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { format: 'pem', type: 'spki' },
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  });
  const answer = await asAdmin('POST', `${base}/array/certified-keys`, { publicKey, validDays: 30 });
  assert.equal(answer.status, 201);
  const { credential, certificate, authority } = (await answer.json()) as {
    readonly credential: { readonly id: string; readonly expiresAt: number };
    readonly certificate: string;
    readonly authority: string;
  };
  assert.equal(authority, text(ofFile().caFile));
  const issued = new X509Certificate(certificate);
  const issuer = new X509Certificate(authority);
  assert.ok(issued.checkIssued(issuer) && issued.verify(issuer.publicKey));
  assert.equal(issued.subject, 'CN=array');
  assert.equal(issued.ca, false);
  assert.equal(await reasonOf({ certificate, privateKey }), undefined);
  await asAdmin('DELETE', `${base}/array/credentials/${credential.id}`);
  assert.equal(await reasonOf({ certificate, privateKey }), AUTHENTICATION_NOT_SUCCESSFUL);
});

test('keys that are none, private or weak are not certified', async () => {
  const base = `/projects/${keyhold.credentials.project.id}/principals`;
  await asAdmin('POST', base, { name: 'other' });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const keys = [
    'nothing',
    weak.publicKey.export({ format: 'pem', type: 'spki' }),
    weak.privateKey.export({ format: 'pem', type: 'pkcs8' }),
  ];
  for (const publicKey of keys) {
    const answer = await asAdmin('POST', `${base}/other/certified-keys`, { publicKey });
    assert.equal(answer.status, 400, await answer.text());
  }
});

test('the certificate of the port stays the same, until it ends or lacks a name', async () => {
  const { authority } = keyhold.house;
  const names = ['127.0.0.1', 'localhost', '::1', 'keys.example', '192.0.2.7', '2001:db8::7'];
  const at = keyhold.clock.now();
  const first = await authority.serverIdentity(names, at);
  assert.deepEqual(await authority.serverIdentity(names, at + DAY_MS), first);
  const later = await authority.serverIdentity(names, at + 700 * DAY_MS);
  assert.notEqual(later.certificate, first.certificate);
  assert.equal(later.privateKey, first.privateKey);
  const more = await authority.serverIdentity([...names, 'more.example'], at + 700 * DAY_MS);
  assert.notEqual(more.certificate, later.certificate);
  assert.deepEqual(await authority.serverIdentity(names, at + 700 * DAY_MS), more);
});

test('an authority that the settings name knows service accounts of one project, by their names alone', async () => {
  const folder = await temporaryDirectory();
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const root = selfSigned({ subject: 'somebody', keys: issuer, isAuthority: true });
  const file = join(folder, 'clients.pem');
  writeFileSync(file, root);
  const other = await startKeyhold({ settings: { ...KMIP, kmipClientCaFile: file } });
  try {
    const { kms, credentials } = other;
    const system = systemContext(credentials.project.id);
    for (const [name, kind] of [
      ['tape', 'serviceAccount'],
      ['lena', 'user'],
    ] as const) {
      const { id } = await execute(kms, createPrincipal, system, { name, kind });
      await execute(kms, bindRole, system, { principal: id, role: 'viewer', scope: { on: 'realm' } });
    }
    const reason = async (subject: string, from = issuer) => {
      const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const certificate = selfSigned({
        subject,
        purposes: [CLIENT_AUTHENTICATION],
        keys,
        issuer: { subject: 'somebody', privateKey: from.privateKey },
      });
      const privateKey = keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
      const connection = await openConnection(other.kmipPort ?? 0, { certificate, privateKey });
      const answer = await connection.ask(request('1.4', [{ operation: 'Locate', payload: [] }]));
      connection.close();
      return answer.children[1]?.children.find(({ name }) => name === 'ResultReason')?.uint32;
    };
    assert.equal(await reason('tape'), undefined);
    assert.equal(await reason('nobody'), AUTHENTICATION_NOT_SUCCESSFUL);
    assert.equal(await reason('lena'), AUTHENTICATION_NOT_SUCCESSFUL);
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    assert.equal(await reason('tape', stranger), AUTHENTICATION_NOT_SUCCESSFUL);
    await execute(kms, updatePrincipal, system, { principal: 'tape', enabled: false });
    assert.equal(await reason('tape'), AUTHENTICATION_NOT_SUCCESSFUL);
  } finally {
    await other.stop();
  }
});
