// Clients that an authority of somebody else has certified: a certificate that TLS has verified against it names a service account of one project.
// Nothing is stored of them; who is disabled, or on the authority's list of revoked certificates, proves nothing.

import { readFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import type { Kms } from '../core/kms.ts';
import type { Proof } from '../core/ports/identity.ts';
import type { KmipSettings } from './settings.ts';

export type ClientAuthority = NonNullable<KmipSettings['clientAuthority']>;

/** What TLS verifies clients by: read again with the certificate of the port. */
export function readClientAuthority({ caFile, crlFile }: ClientAuthority): {
  readonly ca: string;
  readonly crl?: string;
} {
  const ca = readFileSync(caFile, 'utf8');
  return crlFile === undefined ? { ca } : { ca, crl: readFileSync(crlFile, 'utf8') };
}

/** Undefined where TLS has not verified the certificate, or it names nobody, or more than one. */
export async function proveByAuthority(
  { store }: Pick<Kms, 'store'>,
  socket: TLSSocket,
  { project: name }: ClientAuthority,
): Promise<Proof | undefined> {
  const certificate = socket.getPeerX509Certificate();
  if (!socket.authorized || certificate === undefined) return undefined;
  const project = await store.projects.findByName(name);
  if (project?.enabled !== true) return undefined;
  const named = await Promise.all(
    namesOf(certificate.subject, certificate.subjectAltName).map(text =>
      store.principals.findByName(project.id, text),
    ),
  );
  const principals = new Map(
    named.filter(each => each !== undefined).map(principal => [principal.id, principal]),
  );
  const [principal, another] = [...principals.values()];
  if (principal === undefined || another !== undefined) return undefined;
  // People have other proofs, and an authority for machines is no reason to believe in them.
  if (!principal.enabled || principal.kind !== 'serviceAccount') return undefined;
  return { principal, credentialId: `certificate ${certificate.fingerprint256}` };
}

const NAMES_MAX = 32;

/** The common name, and the names of hosts, mailboxes and resources (RFC 5280 section 4.2.1.6). Quoted ones, which hold a separator, are none here. */
function namesOf(subject: string | undefined, alternatives: string | undefined): readonly string[] {
  const common = (subject ?? '').split('\n').flatMap(line => /^CN=(.+)$/.exec(line)?.[1] ?? []);
  const others = (alternatives ?? '')
    .split(', ')
    .flatMap(each => /^(?:DNS|email|URI):([^"]+)$/.exec(each)?.[1] ?? []);
  return [...new Set([...common, ...others])].slice(0, NAMES_MAX);
}
