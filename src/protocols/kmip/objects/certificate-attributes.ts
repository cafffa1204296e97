// What a certificate tells of itself as attributes (KMIP 1.4 section 3.8 to 3.16, 2.1 section 4.5 to 4.9). One that cannot be read is kept all
// the same: it is its owner's, and then tells nothing.

import type { Bytes } from '../../../base/bytes.ts';
import { hex } from '../../../base/bytes.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { childrenOf, DER_TYPES, DerRefusal, readDer, textOf } from '../../../wire/der/index.ts';
import { isTagName, make, type TagName, type TtlvField, type ValueName } from '../../../wire/ttlv/index.ts';
import { type Certificate, type NameInDer, readCertificate } from '../../../wire/x509/certificate.ts';
import { nameText } from '../../../wire/x509/names.ts';
import type { SignatureAlgorithm } from '../../../wire/x509/signature-algorithms.ts';
import type { AttributeName } from '../attributes/table.ts';
import { attributeToKeep } from './facet.ts';
import { identifyPublicKey } from './forms/public-key.ts';
import type { ObjectFacts } from './object.ts';

export interface CertificateFacts {
  readonly facts: Pick<ObjectFacts, 'algorithm' | 'length'>;
  readonly kept: FacetDocument;
}

/** Of an X.509 certificate in DER. */
export function certificateFacts(encoded: Bytes): CertificateFacts {
  try {
    const certificate = readCertificate(encoded);
    const { algorithm, length } = identifyPublicKey(certificate.publicKey);
    return { facts: { algorithm, length }, kept: keptAttributes(encoded, certificate) };
  } catch (thrown) {
    if (thrown instanceof DerRefusal) return { facts: {}, kept: {} };
    throw thrown;
  }
}

const SIGNATURE_NAMES: Readonly<Partial<Record<SignatureAlgorithm, ValueName<'DigitalSignatureAlgorithm'>>>> =
  {
    'rsa-sha-1': 'SHA_1WithRSAEncryption',
    'rsa-sha-256': 'SHA_256WithRSAEncryption',
    'rsa-sha-384': 'SHA_384WithRSAEncryption',
    'rsa-sha-512': 'SHA_512WithRSAEncryption',
    'ecdsa-sha-256': 'ECDSAWithSHA256',
    'ecdsa-sha-384': 'ECDSAWithSHA384',
    'ecdsa-sha-512': 'ECDSAWithSHA512',
  };

function keptAttributes(encoded: Bytes, certificate: Certificate): FacetDocument {
  const { issuer, subject, serialNumber, signed } = certificate;
  const subjectNames = alternativeNames(certificate, SUBJECT_ALTERNATIVE_NAME);
  const issuerNames = alternativeNames(certificate, ISSUER_ALTERNATIVE_NAME);
  const signature = signed.algorithm && SIGNATURE_NAMES[signed.algorithm];
  const single: readonly (readonly [AttributeName, TtlvField | undefined])[] = [
    ['CertificateLength', make.integer('CertificateLength', encoded.length)],
    [
      'CertificateIdentifier',
      make.structure('CertificateIdentifier', [
        make.textString('Issuer', nameText(issuer.attributes)),
        make.textString('SerialNumber', hex(serialNumber.digits).toUpperCase()),
      ]),
    ],
    [
      'CertificateSubject',
      make.structure('CertificateSubject', [
        make.textString('CertificateSubjectDistinguishedName', nameText(subject.attributes)),
        ...subjectNames.texts.map(text => make.textString('CertificateSubjectAlternativeName', text)),
      ]),
    ],
    [
      'CertificateIssuer',
      make.structure('CertificateIssuer', [
        make.textString('CertificateIssuerDistinguishedName', nameText(issuer.attributes)),
        ...issuerNames.texts.map(text => make.textString('CertificateIssuerAlternativeName', text)),
      ]),
    ],
    [
      'X_509CertificateIdentifier',
      make.structure('X_509CertificateIdentifier', [
        make.byteString('IssuerDistinguishedName', issuer.encoding),
        make.byteString('CertificateSerialNumber', serialNumber.encoding),
      ]),
    ],
    [
      'X_509CertificateSubject',
      make.structure('X_509CertificateSubject', [
        make.byteString('SubjectDistinguishedName', subject.encoding),
        ...subjectNames.encodings.map(name => make.byteString('SubjectAlternativeName', name)),
      ]),
    ],
    [
      'X_509CertificateIssuer',
      make.structure('X_509CertificateIssuer', [
        make.byteString('IssuerDistinguishedName', issuer.encoding),
        ...issuerNames.encodings.map(name => make.byteString('IssuerAlternativeName', name)),
      ]),
    ],
    ['DigitalSignatureAlgorithm', signature && make.enumeration('DigitalSignatureAlgorithm', signature)],
  ];
  return Object.assign(
    {},
    ...single.map(([name, field]) =>
      field === undefined ? {} : attributeToKeep(name, [{ index: 0, field }]),
    ),
    ...partsOfName('CertificateSubject', subject),
    ...partsOfName('CertificateIssuer', issuer),
  );
}

/** What a part of a name is called at the end of its attribute. */
const PARTS: Readonly<Record<string, string>> = {
  CN: 'CN',
  O: 'O',
  OU: 'OU',
  E: 'Email',
  C: 'C',
  ST: 'ST',
  L: 'L',
  UID: 'UID',
  SERIALNUMBER: 'SerialNumber',
  T: 'Title',
  DC: 'DC',
  DNQ: 'DNQualifier',
};

function partsOfName(
  of: 'CertificateSubject' | 'CertificateIssuer',
  { attributes }: NameInDer,
): readonly FacetDocument[] {
  return Object.keys(PARTS).map(type => {
    const tag = `${of}${PARTS[type]}`;
    const values = attributes.filter(attribute => attribute.type === type);
    if (values.length === 0 || !isTagName(tag)) return {};
    const fields = values.map(({ value }, index) => ({
      index,
      field: make.textString(tag as TextTag, value),
    }));
    return attributeToKeep(tag as AttributeName, fields);
  });
}

/** All of these tags are texts. */
type TextTag = Extract<TagName, `CertificateSubjectCN`>;

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const ISSUER_ALTERNATIVE_NAME = '2.5.29.18';

/** Of the kinds of names that are text: e-mail address, DNS name, URI (RFC 5280 section 4.2.1.6). */
const TEXT_NAME_TAGS: readonly number[] = [0x81, 0x82, 0x86];

function alternativeNames({ extensions }: Certificate, identifier: string) {
  const extension = extensions.find(each => each.identifier === identifier);
  const names = extension === undefined ? [] : childrenOf(readDer(extension.value));
  return {
    encodings: names.map(({ whole }) => whole),
    texts: names
      .filter(({ typeOctet }) => TEXT_NAME_TAGS.includes(typeOctet))
      .map(name => textOf({ ...name, typeOctet: DER_TYPES.ia5String })),
  };
}
