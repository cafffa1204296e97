// Certificates as an authority of a project signs them, and as objects.

import { createHash } from 'node:crypto';
import type { Bytes } from '../../../base/bytes.ts';
import { certify } from '../../../core/operations/crypto/certify.ts';
import type { KeyAlgorithm, Mechanism } from '../../../domain/algorithms.ts';
import { type CertificateParts, certificateBody, signedWhole } from '../../../wire/x509/certificate.ts';
import { authorityKeyIdentifier, subjectKeyIdentifier } from '../../../wire/x509/extensions.ts';
import type { SignatureAlgorithm } from '../../../wire/x509/signature-algorithms.ts';
import type { BroughtObject } from '../objects/brought.ts';
import { selectorOf, visible } from '../objects/find.ts';
import { type KmipRequest, perform } from '../request.ts';

export interface Signing {
  readonly mechanism: Mechanism;
  readonly algorithm: SignatureAlgorithm;
}

export interface Signer {
  readonly keyId: string;
  readonly signing: Signing;
  /** A Name in DER. */
  readonly subject: Bytes;
  /** As its certificate says; undefined where that is not known here. */
  readonly keyIdentifier: Bytes | undefined;
}

const RSA: Signing = { mechanism: 'rsassa-pkcs1-v15-sha-256', algorithm: 'rsa-sha-256' };

/** How a key of the core's algorithm signs certificates; undefined: not at all. */
export const SIGNING: Readonly<Partial<Record<KeyAlgorithm, Signing>>> = {
  'rsa-2048': RSA,
  'rsa-3072': RSA,
  'rsa-4096': RSA,
  'ec-p256': { mechanism: 'ecdsa-sha-256', algorithm: 'ecdsa-sha-256' },
  'ec-p384': { mechanism: 'ecdsa-sha-384', algorithm: 'ecdsa-sha-384' },
  'ec-p521': { mechanism: 'ecdsa-sha-512', algorithm: 'ecdsa-sha-512' },
  ed25519: { mechanism: 'ed25519', algorithm: 'ed25519' },
  ed448: { mechanism: 'ed448', algorithm: 'ed448' },
};

export type NewCertificate = Omit<CertificateParts, 'issuer' | 'algorithm'>;

/** In DER; the identifiers of both keys are added to its extensions (RFC 5280 section 4.2.1.1 and 4.2.1.2). */
export async function signCertificate(
  request: KmipRequest,
  { keyId, signing, subject: issuer, keyIdentifier }: Signer,
  parts: NewCertificate,
): Promise<Bytes> {
  const { algorithm, mechanism } = signing;
  const extensions = [...parts.extensions, subjectKeyIdentifier(keyIdentifierOf(parts.publicKey))];
  if (keyIdentifier !== undefined) extensions.push(authorityKeyIdentifier(keyIdentifier));
  const body = certificateBody({ ...parts, issuer, algorithm, extensions });
  const key = selectorOf(keyId);
  const { signature } = await perform(request, visible(certify), { key, mechanism, body });
  return signedWhole(body, algorithm, signature);
}

/** RFC 7093 section 2: the first 160 bits of a SHA-256, here of the whole SubjectPublicKeyInfo. */
export function keyIdentifierOf(publicKey: Bytes): Bytes {
  return createHash('sha256').update(publicKey).digest().subarray(0, 20);
}

const X_509 = 0x01;

/** As a client would register it. */
export function certificateObject(encoded: Bytes): BroughtObject {
  return {
    objectType: 'Certificate',
    facts: { certificateType: X_509 },
    block: { format: 'Raw', material: encoded, attributes: [] },
  };
}
