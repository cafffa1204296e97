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
import { type Jws, printJws, printSigningInput, readJws } from '../wire/jwt/jws.ts';
import { counts, proofOf } from './counting.ts';
import type { TokenKeys } from './token-keys.ts';

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
  readonly random: Pick<Random, 'uuid'>;
}

/** Undefined when the credential has been taken away since it was proven. */
export async function issueToken(
  { store, keys, random }: TokenParts,
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
  const jws = readJws(text);
  if (jws === undefined || !(await isOurs(parts.keys, jws, purpose))) return undefined;
  const claims = readRegisteredClaims(jws.payload);
  if (claims === undefined || !isWithinTime(claims, purpose.at - (purpose.graceMs ?? 0))) return undefined;
  if (claims.aud.length !== 1 || claims.aud[0] !== purpose.audience) return undefined;
  const { jti, iat = 0, exp = 0 } = claims;
  const credentialId = jws.payload[CREDENTIAL];
  if (jti === undefined || typeof credentialId !== 'string' || !UUID.test(credentialId)) return undefined;
  const holder = await parts.store.credentials.findHolderById(credentialId);
  if (holder === undefined || !counts(holder, purpose.at)) return undefined;
  if (await parts.store.tokenRevocations.has(jti)) return undefined;
  const token = { id: jti, issuedAt: iat * 1000, expiresAt: exp * 1000, claims: jws.payload };
  return { ...proofOf(holder), application: holder.credential.application, token };
}

async function isOurs(keys: TokenKeys, jws: Jws, { kind, at }: TokenPurpose): Promise<boolean> {
  const { alg, kid, typ } = jws.header;
  if (alg !== ALGORITHM || typ !== TYPES[kind] || kid === undefined || !UUID.test(kid)) return false;
  const publicKey = await keys.verifying(kid, at);
  return publicKey !== undefined && verifyJwsSignature(ALGORITHM, publicKey, jws.signingInput, jws.signature);
}
