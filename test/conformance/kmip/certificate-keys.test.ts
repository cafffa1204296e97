// Keys that sign certificates: nothing else through any door, and those of a confined client in its own ring.

import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { must } from '../../../src/base/assert.ts';
import { decodeUtf8, utf8 } from '../../../src/base/bytes.ts';
import { revealSecretBytes } from '../../../src/base/secret-bytes.ts';
import type { RequestContext } from '../../../src/core/context.ts';
import { execute } from '../../../src/core/execute.ts';
import { bindRole } from '../../../src/core/operations/access/bindings.ts';
import { certify } from '../../../src/core/operations/crypto/certify.ts';
import { signPart } from '../../../src/core/operations/crypto/message-part.ts';
import { sign } from '../../../src/core/operations/crypto/sign.ts';
import { issueCredential } from '../../../src/core/operations/identity/credentials.ts';
import { updatePrincipal } from '../../../src/core/operations/identity/principals.ts';
import { createKey } from '../../../src/core/operations/keys/create-key.ts';
import { linkKeys } from '../../../src/core/operations/links/key-links.ts';
import { createName, deleteName } from '../../../src/core/operations/names/names.ts';
import { createKeyRing } from '../../../src/core/operations/rings/key-rings.ts';
import type { Key } from '../../../src/domain/key.ts';
import { make, type TtlvField, type TtlvItem, type ValueName } from '../../../src/wire/ttlv/index.ts';
import { codeOf } from '../../contract/core-subject.ts';
import { systemContext } from '../../support/system.ts';
import { fieldOf, kmipSuite } from './asking.ts';
import { uid } from './payloads.ts';
import { ARRAY_ROLES, type KmipConnection } from './support.ts';

const kmip = kmipSuite();
const kms = () => kmip.subject.keyhold.kms;
const system = (projectId = kmip.client.projectId): RequestContext => systemContext(projectId);

/** The payload of a success, or the reason. */
async function ask(
  by: KmipConnection,
  operation: ValueName<'Operation'>,
  ...fields: readonly (TtlvField | undefined)[]
): Promise<TtlvItem | string | undefined> {
  const { reason, payload } = await kmip.ask(operation, fields, '2.1', by);
  return reason ?? payload;
}

async function idOf(...asked: Parameters<typeof ask>): Promise<string> {
  const answer = await ask(...asked);
  assert.ok(typeof answer === 'object', String(answer));
  return must(fieldOf(answer, 'UniqueIdentifier'), 'an id').text;
}

/** Certifies a new public key, and gives back the id of its certificate. */
async function certified(by: KmipConnection): Promise<string> {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const material = make.byteString('KeyMaterial', publicKey.export({ format: 'der', type: 'spki' }));
  const keyId = await idOf(
    by,
    'Register',
    make.enumeration('ObjectType', 'PublicKey'),
    make.structure('Attributes', [make.mask('CryptographicUsageMask', ['Verify'])]),
    make.structure('PublicKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'X_509'),
        make.structure('KeyValue', [material]),
      ]),
    ]),
  );
  return idOf(by, 'Certify', uid(keyId));
}

async function authorityKey(namespace: string, projectId = kmip.client.projectId): Promise<Key> {
  const name = await kms().store.names.find(namespace, projectId, 'certificate-authority');
  return must(await kms().store.keys.find(must(name, 'the authority').keyId), 'its key');
}

const MECHANISM = 'rsassa-pkcs1-v15-sha-256';

