// Credentials of principals: made here, and checked here. Nobody else compares a secret, and no secret is kept that does not have to be:
// of an API key only the hash, of an access-key pair the secret wrapped by custody, since a signature scheme needs it back. Of a
// certificate nothing is secret.

import type { KeyObject } from 'node:crypto';
import { base64, decodeUtf8, equalBytes, equalSecret, utf8, wipe } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { Custody } from '../core/ports/custody.ts';
import type { AccessKey, Identity, IssuedCredential, Proof } from '../core/ports/identity.ts';
import type { StoreReads } from '../core/ports/store.ts';
import { KmsError } from '../domain/errors.ts';
import type { Credential, CredentialHolder, IssuedCredentialKind, Principal } from '../domain/principal.ts';
import {
  API_KEY_LOOKUP_BYTES,
  API_KEY_SECRET_BYTES,
  apiKeyVerifier,
  parseApiKey,
  printApiKey,
} from './api-key.ts';
import { base32 } from './base32.ts';
import { acceptCertificate, certificateFacts, certificateLookup, rememberBeginnings } from './certificate.ts';
import { ChosenSecrets } from './chosen-secrets.ts';
import { counts, proofOf } from './counting.ts';
import { SigningKeys } from './signing-keys.ts';
import { TokenKeys, type TokenKeysParts } from './token-keys.ts';
import { issueToken, proveToken } from './tokens.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** 30 bytes are 40 characters of base64: the length that clients of access-key pairs expect. */
const ACCESS_SECRET_BYTES = 30;
const ACCESS_KEY_ID_BYTES = 10;
/** `AKIA` and 16 characters: what clients and leak scanners know as the id of a long-lived access key. */
const ACCESS_KEY_ID = /^AKIA[A-Z2-7]{16}$/;

export interface IdentityParts {
  readonly store: {
    readonly credentials: Pick<StoreReads['credentials'], 'findHolder' | 'findHolderById'>;
    readonly tokenRevocations: StoreReads['tokenRevocations'];
  } & TokenKeysParts['store'];
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
  const tokenKeys = new TokenKeys({ store, custody, random });
  const chosen = new ChosenSecrets({ store, custody, random });
  const tokenParts = { store, keys: tokenKeys, random, verified: new VerifiedTokens() };

  const makers: Readonly<Record<IssuedCredentialKind, (principal: Principal) => Promise<NewSecret>>> = {
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

  const beginningOf = rememberBeginnings();

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

    async proveAgain(credentialId, at): Promise<Proof | undefined> {
      const holder = await store.credentials.findHolderById(credentialId);
      return holder !== undefined && counts(holder, at) ? proofOf(holder) : undefined;
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

    acceptCertificate(pem, principal, { at, expiresAt = Number.POSITIVE_INFINITY }): Credential {
      const { der, lookup, facts } = acceptCertificate(pem, at);
      return {
        id: random.uuid(),
        principalId: principal.id,
        kind: 'certificate',
        lookup,
        verifier: der,
        enabled: true,
        createdAt: at,
        // The last instant of its validity still counts (RFC 5280 section 4.1.2.5).
        expiresAt: Math.min(expiresAt, facts.notAfter + 1),
      };
    },

    certificateFacts: ({ kind, verifier }) =>
      kind === 'certificate' ? certificateFacts(verifier) : undefined,

    async proveCertificate(der, at): Promise<Proof | undefined> {
      const lookup = certificateLookup(der);
      const holder = await store.credentials.findHolder('certificate', lookup);
      if (holder === undefined || !equalBytes(der, holder.credential.verifier)) return undefined;
      if (at < beginningOf(lookup, der)) return undefined;
      return counts(holder, at) ? proofOf(holder) : undefined;
    },

    acceptPassword: (password, principal, at) => chosen.acceptPassword(password, principal, at),
    provePassword: (principalId, password, at) => chosen.provePassword(principalId, password, at),
    issueApplicationCredential: (principal, facts) => chosen.issueApplicationCredential(principal, facts),
    proveApplicationCredential: (id, secret, at) => chosen.proveApplicationCredential(id, secret, at),

    async issueToken(proof, token, at) {
      const issued = await issueToken(tokenParts, proof, token, at);
      if (issued !== undefined) return issued;
      throw new KmsError('unauthenticated', 'The credential has been taken away meanwhile.');
    },

    proveToken: (text, purpose) => proveToken(tokenParts, text, purpose),

    tokenVerificationKeys: async at =>
      (await tokenKeys.counting(at)).map(({ id, publicKey }) => ({ id, algorithm: 'RS256', publicKey })),

    makeTokenKey: at => tokenKeys.make(at),
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

/** Bound into the wrapping: the secret of one access key does not open as that of another. */
function wrapLabel(lookup: string): string {
  return `access key ${lookup}`;
}
