// Identity: makes credentials and tokens, and checks proofs. A proof that fails returns undefined or false: the protocol refuses in its
// own words.

import type { KeyObject } from 'node:crypto';
import type { Bytes } from '../../base/bytes.ts';
import type { CanonicalValue } from '../../base/canonical-json.ts';
import type { SecretBytes } from '../../base/secret-bytes.ts';
import type {
  ApplicationFacts,
  CertificateFacts,
  Credential,
  IssuedCredentialKind,
  Principal,
} from '../../domain/principal.ts';
import type { TokenKeyRow } from './store.ts';

/** A proven caller. */
export interface Proof {
  readonly principal: Principal;
  /** Of a token: the credential that it was issued for. */
  readonly credentialId: string;
}

/** A proven token with what it says of itself: all of it was written by us. */
export interface TokenProof extends Proof {
  /** Where the token was issued for an application credential. */
  readonly application?: ApplicationFacts | undefined;
  readonly token: {
    readonly id: string;
    readonly issuedAt: number;
    readonly expiresAt: number;
    readonly claims: { readonly [name: string]: unknown };
  };
}

/** A principal that has proven an application credential. */
export interface ApplicationProof extends Proof {
  readonly application: ApplicationFacts;
}

/** A fresh credential: the row to store, and the secret that is shown once. */
export interface IssuedCredential {
  readonly credential: Credential;
  /** The API key whole, or the secret half of an access-key pair, as text. */
  readonly secret: SecretBytes;
}

/** What a signature scheme needs to check a request by an access-key pair. */
export interface AccessKey extends Proof {
  /**
   * The derived signing key: `derive` is called with the secret when it is not cached for `scope` (any text that names all other
   * inputs of the derivation, such as `20260101/us-east-1/kms`). A cached key is used only while the credential is the same.
   */
  signingKey(scope: string, derive: (secret: string) => KeyObject): Promise<KeyObject>;
}

/** An access token opens operations; a refresh token does nothing but bring new access tokens. */
export type TokenKind = 'access' | 'refresh';

export interface NewToken {
  readonly kind: TokenKind;
  /** Whom it is for, such as the name of a protocol. It proves nothing to anybody else. */
  readonly audience: string;
  readonly ttlMs: number;
  /** What the protocol says in it besides. `aud`, `credential_id`, `exp`, `iat` and `jti` are not the protocol's. */
  readonly claims: { readonly [name: string]: CanonicalValue };
}

export interface IssuedToken {
  readonly id: string;
  /** The signed token (RFC 7519) as text. */
  readonly text: SecretBytes;
  readonly issuedAt: number;
  /** No later than the credential's own end. In whole seconds, like the claim. */
  readonly expiresAt: number;
}

export interface NewApplicationCredential extends ApplicationFacts {
  readonly at: number;
  readonly expiresAt?: number | undefined;
  /** One that the client has chosen; undefined: made here. */
  readonly secret?: SecretBytes | undefined;
}

export interface TokenPurpose {
  readonly kind: TokenKind;
  readonly audience: string;
  readonly at: number;
  /** A token that has ended counts for so long after its end; undefined: not at all. */
  readonly graceMs?: number | undefined;
}

/** A key by which others may verify tokens. */
export interface TokenVerificationKey {
  readonly id: string;
  readonly algorithm: 'RS256';
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Bytes;
}

export interface Identity {
  issue(
    kind: IssuedCredentialKind,
    principal: Principal,
    options: { readonly at: number; readonly expiresAt?: number | undefined },
  ): Promise<IssuedCredential>;
  /** The principal of an API key, or undefined: unknown, wrong, expired, revoked, disabled principal or project alike. */
  proveApiKey(apiKey: string, at: number): Promise<Proof | undefined>;
  /** The proof anew of a credential that was proven before, undefined like that of an API key. */
  proveAgain(credentialId: string, at: number): Promise<Proof | undefined>;
  /** The enabled and unexpired access key of that id; undefined otherwise. The caller then checks the signature. */
  findAccessKey(accessKeyId: string, at: number): Promise<AccessKey | undefined>;

  /**
   * The credential row of a client certificate, given in PEM: it counts until the certificate or `expiresAt` ends, whichever is first.
   * Throws `invalidInput` for anything but one certificate in its time and for clients, with a key of accepted strength.
   */
  acceptCertificate(
    pem: string,
    principal: Principal,
    options: { readonly at: number; readonly expiresAt?: number | undefined },
  ): Credential;
  /** Undefined for credentials of other kinds. */
  certificateFacts(credential: Credential): CertificateFacts | undefined;
  /**
   * The principal of a client certificate in DER, undefined like that of an API key. The caller has seen the client prove that it holds
   * the private key, as TLS does.
   */
  proveCertificate(der: Bytes, at: number): Promise<Proof | undefined>;

  /** The row of a password, of which a principal has one. Slow on purpose. Throws `overloaded`. */
  acceptPassword(password: SecretBytes, principal: Principal, at: number): Promise<Credential>;
  /**
   * Undefined like that of an API key, and for a principal that is not there (undefined) or has no password: all take their time.
   * Throws `overloaded`.
   */
  provePassword(
    principalId: string | undefined,
    password: SecretBytes,
    at: number,
  ): Promise<Proof | undefined>;
  /** Slow like a password, since its secret may have been chosen. Throws `overloaded`. */
  issueApplicationCredential(
    principal: Principal,
    facts: NewApplicationCredential,
  ): Promise<IssuedCredential>;
  proveApplicationCredential(
    id: string,
    secret: SecretBytes,
    at: number,
  ): Promise<ApplicationProof | undefined>;

  /** Signs a token for a proven caller; the first one of an installation also makes the signing key. */
  issueToken(proof: Proof, token: NewToken, at: number): Promise<IssuedToken>;
  /**
   * The principal of a token that we have signed, for this purpose and in its time, while the credential that it was issued for counts and it
   * was not taken back: what is revoked or disabled proves nothing any more. Undefined otherwise.
   */
  proveToken(text: string, purpose: TokenPurpose): Promise<TokenProof | undefined>;
  /** Those whose tokens count at the instant. */
  tokenVerificationKeys(at: number): Promise<readonly TokenVerificationKey[]>;
  /** A new signing key, for a row that is not stored yet. Slow: it is made off the event loop. */
  makeTokenKey(at: number): Promise<TokenKeyRow>;
}
