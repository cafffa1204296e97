// Client certificates (RFC 5280): taken in as PEM, recognised by the SHA-256 of their DER. One certificate is trusted for itself, whoever
// has signed it; no chain is built and no authority believed. That the client holds the private key is for TLS to prove.

import { hash, type KeyObject, X509Certificate } from 'node:crypto';
import { type Bytes, hex } from '../base/bytes.ts';
import { invalidInput, KmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { CertificateFacts } from '../domain/principal.ts';

export interface AcceptedCertificate {
  readonly der: Bytes;
  readonly lookup: string;
  readonly facts: CertificateFacts;
}

/** One block of RFC 7468 section 5 and nothing else: who sends a private key along is told so before it is looked at. */
const PEM =
  /^\s*-----BEGIN CERTIFICATE-----\r?\n(?:[A-Za-z0-9+/=]+[ \t]*\r?\n)+-----END CERTIFICATE-----\s*$/;

/** RFC 5280 section 4.2.1.12: id-kp-clientAuth, and anyExtendedKeyUsage. */
const CLIENT_PURPOSES = ['1.3.6.1.5.5.7.3.2', '2.5.29.37.0'];

/** NIST SP 800-57 part 1, table 2: at least 112 bits of strength. */
const ACCEPTED_KEYS: Readonly<Record<string, (key: KeyObject) => boolean>> = {
  rsa: key => (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048,
  'rsa-pss': key => (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048,
  ec: key => ['prime256v1', 'secp384r1', 'secp521r1'].includes(key.asymmetricKeyDetails?.namedCurve ?? ''),
  ed25519: () => true,
  ed448: () => true,
};

/** Throws `invalidInput` and `tooLarge`. */
export function acceptCertificate(pem: string, at: number): AcceptedCertificate {
  const limit = LIMITS.certificateCharactersMax;
  if (pem.length > limit) {
    throw new KmsError('tooLarge', `certificate must have at most ${limit} characters`, { limit });
  }
  if (!PEM.test(pem)) throw refused('must be one certificate in PEM, and nothing besides');
  const certificate = parse(pem);
  const facts = factsOf(certificate);
  if (at > facts.notAfter) throw refused('must not have expired');
  if (facts.notAfter < facts.notBefore) throw refused('must have a time in which it is valid');
  const purposes = certificate.keyUsage;
  if (purposes !== undefined && !purposes.some(purpose => CLIENT_PURPOSES.includes(purpose))) {
    throw refused('must be for client authentication (extended key usage)');
  }
  const { publicKey } = certificate;
  if (ACCEPTED_KEYS[publicKey.asymmetricKeyType ?? '']?.(publicKey) !== true) {
    throw refused('must have a key of RSA with 2048 bits or more, P-256, P-384, P-521, Ed25519 or Ed448');
  }
  const der = Uint8Array.from(certificate.raw);
  return { der, lookup: certificateLookup(der), facts };
}

/** Of certificates whose bytes are kept, as with a connection. */
const lookups = new WeakMap<Bytes, string>();

/** What a certificate is found by: SHA-256 of its DER, in hexadecimal. Whoever is found by it is compared with the DER. */
export function certificateLookup(der: Bytes): string {
  const known = lookups.get(der) ?? hex(hash('sha256', der, 'buffer'));
  lookups.set(der, known);
  return known;
}

/** Of a certificate that was accepted before. */
export function certificateFacts(der: Bytes): CertificateFacts {
  return factsOf(new X509Certificate(der));
}

const BEGINNINGS_MAX = 4_096;

/** From when on a certificate counts, remembered by its lookup: it never changes, and to read it again takes longer than to find its holder. */
export function rememberBeginnings(): (lookup: string, der: Bytes) => number {
  const known = new Map<string, number>();
  return (lookup, der) => {
    const found = known.get(lookup);
    if (found !== undefined) return found;
    const { notBefore } = certificateFacts(der);
    if (known.size >= BEGINNINGS_MAX) known.clear();
    known.set(lookup, notBefore);
    return notBefore;
  };
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw refused('must be a certificate that can be read');
  }
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serialNumber: certificate.serialNumber.toLowerCase(),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  };
}

/** The attributes of a name stand on lines of their own; a certificate without a subject has none. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

function refused(rule: string): KmsError {
  return invalidInput('certificate', rule);
}
