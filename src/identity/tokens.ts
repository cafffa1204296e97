// Bearer tokens: JSON Web Tokens (RFC 7519) that we sign and nobody else can. A token says for which credential it was issued, and counts
// only while that one does: what a token says of its principal is for its reader, and is never believed here.

import { assert } from '../base/assert.ts';
import { utf8 } from '../base/bytes.ts';
import { SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type {
  IssuedToken,
  NewToken,
  Proof,
  TokenKind,
  TokenProof,
  TokenPurpose,
} from '../core/ports/identity.ts';
import type { StoreReads } from '../core/ports/store.ts';
import { mechanismRow } from '../crypto/algorithms/table.ts';
import { verifyJwsSignature } from '../wire/jwt/algorithms.ts';
import { isWithinTime, readRegisteredClaims } from '../wire/jwt/claims.ts';
import { printJws, printSigningInput, readJws } from '../wire/jwt/jws.ts';
import { counts, proofOf } from './counting.ts';
import type { TokenKeys } from './token-keys.ts';
import type { VerifiedToken, VerifiedTokens } from './verified-tokens.ts';

/** Explicit types keep the kinds apart (RFC 8725 section 3.11): none is taken for another. */
const TYPES = { access: 'JWT', refresh: 'refresh+jwt' } as const satisfies Record<TokenKind, string>;

const CREDENTIAL = 'credential_id';
const OURS = ['aud', CREDENTIAL, 'exp', 'iat', 'jti', 'nbf'] as const;
const ALGORITHM = 'RS256';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface TokenParts {
  readonly store: {
    readonly credentials: Pick<StoreReads['credentials'], 'findHolderById'>;
    readonly tokenRevocations: StoreReads['tokenRevocations'];
  };
  readonly keys: TokenKeys;
  readonly verified: VerifiedTokens;
  readonly random: Pick<Random, 'uuid'>;
}

/** Undefined when the credential has been taken away since it was proven. */
export async function issueToken(
  { store, keys, random }: Omit<TokenParts, 'verified'>,
  { credentialId }: Proof,
  { kind, audience, ttlMs, claims }: NewToken,
  at: number,
): Promise<IssuedToken | undefined> {
  assert(!OURS.some(name => name in claims), 'a protocol leaves our claims to us');
  const holder = await store.credentials.findHolderById(credentialId);
  if (holder === undefined || !counts(holder, at)) return undefined;
  const { expiresAt = Number.POSITIVE_INFINITY } = holder.credential;
  const iat = Math.floor(at / 1000);
  const exp = Math.floor(Math.min(at + ttlMs, expiresAt) / 1000);
  const { id, privateKey } = await keys.signing(at);
  const jti = random.uuid();
  const signingInput = printSigningInput(
    { alg: ALGORITHM, kid: id, typ: TYPES[kind] },
    { ...claims, aud: audience, [CREDENTIAL]: credentialId, exp, iat, jti },
  );
  const row = mechanismRow('signature', 'rsassa-pkcs1-v15-sha-256', 'rsa-2048');
  const signature = await row.sign(privateKey, utf8(signingInput));
  return {
    id: jti,
    text: SecretBytes.own(printJws(signingInput, signature)),
    issuedAt: iat * 1000,
    expiresAt: exp * 1000,
  };
}

/** Undefined for every reason alike. */
export async function proveToken(
  parts: TokenParts,
  text: string,
  purpose: TokenPurpose,
): Promise<TokenProof | undefined> {
  const verified = await verify(parts, text, purpose);
  if (verified === undefined) return undefined;
  const { claims, payload } = verified;
  if (!isWithinTime(claims, purpose.at - (purpose.graceMs ?? 0))) return undefined;
  if (claims.aud.length !== 1 || claims.aud[0] !== purpose.audience) return undefined;
  const { jti, iat = 0, exp = 0 } = claims;
  const credentialId = payload[CREDENTIAL];
  if (jti === undefined || typeof credentialId !== 'string' || !UUID.test(credentialId)) return undefined;
  const holder = await parts.store.credentials.findHolderById(credentialId);
  if (holder === undefined || !counts(holder, purpose.at)) return undefined;
  if (await parts.store.tokenRevocations.has(jti)) return undefined;
  const token = { id: jti, issuedAt: iat * 1000, expiresAt: exp * 1000, claims: payload };
  return { ...proofOf(holder), application: holder.credential.application, token };
}

/** A token of that kind with a signature of ours, by a key that counts. */
async function verify(
  { keys, verified }: TokenParts,
  text: string,
  { kind, at }: TokenPurpose,
): Promise<VerifiedToken | undefined> {
  const known = verified.find(kind, text);
  if (known !== undefined && (await keys.verifying(known.keyId, at)) === known.publicKey) return known;
  const jws = readJws(text);
  const keyId = jws?.header.kid;
  if (jws === undefined || keyId === undefined || !UUID.test(keyId)) return undefined;
  if (jws.header.alg !== ALGORITHM || jws.header.typ !== TYPES[kind]) return undefined;
  const { payload, signingInput, signature } = jws;
  const publicKey = await keys.verifying(keyId, at);
  if (publicKey === undefined || !verifyJwsSignature(ALGORITHM, publicKey, signingInput, signature)) {
    return undefined;
  }
  const claims = readRegisteredClaims(payload);
  if (claims === undefined) return undefined;
  const token = { keyId, publicKey, claims, payload };
  verified.remember(kind, text, token);
  return token;
}
