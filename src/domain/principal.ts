// Who acts: principals, the credentials with which they prove themselves, and the roles bound to them.

import type { Bytes } from '../base/bytes.ts';
import type { Role } from './permission.ts';

export type PrincipalKind = 'user' | 'serviceAccount';

export interface Principal {
  readonly id: string;
  /** The home project. Undefined for a principal of the system, such as the first administrator. */
  readonly projectId?: string | undefined;
  readonly kind: PrincipalKind;
  /** Unique in its home (project or system). */
  readonly name: string;
  /** Id of the key ring that takes the keys which it makes without naming one; undefined is `default`. */
  readonly keyRingId?: string | undefined;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly revision: number;
}

export type CredentialKind =
  | 'apiKey'
  | 'accessKeyPair'
  | 'certificate'
  | 'password'
  | 'applicationCredential';

/**
 * The kinds whose secret is made here and shown once. The secret of a certificate and a password are the client's own, and an application
 * credential has more to say of itself.
 */
export type IssuedCredentialKind = 'apiKey' | 'accessKeyPair';

/** What an application credential is for: one project, and in it some of the roles of its principal. */
export interface ApplicationFacts {
  /** Unique among those of the principal. */
  readonly name: string;
  readonly description: string;
  readonly projectId: string;
  readonly roles: readonly Role[];
}

/** What an X.509 certificate says of itself (RFC 5280 section 4.1.2). */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal, in lower case. */
  readonly serialNumber: string;
  readonly notBefore: number;
  /** The last instant of its validity. */
  readonly notAfter: number;
}

export interface Credential {
  readonly id: string;
  readonly principalId: string;
  readonly kind: CredentialKind;
  /**
   * What the client presents in clear to be looked up: the access key id, the public half of an API key, the digest of a certificate, the
   * id of the principal whose password it is, the id of an application credential. Unique.
   */
  readonly lookup: string;
  /**
   * What the proof is checked against: a hash, the secret wrapped by custody where a signature scheme needs it back, the certificate in
   * DER, or, wrapped by custody, the slow hash of a secret that somebody has chosen.
   */
  readonly verifier: Bytes;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
  /** Of an application credential, and of no other. */
  readonly application?: ApplicationFacts | undefined;
}

/** A credential with its principal and the principal's home project: what authentication reads in one query. */
export interface CredentialHolder {
  readonly credential: Credential;
  readonly principal: Principal;
  readonly projectEnabled: boolean;
}

/** Where a role or rule holds: everything below the place included. */
export type Scope =
  | { readonly level: 'system' }
  | { readonly level: 'project'; readonly id: string }
  | { readonly level: 'keyRing'; readonly id: string }
  | { readonly level: 'key'; readonly id: string };

export interface RoleBinding {
  readonly id: string;
  readonly principalId: string;
  readonly role: Role;
  readonly scope: Scope;
  readonly createdAt: number;
}
