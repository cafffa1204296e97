// Certificates as they are written and read, against OpenSSL as Node.js has it.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { must } from '../../base/assert.ts';
import { hex } from '../../base/bytes.ts';
import { DerRefusal, der, writeDer } from '../der/index.ts';
import { certificateBody, readCertificate, signedWhole } from './certificate.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  extensionNamed,
  hasUnknownCritical,
  keyUsage,
  purposes,
  subjectAlternativeNames,
  subjectKeyIdentifier,
  writeExtension,
} from './extensions.ts';
import { nameText, writeName } from './names.ts';
import { readPem, writePem } from './pem.ts';
import { readCertificateRequest } from './request.ts';

const NOT_BEFORE = Date.UTC(2024, 0, 1);
const NOT_AFTER = Date.UTC(2051, 0, 1);

function issued(names: readonly string[]) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const identifier = createHash('sha256').update(spki).digest().subarray(0, 20);
  const name = writeDer(
    writeName([
      ['C', 'CH'],
      ['O', 'Zürich, Keys'],
      ['CN', 'vault+1'],
    ]),
  );
  const body = certificateBody({
    serialNumber: Uint8Array.of(0x80, 1),
    issuer: name,
    subject: name,
    notBefore: NOT_BEFORE,
    notAfter: NOT_AFTER,
    publicKey: spki,
    extensions: [
      basicConstraints(0),
      keyUsage('keyCertSign', 'cRLSign'),
      purposes('clientAuth', 'serverAuth'),
      subjectAlternativeNames(names),
      subjectKeyIdentifier(identifier),
      authorityKeyIdentifier(identifier),
    ],
    algorithm: 'ecdsa-sha-256',
  });
  return { whole: signedWhole(body, 'ecdsa-sha-256', sign('sha256', body, privateKey)), spki };
}

test('OpenSSL reads what is written', () => {
  const { whole } = issued(['kmip.example', '127.0.0.1', '::1', '2001:db8::7']);
  const certificate = new X509Certificate(whole);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.ok(certificate.checkIssued(certificate));
  assert.ok(certificate.ca);
  assert.equal(certificate.serialNumber, '8001');
  assert.equal(certificate.subject, 'C=CH\nO=Zürich\\, Keys\nCN=vault\\+1');
  assert.equal(certificate.validFromDate.getTime(), NOT_BEFORE);
  assert.equal(certificate.validToDate.getTime(), NOT_AFTER);
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
  assert.ok(certificate.checkHost('kmip.example'));
  for (const address of ['127.0.0.1', '::1', '2001:db8::7']) assert.ok(certificate.checkIP(address), address);
  assert.equal(certificate.checkIP('127.0.0.2'), undefined);
});

test('what is written is read again', () => {
  const { whole, spki } = issued(['kmip.example']);
  const read = readCertificate(whole);
  assert.equal(nameText(read.subject.attributes), 'CN=vault\\+1,O=Zürich\\, Keys,C=CH');
  assert.equal(hex(read.serialNumber.digits), '8001');
  assert.equal(hex(read.serialNumber.encoding), '0203008001');
  assert.deepEqual([read.notBefore, read.notAfter], [NOT_BEFORE, NOT_AFTER]);
  assert.equal(hex(read.publicKey), hex(spki));
  assert.equal(read.signed.algorithm, 'ecdsa-sha-256');
  assert.equal(read.extensions.length, 6);
  assert.ok(extensionNamed(read.extensions, 'basicConstraints')?.isCritical);
  assert.equal(hasUnknownCritical(read.extensions), false);
  assert.throws(() => readCertificate(whole.subarray(1)), DerRefusal);
  assert.throws(() => readCertificateRequest(whole), DerRefusal);
});

test('PEM comes back, by its label alone', () => {
  const { whole } = issued(['kmip.example']);
  const text = `${writePem('CERTIFICATE', whole)}${writePem('X', whole)}`;
  const [content, ...others] = must(readPem(text, ['CERTIFICATE']), 'base64');
  assert.equal(others.length, 0);
  assert.equal(hex(must(content, 'a block')), hex(whole));
});

test('a request is read with what it asks for', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const name = writeDer(writeName([['CN', 'array']]));
  const body = writeDer(
    der.sequence([
      der.integer(0),
      der.encoded(name),
      der.encoded(publicKey.export({ format: 'der', type: 'spki' })),
      der.implicit(
        0,
        der.set([
          der.sequence([
            der.objectIdentifier('1.2.840.113549.1.9.14'),
            der.set([der.sequence([writeExtension(purposes('clientAuth'))])]),
          ]),
        ]),
      ),
    ]),
  );
  const whole = signedWhole(body, 'ed25519', sign(null, body, privateKey));
  const request = readCertificateRequest(whole);
  assert.equal(nameText(request.subject.attributes), 'CN=array');
  assert.equal(request.signed.algorithm, 'ed25519');
  assert.equal(hex(request.signed.body.whole), hex(body));
  assert.deepEqual(
    request.extensions.map(({ identifier }) => identifier),
    ['2.5.29.37'],
  );
  for (let length = 0; length < whole.length; length += 1)
    assert.throws(() => readCertificateRequest(whole.subarray(0, length)), DerRefusal);
});
