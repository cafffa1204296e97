// Certify, Re-certify and Validate over the wire, with keys and requests that are made here.

import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import { type Bytes, concatBytes, utf8 } from '../../../src/base/bytes.ts';
import { der, writeDer } from '../../../src/wire/der/index.ts';
import { make, type TtlvField, type TtlvItem, valueName } from '../../../src/wire/ttlv/index.ts';
import { signedWhole } from '../../../src/wire/x509/certificate.ts';
import { writeName } from '../../../src/wire/x509/names.ts';
import { writePem } from '../../../src/wire/x509/pem.ts';
import { type AskedItem, type KmipConnection, type KmipSubject, request, startKmip } from './support.ts';

let subject: KmipSubject;
let connection: KmipConnection;
before(async () => {
  subject = await startKmip();
  connection = await subject.connect(await subject.addClient());
});
after(async () => {
  connection.close();
  await subject.stop();
});

const field = (item: TtlvItem | undefined, name: string): TtlvItem | undefined =>
  item?.children.find(child => child.name === name);

/** The payload of a success, or the reason. */
async function ask(operation: AskedItem['operation'], ...payload: readonly (TtlvField | undefined)[]) {
  const item = (await connection.ask(request('2.1', [{ operation, payload }]))).children[1];
  const reason = field(item, 'ResultReason')?.uint32;
  return reason === undefined ? field(item, 'ResponsePayload') : valueName('ResultReason', reason);
}

async function done(...asked: Parameters<typeof ask>): Promise<TtlvItem> {
  const answer = await ask(...asked);
  assert.ok(typeof answer === 'object', String(answer));
  return answer;
}

const identifier = (id: string): TtlvField => make.textString('UniqueIdentifier', id);

async function registered(publicKey: KeyObject, name: string): Promise<string> {
  const payload = await done(
    'Register',
    make.enumeration('ObjectType', 'PublicKey'),
    make.structure('Attributes', [
      make.mask('CryptographicUsageMask', ['Verify']),
      make.structure('Name', [
        make.textString('NameValue', name),
        make.enumeration('NameType', 'UninterpretedTextString'),
      ]),
    ]),
    make.structure('PublicKey', [
      make.structure('KeyBlock', [
        make.enumeration('KeyFormatType', 'X_509'),
        make.structure('KeyValue', [
          make.byteString('KeyMaterial', publicKey.export({ format: 'der', type: 'spki' })),
        ]),
      ]),
    ]),
  );
  return must(field(payload, 'UniqueIdentifier'), 'an id').text;
}

async function certificateOf(id: string): Promise<X509Certificate> {
  const value = field(field(await done('Get', identifier(id)), 'Certificate'), 'CertificateValue');
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
  const id = must(field(found, 'UniqueIdentifier'), 'the authority').text;
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
  const id = must(field(await done('Certify', identifier(keyId)), 'UniqueIdentifier'), 'an id').text;
  const certificate = await certificateOf(id);
  const { certificate: issuer } = await authority();
  assert.ok(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  assert.equal(certificate.subject, 'CN=first');
  assert.equal(certificate.ca, false);
  assert.ok(certificate.checkPrivateKey(keys.privateKey));
  const links = field(await done('GetAttributes', identifier(keyId)), 'Attributes')?.children.filter(
    ({ name }) => name === 'Link',
  );
  assert.equal(field(links?.[0], 'LinkedObjectIdentifier')?.text, id);
});

test('a request names the subject and other names, and never an authority', async () => {
  const keys = pair();
  for (const [type, value] of [
    ['PKCS_10', requestOf(keys, 'array-7')],
    ['PEM', utf8(writePem('CERTIFICATE REQUEST', requestOf(keys, 'array-7')))],
  ] as const) {
    const payload = await done('Certify', ...brought(type, value));
    const certificate = await certificateOf(must(field(payload, 'UniqueIdentifier'), 'an id').text);
    assert.equal(certificate.subject, 'CN=array-7');
    assert.ok(certificate.checkHost('array.example'));
    assert.equal(certificate.ca, false);
  }
});

