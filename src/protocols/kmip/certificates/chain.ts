// Whether certificates are one chain that holds at an instant (RFC 5280 section 6.1, without policies and name constraints): from the one that has
// issued no other, to one that has issued itself.

import { X509Certificate } from 'node:crypto';
import type { Bytes } from '../../../base/bytes.ts';
import { booleanOf, DerFields, DerRefusal, numberOf, readDer } from '../../../wire/der/index.ts';
import { type Certificate, readCertificate } from '../../../wire/x509/certificate.ts';
import { extensionNamed, hasUnknownCritical } from '../../../wire/x509/extensions.ts';

/** `Unknown`: all that is there holds, and the chain does not come to its end. */
export type Validity = 'Valid' | 'Invalid' | 'Unknown';

interface Link {
  readonly read: Certificate;
  readonly opened: X509Certificate;
}

/** Of certificates in DER, in any order. `at`: milliseconds. */
export function validateChain(encoded: readonly Bytes[], at: number): Validity {
  const links = encoded.map(open);
  if (links.length === 0) return 'Unknown';
  if (!links.every(link => link !== undefined && isHolding(link, at))) return 'Invalid';
  const left = new Set(links.filter(link => link !== undefined));
  let current = [...left].find(link => ![...left].some(other => other !== link && isIssuer(link, other)));
  for (let below = 0; current !== undefined; below += 1) {
    left.delete(current);
    if (isIssuer(current, current))
      return left.size === 0 && isSigned(current, current) ? 'Valid' : 'Invalid';
    const subject: Link = current;
    const issuer = [...left].find(link => isIssuer(link, subject));
    if (issuer !== undefined && !(isSigned(subject, issuer) && mayIssue(issuer, below))) return 'Invalid';
    if (issuer === undefined) return left.size === 0 ? 'Unknown' : 'Invalid';
    current = issuer;
  }
  return 'Invalid';
}

function open(encoded: Bytes): Link | undefined {
  try {
    return { read: readCertificate(encoded), opened: new X509Certificate(encoded) };
  } catch {
    return undefined;
  }
}

/** The last instant of the validity still counts (section 4.1.2.5). */
function isHolding({ read }: Link, at: number): boolean {
  return read.notBefore <= at && at < read.notAfter + 1_000 && !hasUnknownCritical(read.extensions);
}

/** By its names, key identifiers and key usage. */
function isIssuer(issuer: Link, of: Link): boolean {
  return of.opened.checkIssued(issuer.opened);
}

function isSigned({ opened }: Link, by: Link): boolean {
  try {
    return opened.verify(by.opened.publicKey);
  } catch {
    return false;
  }
}

/** Whether it is an authority that may have so many others below it (section 4.2.1.9). */
function mayIssue({ read }: Link, below: number): boolean {
  const extension = extensionNamed(read.extensions, 'basicConstraints');
  if (extension === undefined) return false;
  try {
    const fields = new DerFields(readDer(extension.value));
    const isAuthority = fields.optional('boolean');
    const pathLength = fields.optional('integer');
    fields.refuseOthers();
    if (isAuthority === undefined || !booleanOf(isAuthority)) return false;
    return pathLength === undefined || below <= numberOf(pathLength);
  } catch (thrown) {
    if (thrown instanceof DerRefusal) return false;
    throw thrown;
  }
}
