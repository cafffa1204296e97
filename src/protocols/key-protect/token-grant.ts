// One exchange at the token endpoint: the proof, then the tokens. A proof that fails is recorded and slowed down like any other before it
// is answered, and the tokens are issued behind the one door.

import type { Bytes } from '../../base/bytes.ts';
import { utf8 } from '../../base/bytes.ts';
import { SecretBytes } from '../../base/secret-bytes.ts';
import { refuseAuthentication } from '../../core/authentication.ts';
import { execute } from '../../core/execute.ts';
import type { Kms } from '../../core/kms.ts';
import { issueTokens } from '../../core/operations/identity/tokens.ts';
import type { Proof } from '../../core/ports/identity.ts';
import { type KmsError, toKmsError } from '../../domain/errors.ts';
import { PROTOCOL_NAME } from './names.ts';
import { accountOfPrincipal, tokenClaims } from './token-claims.ts';
import { invalidProperty, TokenRefusal } from './token-faults.ts';
import { readTokenRequest, type TokenRequest } from './token-request.ts';
import { encodeTokens } from './token-response.ts';

/** As IBM has it. */
const ACCESS_TOKEN_TTL_MS = 3_600_000;
const REFRESH_TOKEN_TTL_MS = 30 * 86_400_000;

/** The public part of an API key, for the audit log. */
const LOOKUP = /^kh_[a-z2-7]{16}(?=_)/;

export interface TokenPost {
  readonly requestId: string;
  readonly sourceAddress: string | undefined;
  readonly authorization: string | undefined;
  readonly body: Bytes;
  /** What `iss` of the tokens says. */
  readonly issuer: string;
}

/** The bytes of the answer. Throws KmsErrors alone, each of them recorded. */
export async function grantTokens(kms: Kms, post: TokenPost): Promise<Buffer> {
  const { request, proof } = await proven(kms, post);
  const { principal, credentialId } = proof;
  const context = {
    requestId: post.requestId,
    protocol: PROTOCOL_NAME,
    actor: { type: 'principal', principal, credentialId },
    projectId: principal.projectId,
    sourceAddress: post.sourceAddress,
  } as const;
  const { access, refresh } = await execute(kms, issueTokens, context, {
    audience: PROTOCOL_NAME,
    claims: tokenClaims(principal, { type: request.type, clientId: request.clientId, issuer: post.issuer }),
    accessTtlMs: ACCESS_TOKEN_TTL_MS,
    refreshTtlMs: request.grant === 'apiKey' && request.isNamed ? REFRESH_TOKEN_TTL_MS : undefined,
  });
  // A refresh token stays the one that it is: a new one each time would never end.
  const kept = request.grant === 'refresh' ? SecretBytes.own(utf8(request.refreshToken)) : undefined;
  return encodeTokens(access, refresh?.text ?? kept);
}

async function proven(
  kms: Kms,
  { requestId, sourceAddress, authorization, body }: TokenPost,
): Promise<{ readonly request: TokenRequest; readonly proof: Proof }> {
  let request: TokenRequest | undefined;
  try {
    request = readTokenRequest(body, authorization);
    return { request, proof: await prove(kms, request) };
  } catch (thrown) {
    const error: KmsError = toKmsError(thrown);
    const claimed = request?.grant === 'apiKey' ? LOOKUP.exec(request.apiKey)?.[0] : undefined;
    throw await refuseAuthentication(kms, {
      protocol: PROTOCOL_NAME,
      requestId,
      sourceAddress,
      error,
      claimed,
    });
  }
}

async function prove(kms: Kms, request: TokenRequest): Promise<Proof> {
  const at = kms.clock.now();
  const proof =
    request.grant === 'apiKey'
      ? await kms.identity.proveApiKey(request.apiKey, at)
      : await kms.identity.proveToken(request.refreshToken, {
          kind: 'refresh',
          audience: PROTOCOL_NAME,
          at,
        });
  if (proof === undefined) throw new TokenRefusal(request.grant === 'apiKey' ? 'BXNIM0415E' : 'BXNIM0407E');
  if (request.account !== undefined && request.account !== accountOfPrincipal(proof.principal)) {
    throw invalidProperty('bss_account', 'must be the account of the API key');
  }
  return proof;
}
