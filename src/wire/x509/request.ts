// Certificate requests (PKCS #10, RFC 2986): read, never made here.

import type { Bytes } from '../../base/bytes.ts';
import {
  childrenOf,
  type DerElement,
  DerFields,
  DerRefusal,
  numberOf,
  objectIdentifierOf,
} from '../der/index.ts';
import { type NameInDer, readNameInDer, readSigned, type Signed } from './certificate.ts';
import { type Extension, readExtensions } from './extensions.ts';

export interface CertificateRequest {
  readonly signed: Signed;
  readonly subject: NameInDer;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Bytes;
  /** That the client asks for. */
  readonly extensions: readonly Extension[];
}

/** RFC 2985 section 5.4.2. */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

/** Throws DerRefusal. Views on the bytes. */
export function readCertificateRequest(bytes: Bytes): CertificateRequest {
  const signed = readSigned(bytes);
  const fields = new DerFields(signed.body);
  if (numberOf(fields.one('integer')) !== 0) throw new DerRefusal('The request is of an unknown version.');
  const subject = readNameInDer(fields.one('sequence'));
  const publicKey = fields.one('sequence').whole;
  const attributes = fields.implicit(0, 'set');
  fields.refuseOthers();
  const extensions = attributes === undefined ? [] : childrenOf(attributes).flatMap(extensionsAsked);
  return { signed, subject, publicKey, extensions };
}

function extensionsAsked(element: DerElement): readonly Extension[] {
  const attribute = new DerFields(element);
  if (objectIdentifierOf(attribute.one('objectIdentifier')) !== EXTENSION_REQUEST) return [];
  return childrenOf(attribute.one('set')).flatMap(readExtensions);
}
