// X.509 certificates (RFC 5280 section 4.1): what is signed, the signed whole, and both read again. Nothing here signs or verifies.

import type { Bytes } from '../../base/bytes.ts';
import {
  type DerElement,
  DerFields,
  DerRefusal,
  der,
  instantOf,
  magnitude,
  numberOf,
  readDer,
  wholeBytesOf,
  writeDer,
} from '../der/index.ts';
import { type Extension, type NewExtension, readExtensions, writeExtension } from './extensions.ts';
import { type NameAttribute, readName } from './names.ts';
import {
  readSignatureAlgorithm,
  type SignatureAlgorithm,
  writeSignatureAlgorithm,
} from './signature-algorithms.ts';

export interface CertificateParts {
  /** Up to 20 octets, not all zero (section 4.1.2.2). */
  readonly serialNumber: Bytes;
  /** The DER of both names. */
  readonly issuer: Bytes;
  readonly subject: Bytes;
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Bytes;
  readonly extensions: readonly NewExtension[];
  readonly algorithm: SignatureAlgorithm;
}

const VERSION_3 = 2;

/** What the issuer signs: the TBSCertificate. */
export function certificateBody(parts: CertificateParts): Uint8Array<ArrayBuffer> {
  const { serialNumber, issuer, subject, notBefore, notAfter, publicKey, extensions, algorithm } = parts;
  return writeDer(
    der.sequence([
      der.explicit(0, der.integer(VERSION_3)),
      der.integer(serialNumber),
      writeSignatureAlgorithm(algorithm),
      der.encoded(issuer),
      der.sequence([der.time(notBefore), der.time(notAfter)]),
      der.encoded(subject),
      der.encoded(publicKey),
      der.explicit(3, der.sequence(extensions.map(writeExtension))),
    ]),
  );
}

/** A body with its signature: a certificate, and likewise a certificate request. */
export function signedWhole(
  body: Bytes,
  algorithm: SignatureAlgorithm,
  signature: Bytes,
): Uint8Array<ArrayBuffer> {
  return writeDer(
    der.sequence([der.encoded(body), writeSignatureAlgorithm(algorithm), der.bitString(signature)]),
  );
}

/** What every signed structure of X.509 is made of. */
export interface Signed {
  readonly body: DerElement;
  /** Undefined for one that is not in the table. */
  readonly algorithm: SignatureAlgorithm | undefined;
  readonly signature: Bytes;
}

export function readSigned(bytes: Bytes): Signed {
  const whole = new DerFields(readDer(bytes));
  const body = whole.one('sequence');
  const algorithm = readSignatureAlgorithm(whole.one('sequence'));
  const signature = wholeBytesOf(whole.one('bitString'));
  whole.refuseOthers();
  return { body, algorithm, signature };
}

export interface Certificate {
  readonly signed: Signed;
  /** The INTEGER as it stands, and its digits. */
  readonly serialNumber: { readonly encoding: Bytes; readonly digits: Bytes };
  readonly issuer: NameInDer;
  readonly subject: NameInDer;
  readonly notBefore: number;
  /** The last instant of its validity. */
  readonly notAfter: number;
  readonly publicKey: Bytes;
  readonly extensions: readonly Extension[];
}

export interface NameInDer {
  readonly encoding: Bytes;
  readonly attributes: readonly NameAttribute[];
}

export function readNameInDer(element: DerElement): NameInDer {
  return { encoding: element.whole, attributes: readName(element) };
}

/** Throws DerRefusal. Views on the bytes. */
export function readCertificate(bytes: Bytes): Certificate {
  const signed = readSigned(bytes);
  const fields = new DerFields(signed.body);
  const version = fields.explicit(0);
  if (version !== undefined && numberOf(version) > VERSION_3)
    throw new DerRefusal('The certificate is of a version that is not known.');
  const serialNumber = fields.one('integer');
  const inner = readSignatureAlgorithm(fields.one('sequence'));
  // Section 4.1.1.2: the algorithm that is signed must be the one outside.
  if (inner !== signed.algorithm) throw new DerRefusal('The certificate names two algorithms.');
  const issuer = readNameInDer(fields.one('sequence'));
  const validity = new DerFields(fields.one('sequence'));
  const notBefore = instantOf(validity.any());
  const notAfter = instantOf(validity.any());
  validity.refuseOthers();
  const subject = readNameInDer(fields.one('sequence'));
  const publicKey = fields.one('sequence').whole;
  // Unique identifiers, which nobody has given out for decades.
  fields.implicit(1, 'bitString');
  fields.implicit(2, 'bitString');
  const extensions = fields.explicit(3);
  fields.refuseOthers();
  return {
    signed,
    serialNumber: { encoding: serialNumber.whole, digits: magnitude(serialNumber) },
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey,
    extensions: extensions === undefined ? [] : readExtensions(extensions),
  };
}
