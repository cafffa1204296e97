// Identity: makes credentials and checks proofs. A proof that fails returns undefined or false: the protocol refuses in its own words.

import type { KeyObject } from 'node:crypto';
import type { SecretBytes } from '../../base/secret-bytes.ts';
import type { Credential, CredentialKind, Principal } from '../../domain/principal.ts';

/** A proven caller. */
export interface Proof {
  readonly principal: Principal;
  readonly credentialId: string;
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

export interface Identity {
  issue(
    kind: CredentialKind,
    principal: Principal,
    options: { readonly at: number; readonly expiresAt?: number | undefined },
  ): Promise<IssuedCredential>;
  /** The principal of an API key, or undefined: unknown, wrong, expired, revoked, disabled principal or project alike. */
  proveApiKey(apiKey: string, at: number): Promise<Proof | undefined>;
  /** The enabled and unexpired access key of that id; undefined otherwise. The caller then checks the signature. */
  findAccessKey(accessKeyId: string, at: number): Promise<AccessKey | undefined>;
}
