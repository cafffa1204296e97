// Certificates of the installation's own authority: a client brings its public key, and gets a certificate that is its credential at once.

import { targetsOf } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { requireWithin } from '../../checks.ts';
import type { Kms } from '../../kms.ts';
import type { ChangeOperation, UseOperation } from '../../operation.ts';
import type { CertificateAuthority } from '../../ports/certificate-authority.ts';
import { forEveryCaller } from '../without-target.ts';
import { type CredentialFacts, factsOf, insertWithin, type SoughtPowers, seekPowers } from './credentials.ts';
import { type PrincipalInput, principalRecord, realmDemand, requirePrincipal } from './seek-principal.ts';

export interface CertifyClientInput extends PrincipalInput {
  /** SubjectPublicKeyInfo in PEM; the private key never comes here. */
  readonly publicKey: string;
  /** How long the certificate is valid. */
  readonly validMs: number;
}

export interface CertifiedClient {
  readonly credential: CredentialFacts;
  /** In PEM. */
  readonly certificate: string;
  /** The certificate of the authority in PEM. */
  readonly authority: string;
}

interface Prepared {
  readonly principalId: string;
  readonly certificate: string;
  readonly authority: string;
}

export const certifyClient: ChangeOperation<CertifyClientInput, SoughtPowers, CertifiedClient, Prepared> = {
  name: 'credential.certify',
  kind: 'change',
  disclosure: 'denied',
  check: ({ validMs }) => requireWithin('validMs', validMs, 1, LIMITS.clientCertificateMsMax),
  find: seekPowers,
  demands: sought => [realmDemand('credential.create', sought), ...sought.powers],
  allow: (sought, input) => void requirePrincipal(sought.principal, input.principal),
  async prepare(kms, { input, target }) {
    const { id, name } = requirePrincipal(target.principal, input.principal);
    const authority = requireAuthority(kms);
    const at = kms.clock.now();
    const certificate = await authority.certifyClient({
      name,
      publicKey: input.publicKey,
      notBefore: at,
      notAfter: at + input.validMs,
    });
    return { principalId: id, certificate, authority: await authority.certificate() };
  },
  async run({ identity }, tx, { target, input, at, prepared }) {
    const principal = requirePrincipal(target.principal, input.principal);
    const { principalId, certificate, authority } = prepared;
    // A name may mean another principal by now: the certificate is of the one that it was made for.
    if (principal.id !== principalId) throw new KmsError('conflict', 'The principal was replaced meanwhile.');
    const credential = identity.acceptCertificate(certificate, principal, { at });
    await insertWithin(tx, credential, LIMITS.certificatesPerPrincipalMax);
    return { credential: factsOf(identity, credential), certificate, authority };
  },
  record(input, sought, output) {
    const record = principalRecord(input, sought);
    const { credential } = output ?? {};
    return {
      ...record,
      targets: [...record.targets, ...targetsOf('credential', credential)],
      details: { ...record.details, expiresAt: credential?.expiresAt, sha256: credential?.lookup },
    };
  },
};

/** The authority's certificate in PEM, by which clients know the server. Whoever is known here may have it. */
export const readAuthority: UseOperation<undefined, undefined, string> = {
  name: 'authority.read',
  kind: 'read',
  ...forEveryCaller,
  run: kms => requireAuthority(kms).certificate(),
  record: () => ({ targets: [] }),
};

function requireAuthority({ authority }: Pick<Kms, 'authority'>): CertificateAuthority {
  if (authority === undefined) throw new KmsError('unsupported', 'This server certifies nobody.');
  return authority;
}
