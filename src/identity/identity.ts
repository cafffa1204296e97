// Credentials of principals: made here, and checked here. Nobody else compares a secret, and no secret is kept that does not have to be:
// of an API key only the hash, of an access-key pair the secret wrapped by custody, since a signature scheme needs it back.

import type { KeyObject } from 'node:crypto';
import { base64, decodeUtf8, equalSecret, utf8, wipe } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { Custody } from '../core/ports/custody.ts';
import type { AccessKey, Identity, IssuedCredential, Proof } from '../core/ports/identity.ts';
import type { StoreReads } from '../core/ports/store.ts';
import type { Credential, CredentialHolder, CredentialKind, Principal } from '../domain/principal.ts';
import {
  API_KEY_LOOKUP_BYTES,
  API_KEY_SECRET_BYTES,
  apiKeyVerifier,
  parseApiKey,
  printApiKey,
} from './api-key.ts';
import { base32 } from './base32.ts';
import { SigningKeys } from './signing-keys.ts';

/** 30 bytes are 40 characters of base64: the length that clients of access-key pairs expect. */
const ACCESS_SECRET_BYTES = 30;
const ACCESS_KEY_ID_BYTES = 10;
/** `AKIA` and 16 characters: what clients and leak scanners know as the id of a long-lived access key. */
const ACCESS_KEY_ID = /^AKIA[A-Z2-7]{16}$/;

export interface IdentityParts {
  readonly store: { readonly credentials: Pick<StoreReads['credentials'], 'findHolder'> };
  readonly custody: Pick<Custody, 'wrapSecret' | 'unwrapSecret'>;
  readonly random: Pick<Random, 'bytes' | 'uuid'>;
}

interface NewSecret {
  readonly lookup: string;
  readonly verifier: Credential['verifier'];
  readonly secret: SecretBytes;
}

export function createIdentity({ store, custody, random }: IdentityParts): Identity {
  const signingKeys = new SigningKeys();

  const makers: Readonly<Record<CredentialKind, (principal: Principal) => Promise<NewSecret>>> = {
    async apiKey() {
      const lookup = base32(random.bytes(API_KEY_LOOKUP_BYTES));
      const secret = random.bytes(API_KEY_SECRET_BYTES);
      const text = SecretBytes.own(printApiKey(lookup, secret));
      const verifier = apiKeyVerifier(secret);
      wipe(secret);
      return { lookup, verifier, secret: text };
    },
    async accessKeyPair(principal) {
      const lookup = `AKIA${base32(random.bytes(ACCESS_KEY_ID_BYTES)).toUpperCase()}`;
      const bytes = random.bytes(ACCESS_SECRET_BYTES);
      const secret = SecretBytes.own(utf8(base64(bytes)));
      wipe(bytes);
      const verifier = await custody.wrapSecret(principal.projectId, wrapLabel(lookup), secret);
      return { lookup, verifier, secret };
    },
  };

  return {
    async issue(kind, principal, { at, expiresAt }): Promise<IssuedCredential> {
      const { secret, ...made } = await makers[kind](principal);
      const id = random.uuid();
      return {
        credential: {
          id,
          principalId: principal.id,
          kind,
          ...made,
          enabled: true,
          createdAt: at,
          expiresAt,
        },
        secret,
      };
    },

    async proveApiKey(apiKey, at): Promise<Proof | undefined> {
      const parsed = parseApiKey(apiKey);
      if (parsed === undefined) return undefined;
      const holder = await store.credentials.findHolder('apiKey', parsed.lookup);
      if (holder === undefined || !equalSecret(parsed.verifier, holder.credential.verifier)) return undefined;
      return counts(holder, at) ? proofOf(holder) : undefined;
    },

    async findAccessKey(accessKeyId, at): Promise<AccessKey | undefined> {
      if (!ACCESS_KEY_ID.test(accessKeyId)) return undefined;
      const holder = await store.credentials.findHolder('accessKeyPair', accessKeyId);
      if (holder === undefined || !counts(holder, at)) return undefined;
      return {
        ...proofOf(holder),
        signingKey: (scope, derive) => signingKeyOf(holder, scope, derive),
      };
    },
  };

  async function signingKeyOf(
    { credential, principal }: CredentialHolder,
    scope: string,
    derive: (secret: string) => KeyObject,
  ): Promise<KeyObject> {
    const kept = signingKeys.get(credential, scope);
    if (kept !== undefined) return kept;
    using secret = await custody.unwrapSecret(
      principal.projectId,
      wrapLabel(credential.lookup),
      credential.verifier,
    );
    const key = derive(decodeUtf8(revealSecretBytes(secret)));
    signingKeys.put(credential, scope, key);
    return key;
  }
}

/** Whether the credential counts now: enabled, unexpired, its principal and the principal's project enabled. */
function counts({ credential, principal, projectEnabled }: CredentialHolder, at: number): boolean {
  const unexpired = credential.expiresAt === undefined || at < credential.expiresAt;
  return credential.enabled && unexpired && principal.enabled && projectEnabled;
}

function proofOf({ credential, principal }: CredentialHolder): Proof {
  return { principal, credentialId: credential.id };
}

/** Bound into the wrapping: the secret of one access key does not open as that of another. */
function wrapLabel(lookup: string): string {
  return `access key ${lookup}`;
}