test('a request of another key, one that is not signed, and what is no public key are refused', async () => {
  const [keys, others] = [pair(), pair()];
  const keyId = await registered(keys.publicKey, 'refused');
  assert.equal(
    await ask('Certify', identifier(keyId), ...brought('PKCS_10', requestOf(others, 'x'))),
    'InvalidField',
  );
  const forged = requestOf({ publicKey: keys.publicKey, privateKey: others.privateKey }, 'x');
  assert.equal(await ask('Certify', identifier(keyId), ...brought('PKCS_10', forged)), 'InvalidField');
  assert.equal(
    await ask('Certify', identifier(keyId), ...brought('PKCS_10', Uint8Array.of(1))),
    'InvalidField',
  );
  assert.equal(
    await ask('Certify', identifier(keyId), ...brought('PEM', Uint8Array.of(0xff))),
    'InvalidField',
  );
  const country = make.structure('Attributes', [make.textString('CertificateSubjectC', 'Österreich')]);
  assert.equal(await ask('Certify', identifier(keyId), country), 'InvalidAttributeValue');
  const { id } = await authority();
  assert.equal(await ask('Certify', identifier(id)), 'IllegalObjectType');
  assert.equal(await ask('ReCertify', identifier(keyId)), 'IllegalObjectType');
});

test('a renewed certificate takes the name, and the public key leads to it', async () => {
  const keyId = await registered(pair().publicKey, 'renewed');
  const name = make.structure('Name', [
    make.textString('NameValue', 'certificate'),
    make.enumeration('NameType', 'UninterpretedTextString'),
  ]);
  const idOf = async (answer: Promise<TtlvItem>) =>
    must(field(await answer, 'UniqueIdentifier'), 'an id').text;
  const first = await idOf(done('Certify', identifier(keyId), make.structure('Attributes', [name])));
  const second = await idOf(done('ReCertify', identifier(first)));
  assert.notEqual(second, first);
  assert.equal(await idOf(done('Locate', make.structure('Attributes', [name]))), second);
  const links = field(await done('GetAttributes', identifier(keyId)), 'Attributes')?.children.filter(
    each => each.name === 'Link',
  );
  assert.deepEqual(
    links?.map(link => field(link, 'LinkedObjectIdentifier')?.text),
    [second],
  );
  const [old, renewed] = [await certificateOf(first), await certificateOf(second)];
  assert.notEqual(old.serialNumber, renewed.serialNumber);
  assert.equal(renewed.subject, old.subject);
});

test('a chain is valid to its root and in its time, and of what is no chain nothing is believed', async () => {
  const keyId = await registered(pair().publicKey, 'validated');
  const id = must(field(await done('Certify', identifier(keyId)), 'UniqueIdentifier'), 'an id').text;
  const { id: rootId, certificate: root } = await authority();
  const leaf = await certificateOf(id);
  const validity = async (...payload: readonly TtlvField[]) =>
    valueName(
      'ValidityIndicator',
      field(await done('Validate', ...payload), 'ValidityIndicator')?.uint32 ?? 0,
    );
  const plain = ({ raw }: X509Certificate): TtlvField =>
    make.structure('Certificate', [
      make.enumeration('CertificateType', 'X_509'),
      make.byteString('CertificateValue', raw),
    ]);
  assert.equal(await validity(identifier(id), identifier(rootId)), 'Valid');
  assert.equal(await validity(plain(root), plain(leaf)), 'Valid');
  assert.equal(await validity(plain(leaf), identifier(rootId)), 'Valid');
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
  await done('Revoke', identifier(id), reason);
  assert.equal(await validity(identifier(id), identifier(rootId)), 'Invalid');
});

test('the authority signs the certificates that it is asked for, and nothing that a client has put together', async () => {
  await authority();
  const found = await done(
    'Locate',
    make.structure('Attributes', [
      make.structure('Name', [
        make.textString('NameValue', 'certificate-authority'),
        make.enumeration('NameType', 'UninterpretedTextString'),
      ]),
    ]),
  );
  const key = must(field(found, 'UniqueIdentifier'), 'its key').text;
  const data = make.byteString('Data', utf8('a certificate of another authority'));
  assert.equal(await ask('Sign', identifier(key), data), 'IncompatibleCryptographicUsageMask');
});
