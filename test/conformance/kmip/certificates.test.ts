// Certify, Re-certify and Validate over the wire, with keys and requests that are made here.

import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { type Bytes, concatBytes, utf8 } from '../../../src/base/bytes.ts';
import { der, writeDer } from '../../../src/wire/der/index.ts';
import {
  make,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { signedWhole } from '../../../src/wire/x509/certificate.ts';
import { writeName } from '../../../src/wire/x509/names.ts';
import { writePem } from '../../../src/wire/x509/pem.ts';
import { fieldOf, kmipSuite } from './asking.ts';
import { named, uid } from './payloads.ts';

const kmip = kmipSuite();

/** The payload of a success, or the reason. */
async function ask(operation: ValueName<'Operation'>, ...fields: readonly (TtlvField | undefined)[]) {
  const { reason, payload } = await kmip.ask(operation, fields);
  return reason ?? payload;
}

async function done(...asked: Parameters<typeof ask>): Promise<TtlvItem> {
  const answer = await ask(...asked);
  assert.ok(typeof answer === 'object', String(answer));
  return answer;
}

async function registered(publicKey: KeyObject, name: string): Promise<string> {
  const payload = await done(
    'Register',
    make.enumeration('ObjectType', 'PublicKey'),
    make.structure('Attributes', [make.mask('CryptographicUsageMask', ['Verify']), named(name)]),
    make.structure('PublicKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'X_509'),
        make.structure('KeyValue', [
          make.byteString('KeyMaterial', publicKey.export({ format: 'der', type: 'spki' })),
        ]),
      ]),
    ]),
  );
  return must(fieldOf(payload, 'UniqueIdentifier'), 'an id').text;
}

async function certificateOf(id: string): Promise<X509Certificate> {
  const value = fieldOf(fieldOf(await done('Get', uid(id)), 'Certificate'), 'CertificateValue');
  return new X509Certificate(must(value, 'a certificate').content);
}

/** The certificate of the authority, found as clients would. */
async function authority(): Promise<{ readonly id: string; readonly certificate: X509Certificate }> {
  const found = await done(
    'Locate',
    make.structure('Attributes', [
      make.enumeration('ObjectType', 'Certificate'),
      make.textString('CertificateSubjectO', 'Keyhold'),
    ]),
  );
  const id = must(fieldOf(found, 'UniqueIdentifier'), 'the authority').text;
  return { id, certificate: await certificateOf(id) };
}

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

function requestOf(keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }, name: string) {
  const dns = { typeOctet: 0x82, parts: [utf8('array.example')] };
  const extension = der.sequence([der.objectIdentifier('2.5.29.17'), der.octetString(der.sequence([dns]))]);
  // Asking to be an authority does not make one.
  const constraints = der.sequence([
    der.objectIdentifier('2.5.29.19'),
    der.boolean(true),
    der.octetString(der.sequence([der.boolean(true)])),
  ]);
  const body = writeDer(
    der.sequence([
      der.integer(0),
      writeName([['CN', name]]),
      der.encoded(keys.publicKey.export({ format: 'der', type: 'spki' })),
      der.implicit(
        0,
        der.set([
          der.sequence([
            der.objectIdentifier('1.2.840.113549.1.9.14'),
            der.set([der.sequence([extension, constraints])]),
          ]),
        ]),
      ),
    ]),
  );
  return signedWhole(body, 'ecdsa-sha-256', sign('sha256', body, keys.privateKey));
}

const brought = (type: 'PKCS_10' | 'PEM', value: Bytes): readonly TtlvField[] => [
  make.enumeration('CertificateRequestType', type),
  make.byteString('CertificateRequestValue', value),
];