test('the key of an authority signs certificates, and through no door a message', async () => {
  await certified(kmip.connection);
  const { id, usages } = await authorityKey('kmip');
  assert.ok(usages.includes('certify') && !usages.includes('sign'));
  const key = { key: { by: 'id', id } } as const;
  const body = utf8('the body of a certificate of another authority');
  const refused = 'incompatibleUsage';
  assert.equal(
    await codeOf(execute(kms(), sign, system(), { ...key, mechanism: MECHANISM, message: body })),
    refused,
  );
  const of = { by: 'first', mechanism: MECHANISM } as const;
  assert.equal(
    await codeOf(execute(kms(), signPart, system(), { ...key, of, part: body, isLast: true })),
    refused,
  );
  assert.equal(
    await ask(kmip.connection, 'Sign', uid(id), make.byteString('Data', body)),
    'IncompatibleCryptographicUsageMask',
  );

  const pair = await execute(kms(), issueCredential, system(), {
    principal: kmip.client.principalId,
    kind: 'accessKeyPair',
  });
  using secret = pair.secret;
  const aws = new KMSClient({
    endpoint: kmip.subject.keyhold.url,
    region: 'us-east-1',
    credentials: {
      accessKeyId: pair.credential.lookup,
      secretAccessKey: decodeUtf8(revealSecretBytes(secret)),
    },
  });
  await assert.rejects(
    aws.send(
      new SignCommand({
        KeyId: id,
        Message: body,
        MessageType: 'RAW',
        SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
      }),
    ),
  );
  aws.destroy();

  const answer = await fetch(
    `${kmip.subject.keyhold.url}/admin/v1/projects/${kmip.client.projectId}/keys/${id}/sign`,
    {
      method: 'POST',
      headers: {
        authorization: `Bearer ${kmip.subject.keyhold.credentials.admin.apiKey}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ mechanism: MECHANISM, message: Buffer.from(body).toString('base64') }),
    },
  );
  const { error } = (await answer.json()) as { readonly error: { readonly code: string } };
  assert.equal(error.code, refused);
});

test('a key certifies where it was asked for by name, and no other does', async () => {
  const spec = { algorithm: 'ec-p256', location: 'here' } as const;
  const usual = await execute(kms(), createKey, system(), spec);
  assert.ok(usual.key.usages.includes('sign') && !usual.key.usages.includes('certify'));
  const input = { mechanism: 'ecdsa-sha-256', body: utf8('a body') } as const;
  const by = (id: string) => codeOf(execute(kms(), certify, system(), { key: { by: 'id', id }, ...input }));
  assert.equal(await by(usual.key.id), 'incompatibleUsage');
  const asked = await execute(kms(), createKey, system(), { ...spec, usages: ['certify'] });
  assert.equal(await by(asked.key.id), 'ok');
});

test('a signing key that is named as the authority certifies nothing', async () => {
  const other = await kmip.subject.addClient();
  const context = () => system(other.projectId);
  const theirs = await kmip.subject.connect(other);
  await certified(theirs);
  const { id } = await authorityKey('kmip', other.projectId);
  const [link] = await kms().store.keyLinks.ofKey(id);
  assert.equal(link?.type, 'certificate');
  const spec = { algorithm: 'rsa-2048', location: 'here', usages: ['sign', 'verify'] } as const;
  const { key } = await execute(kms(), createKey, context(), spec);
  const to = { by: 'id', id: link.toKeyId } as const;
  const named = { key: { by: 'id', id: key.id } } as const;
  await execute(kms(), linkKeys, context(), { ...named, type: 'certificate', to });
  const name = { namespace: 'kmip', text: 'certificate-authority' };
  await execute(kms(), deleteName, context(), name);
  await execute(kms(), createName, context(), { ...name, ...named });
  await assert.rejects(certified(theirs), /IncompatibleCryptographicUsageMask/);
  theirs.close();
});

/** A client that is confined to a key ring of its own in the project. */
async function confined(name: string): Promise<KmipConnection & { readonly ringId: string }> {
  const ring = await execute(kms(), createKeyRing, system(), { name });
  const one = await kmip.subject.addClient({ projectId: kmip.client.projectId, roles: [] });
  await execute(kms(), updatePrincipal, system(), { principal: one.principalId, keyRing: name });
  for (const role of ARRAY_ROLES) {
    const scope = { on: 'keyRing', keyRing: ring.id } as const;
    await execute(kms(), bindRole, system(), { principal: one.principalId, role, scope });
  }
  return { ...(await kmip.subject.connect(one)), ringId: ring.id };
}

async function certificateOf(by: KmipConnection, id: string): Promise<X509Certificate> {
  const answer = await ask(by, 'Get', uid(id));
  assert.ok(typeof answer === 'object', String(answer));
  return new X509Certificate(
    must(fieldOf(fieldOf(answer, 'Certificate'), 'CertificateValue'), 'one').content,
  );
}

test('a confined client has the authority of its ring, which nobody else is certified by or reaches', async () => {
  const [one, other] = [await confined('one'), await confined('other')];
  const clients = [
    { by: kmip.connection, namespace: 'kmip' },
    { by: one, namespace: `kmip:${one.ringId}` },
    { by: other, namespace: `kmip:${other.ringId}` },
  ];
  const certificates: X509Certificate[] = [];
  for (const { by, namespace } of clients) {
    const certificate = await certificateOf(by, await certified(by));
    const key = await authorityKey(namespace);
    const [link] = await kms().store.keyLinks.ofKey(key.id);
    const issuer = await certificateOf(by, must(link, 'its certificate').toKeyId);
    assert.ok(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
    assert.equal(key.keyRingId === one.ringId, by === one);
    assert.equal(key.keyRingId === other.ringId, by === other);
    certificates.push(issuer);
    // The confined reach nothing of another's: neither the key nor its certificate, by id or by name.
    for (const { by: stranger } of clients.slice(1).filter(each => each.by !== by)) {
      for (const id of [key.id, must(link, 'its certificate').toKeyId])
        assert.equal(await ask(stranger, 'Get', uid(id)), 'PermissionDenied');
    }
  }
  // Nobody takes one for the other: each has a key and a name of its own.
  assert.equal(new Set(certificates.map(({ subject: name }) => name)).size, 3);
  assert.equal(new Set(certificates.map(({ fingerprint256 }) => fingerprint256)).size, 3);
  one.close();
  other.close();
});
