// Passwords and application credentials: secrets that somebody has chosen, or may have. Rows hold their slow hash, wrapped by custody.

import { base64Url, hex, utf8, wipe } from '../base/bytes.ts';
import { SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type {
  ApplicationProof,
  IssuedCredential,
  NewApplicationCredential,
  Proof,
} from '../core/ports/identity.ts';
import type { StoreReads } from '../core/ports/store.ts';
import type { Credential, CredentialHolder, Principal } from '../domain/principal.ts';
import { counts, proofOf } from './counting.ts';
import {
  type PasswordParts,
  type PasswordPlace,
  passwordFits,
  protectPassword,
  refuseSlowly,
} from './password.ts';

/** As many as identity services of this kind make: 64 bytes are 86 characters. */
const SECRET_BYTES = 64;
const ID_BYTES = 16;
const APPLICATION_ID = /^[0-9a-f]{32}$/;

type ChosenKind = 'password' | 'applicationCredential';

export interface ChosenSecretsParts extends PasswordParts {
  readonly store: { readonly credentials: Pick<StoreReads['credentials'], 'findHolder'> };
  readonly random: Pick<Random, 'bytes' | 'uuid'>;
}

export class ChosenSecrets {
  readonly #parts: ChosenSecretsParts;

  constructor(parts: ChosenSecretsParts) {
    this.#parts = parts;
  }

  async acceptPassword(password: SecretBytes, principal: Principal, at: number): Promise<Credential> {
    return this.#credentialOf('password', principal.id, principal, password, { at });
  }

  async provePassword(
    principalId: string | undefined,
    password: SecretBytes,
    at: number,
  ): Promise<Proof | undefined> {
    const holder = await this.#prove('password', principalId, password, at);
    return holder && proofOf(holder);
  }

  async issueApplicationCredential(
    principal: Principal,
    { at, expiresAt, secret: given, ...facts }: NewApplicationCredential,
  ): Promise<IssuedCredential> {
    const id = hex(this.#parts.random.bytes(ID_BYTES));
    const secret = given ?? this.#newSecret();
    const { name, description, projectId, roles } = facts;
    const credential = await this.#credentialOf('applicationCredential', id, principal, secret, {
      at,
      expiresAt,
    });
    return { credential: { ...credential, application: { name, description, projectId, roles } }, secret };
  }

  async proveApplicationCredential(
    id: string,
    secret: SecretBytes,
    at: number,
  ): Promise<ApplicationProof | undefined> {
    const known = APPLICATION_ID.test(id) ? id : undefined;
    const holder = await this.#prove('applicationCredential', known, secret, at);
    const application = holder?.credential.application;
    return holder && application && { ...proofOf(holder), application };
  }

  #newSecret(): SecretBytes {
    const bytes = this.#parts.random.bytes(SECRET_BYTES);
    const secret = SecretBytes.own(utf8(base64Url(bytes)));
    wipe(bytes);
    return secret;
  }

  async #credentialOf(
    kind: ChosenKind,
    lookup: string,
    principal: Principal,
    secret: SecretBytes,
    { at, expiresAt }: { readonly at: number; readonly expiresAt?: number | undefined },
  ): Promise<Credential> {
    const id = this.#parts.random.uuid();
    const verifier = await protectPassword(this.#parts, placeOf(kind, id, principal), secret);
    return { id, principalId: principal.id, kind, lookup, verifier, enabled: true, createdAt: at, expiresAt };
  }

  async #prove(
    kind: ChosenKind,
    lookup: string | undefined,
    secret: SecretBytes,
    at: number,
  ): Promise<CredentialHolder | undefined> {
    const holder =
      lookup === undefined ? undefined : await this.#parts.store.credentials.findHolder(kind, lookup);
    if (holder === undefined) {
      await refuseSlowly(this.#parts, secret);
      return undefined;
    }
    const { credential, principal } = holder;
    const place = placeOf(kind, credential.id, principal);
    const fits = await passwordFits(this.#parts, place, credential.verifier, secret);
    return fits && counts(holder, at) ? holder : undefined;
  }
}

/** Bound into the wrapping: the hash of one credential does not open as that of another. */
function placeOf(kind: ChosenKind, credentialId: string, { projectId }: Principal): PasswordPlace {
  return { projectId, label: `${kind} ${credentialId}` };
}