test('a public key is certified by the authority of the project, which is made at the first time', async () => {
  const keys = pair();
  const keyId = await registered(keys.publicKey, 'first');
  const id = must(fieldOf(await done('Certify', uid(keyId)), 'UniqueIdentifier'), 'an id').text;
  const certificate = await certificateOf(id);
  const { certificate: issuer } = await authority();
  assert.ok(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  assert.equal(certificate.subject, 'CN=first');
  assert.equal(certificate.ca, false);
  assert.ok(certificate.checkPrivateKey(keys.privateKey));
  const links = fieldOf(await done('GetAttributes', uid(keyId)), 'Attributes')?.children.filter(
    ({ name }) => name === 'Link',
  );
  assert.equal(fieldOf(links?.[0], 'LinkedObjectIdentifier')?.text, id);
});

test('a request names the subject and other names, and never an authority', async () => {
  const keys = pair();
  for (const [type, value] of [
    ['PKCS_10', requestOf(keys, 'array-7')],
    ['PEM', utf8(writePem('CERTIFICATE REQUEST', requestOf(keys, 'array-7')))],
  ] as const) {
    const payload = await done('Certify', ...brought(type, value));
    const certificate = await certificateOf(must(fieldOf(payload, 'UniqueIdentifier'), 'an id').text);
    assert.equal(certificate.subject, 'CN=array-7');
    assert.ok(certificate.checkHost('array.example'));
    assert.equal(certificate.ca, false);
  }
});

test('a request of another key, one that is not signed, and what is no public key are refused', async () => {
  const [keys, others] = [pair(), pair()];
  const keyId = await registered(keys.publicKey, 'refused');
  assert.equal(await ask('Certify', uid(keyId), ...brought('PKCS_10', requestOf(others, 'x'))), 'InvalidCSR');
  const forged = requestOf({ publicKey: keys.publicKey, privateKey: others.privateKey }, 'x');
  assert.equal(await ask('Certify', uid(keyId), ...brought('PKCS_10', forged)), 'InvalidCSR');
  assert.equal(await ask('Certify', uid(keyId), ...brought('PKCS_10', Uint8Array.of(1))), 'InvalidCSR');
  assert.equal(await ask('Certify', uid(keyId), ...brought('PEM', Uint8Array.of(0xff))), 'InvalidCSR');
  const country = make.structure('Attributes', [make.textString('CertificateSubjectC', 'Österreich')]);
  assert.equal(await ask('Certify', uid(keyId), country), 'InvalidAttributeValue');
  const over = make.structure('Attributes', [
    make.dateTime('ActivationDate', 1),
    make.dateTime('DeactivationDate', 1_000),
  ]);
  assert.equal(await ask('Certify', uid(keyId), over), 'InvalidField');
  const { id } = await authority();
  assert.equal(await ask('Certify', uid(id)), 'InvalidObjectType');
  assert.equal(await ask('ReCertify', uid(keyId)), 'InvalidObjectType');
});

test('a renewed certificate takes the name, and the public key leads to it', async () => {
  const keyId = await registered(pair().publicKey, 'renewed');
  const name = named('certificate');
  const idOf = async (answer: Promise<TtlvItem>) =>
    must(fieldOf(await answer, 'UniqueIdentifier'), 'an id').text;
  const first = await idOf(done('Certify', uid(keyId), make.structure('Attributes', [name])));
  const second = await idOf(done('ReCertify', uid(first)));
  assert.notEqual(second, first);
  assert.equal(await idOf(done('Locate', make.structure('Attributes', [name]))), second);
  const links = fieldOf(await done('GetAttributes', uid(keyId)), 'Attributes')?.children.filter(
    each => each.name === 'Link',
  );
  assert.deepEqual(
    links?.map(link => fieldOf(link, 'LinkedObjectIdentifier')?.text),
    [second],
  );
  const [old, renewed] = [await certificateOf(first), await certificateOf(second)];
  assert.notEqual(old.serialNumber, renewed.serialNumber);
  assert.equal(renewed.subject, old.subject);
});

test('a certificate is renewed by a request that is an object, of the same key alone', async () => {
  const [keys, others] = [pair(), pair()];
  const keyId = await registered(keys.publicKey, 'by request');
  const idOf = async (answer: Promise<TtlvItem>) =>
    must(fieldOf(await answer, 'UniqueIdentifier'), 'an id').text;
  const requestId = (of: typeof keys, name: string) =>
    idOf(
      done(
        'Register',
        make.enumeration('ObjectType', 'CertificateRequest'),
        make.structure('Attributes', []),
        make.structure('CertificateRequest', brought('PKCS_10', requestOf(of, name))),
      ),
    );
  const by = (id: string) => make.textString('CertificateRequestUniqueIdentifier', id);
  const first = await idOf(done('Certify', uid(keyId)));
  const mine = by(await requestId(keys, 'array-8'));
  const second = await idOf(done('ReCertify', uid(first), mine));
  assert.equal((await certificateOf(second)).subject, 'CN=array-8');
  assert.equal(await ask('ReCertify', uid(second), by(await requestId(others, 'array-9'))), 'InvalidCSR');
  assert.equal(await ask('ReCertify', uid(second), by(keyId)), 'InvalidObjectType');
  const twice = brought('PKCS_10', requestOf(keys, 'array-8'));
  assert.equal(await ask('ReCertify', uid(second), mine, ...twice), 'InvalidField');
  assert.equal(await ask('Certify', uid(keyId), mine), 'InvalidField');
});

test('a chain is valid to its root and in its time, and of what is no chain nothing is believed', async () => {
  const keyId = await registered(pair().publicKey, 'validated');
  const id = must(fieldOf(await done('Certify', uid(keyId)), 'UniqueIdentifier'), 'an id').text;
  const { id: rootId, certificate: root } = await authority();
  const leaf = await certificateOf(id);
  const validity = async (...payload: readonly TtlvField[]) =>
    valueName(
      'ValidityIndicator',
      fieldOf(await done('Validate', ...payload), 'ValidityIndicator')?.uint32 ?? 0,
    );
  const plain = ({ raw }: X509Certificate): TtlvField =>
    make.structure('Certificate', [
      make.enumeration('CertificateType', 'X_509'),
      make.byteString('CertificateValue', raw),
    ]);
  assert.equal(await validity(uid(id), uid(rootId)), 'Valid');
  assert.equal(await validity(plain(root), plain(leaf)), 'Valid');
  assert.equal(await validity(plain(leaf), uid(rootId)), 'Valid');
  assert.equal(await validity(plain(leaf)), 'Unknown');
  assert.equal(await validity(plain(leaf), plain(leaf)), 'Invalid');
  const later = Math.floor(leaf.validToDate.getTime() / 1000);
  assert.equal(await validity(plain(leaf), plain(root), make.dateTime('ValidityDate', later)), 'Valid');
  assert.equal(await validity(plain(leaf), plain(root), make.dateTime('ValidityDate', later + 1)), 'Invalid');
  const forged = Uint8Array.from(leaf.raw);
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  const structure = make.structure('Certificate', [
    make.enumeration('CertificateType', 'X_509'),
    make.byteString('CertificateValue', forged),
  ]);
  assert.equal(await validity(structure, plain(root)), 'Invalid');
  const cut = make.structure('Certificate', [
    make.enumeration('CertificateType', 'X_509'),
    make.byteString('CertificateValue', concatBytes(leaf.raw, Uint8Array.of(0))),
  ]);
  assert.equal(await validity(cut, plain(root)), 'Invalid');
  const reason = make.structure('RevocationReason', [
    make.enumeration('RevocationReasonCode', 'KeyCompromise'),
  ]);
  await done('Revoke', uid(id), reason);
  assert.equal(await validity(uid(id), uid(rootId)), 'Invalid');
});

test('the authority signs the certificates that it is asked for, and nothing that a client has put together', async () => {
  await authority();
  const found = await done('Locate', make.structure('Attributes', [named('certificate-authority')]));
  const key = must(fieldOf(found, 'UniqueIdentifier'), 'its key').text;
  const data = make.byteString('Data', utf8('a certificate of another authority'));
  assert.equal(await ask('Sign', uid(key), data), 'IncompatibleCryptographicUsageMask');
});
