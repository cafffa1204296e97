// What a certificate is asked for: a request of the client's (PKCS #10, RFC 2986), in DER or PEM, which proves that its sender holds the private
// key; or attributes that say whom a public key belongs to.

import { createPublicKey, verify } from 'node:crypto';
import type { Bytes } from '../../../base/bytes.ts';
import { DerRefusal, der, readDer, writeDer } from '../../../wire/der/index.ts';
import { read, readItem, StructureReader, type ValueName } from '../../../wire/ttlv/index.ts';
import type { Signed } from '../../../wire/x509/certificate.ts';
import type { Extension, NewExtension } from '../../../wire/x509/extensions.ts';
import { type NameAttributeType, readName, writeName } from '../../../wire/x509/names.ts';
import { readPem } from '../../../wire/x509/pem.ts';
import { readCertificateRequest } from '../../../wire/x509/request.ts';
import { SIGNATURE_ALGORITHMS } from '../../../wire/x509/signature-algorithms.ts';
import type { GivenValue } from '../attributes/values.ts';
import { refusal } from '../faults.ts';

export interface AskedCertificate {
  /** A Name in DER; undefined: the client says nothing of it. */
  readonly subject: Bytes | undefined;
  /** SubjectPublicKeyInfo in DER; undefined: that of the public key which is certified. */
  readonly publicKey: Bytes | undefined;
  readonly extensions: readonly NewExtension[];
}

type RequestType = ValueName<'CertificateRequestType'>;

/** Throws `invalidCsr` for what is no request, or is not signed by the key in it, and `featureNotSupported`. */
export function readAskedCertificate(type: RequestType, value: Bytes): AskedCertificate {
  if (type !== 'PKCS_10' && type !== 'PEM')
    throw refusal('featureNotSupported', 'Certificate requests are taken in PKCS #10, as DER or PEM.');
  try {
    const request = readCertificateRequest(type === 'PEM' ? fromPem(value) : value);
    if (!isSignedBy(request.signed, request.publicKey))
      throw refusal('invalidCsr', 'The certificate request is not signed by the key that is in it.');
    return {
      subject: request.subject.encoding,
      publicKey: request.publicKey,
      extensions: request.extensions.flatMap(granted),
    };
  } catch (thrown) {
    if (!(thrown instanceof DerRefusal)) throw thrown;
    throw refusal('invalidCsr', 'The certificate request cannot be read.');
  }
}

function fromPem(value: Bytes): Bytes {
  const labels = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'];
  // PEM is ASCII (RFC 7468 section 3): what is not, is no block of it.
  const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
  const [content, another] = readPem(text, labels) ?? [];
  if (content === undefined || another !== undefined)
    throw refusal('invalidCsr', 'The certificate request must be one block of PEM.');
  return content;
}

function isSignedBy({ body, algorithm, signature }: Signed, publicKey: Bytes): boolean {
  if (algorithm === undefined) return false;
  const row = SIGNATURE_ALGORITHMS[algorithm];
  const digest = 'digest' in row ? row.digest.replace('-', '') : null;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    return verify(digest, body.whole, key, signature);
  } catch {
    return false;
  }
}

/** Names and purposes; whether it is an authority, and how its key may be used, is not for the client to say (RFC 5280 section 4.2.1.6 and 4.2.1.12). */
const GRANTED: ReadonlySet<string> = new Set(['2.5.29.17', '2.5.29.37']);

function granted({ identifier, isCritical, value }: Extension): readonly NewExtension[] {
  return GRANTED.has(identifier)
    ? [{ identifier, isCritical, value: der.encoded(readDer(value).whole) }]
    : [];
}

const PARTS = {
  CertificateSubjectC: 'C',
  CertificateSubjectST: 'ST',
  CertificateSubjectL: 'L',
  CertificateSubjectO: 'O',
  CertificateSubjectOU: 'OU',
  CertificateSubjectDC: 'DC',
  CertificateSubjectCN: 'CN',
  CertificateSubjectUID: 'UID',
  CertificateSubjectEmail: 'E',
  CertificateSubjectSerialNumber: 'SERIALNUMBER',
  CertificateSubjectTitle: 'T',
  CertificateSubjectDNQualifier: 'DNQ',
} as const satisfies Readonly<Record<string, NameAttributeType>>;

const X_509_SUBJECT = 'X_509CertificateSubject';

/** The attributes that name the subject, and the others. Throws `invalidAttributeValue`. */
export function takeSubject(given: readonly GivenValue[]): {
  readonly subject: Bytes | undefined;
  readonly others: readonly GivenValue[];
} {
  const others = given.filter(({ name }) => name !== X_509_SUBJECT && !(name in PARTS));
  const whole = given.find(({ name }) => name === X_509_SUBJECT);
  if (whole !== undefined) return { subject: subjectInDer(whole), others };
  const parts = Object.entries(PARTS).flatMap(([name, type]) =>
    given
      .filter(each => each.name === name)
      .map(({ item }) => [type, readItem(item, read.textString)] as const),
  );
  if (parts.some(([type, text]) => type === 'C' && !/^[A-Z]{2}$/i.test(text)))
    throw refusal('invalidAttributeValue', 'A country has a code of two letters (ISO 3166).');
  return { subject: parts.length === 0 ? undefined : writeDer(writeName(parts)), others };
}

function subjectInDer({ item }: GivenValue): Bytes {
  const encoded = new StructureReader(item).one('SubjectDistinguishedName', read.byteString);
  try {
    readName(readDer(encoded));
    return encoded;
  } catch (thrown) {
    if (!(thrown instanceof DerRefusal)) throw thrown;
    throw refusal('invalidAttributeValue', 'The distinguished name cannot be read.');
  }
}
