// Tokens: made, shown, and taken back.

import { decodeUtf8 } from '../../../base/bytes.ts';
import { revealSecretBytes } from '../../../base/secret-bytes.ts';
import { refuseAuthentication } from '../../../core/authentication.ts';
import {
  CLOUD_AUDIENCE,
  type CloudSession,
  cloudRoleNames,
  proveCloudToken,
} from '../../../core/cloud-session.ts';
import { execute } from '../../../core/execute.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import { readPrincipal } from '../../../core/operations/identity/principals.ts';
import { revokeToken } from '../../../core/operations/identity/revoke-token.ts';
import { issueTokens } from '../../../core/operations/identity/tokens.ts';
import type { IssuedToken } from '../../../core/ports/identity.ts';
import { KmsError, toKmsError } from '../../../domain/errors.ts';
import { tokenDocument } from '../documents/token.ts';
import { type LoginProof, proveLogin } from '../login/prove.ts';
import { claimOf, type LoginIdentity, readLogin } from '../login/request.ts';
import { type Scope, scopeOf } from '../login/scope.ts';
import { PROTOCOL_NAME } from '../names.ts';
import { type Answer, type Call, type ProvenCall, type Route, readable } from '../route.ts';

/** As long as Keystone's, unless it is told otherwise. */
const TOKEN_MS = 3_600_000;

export const TOKEN_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/auth/tokens', open: login },
  ...readable('/auth/tokens', showToken),
  { method: 'DELETE', path: '/auth/tokens', serve: revoke },
];

interface Login {
  readonly proof: LoginProof;
  readonly scope: Scope;
}

async function login(call: Call): Promise<Answer> {
  const { proof, scope } = await proven(call);
  const { kms, requestId, sourceAddress } = call;
  const { principal, credentialId, methods, application } = proof;
  const { projectId, ofSystem } = scope;
  const actor = { type: 'principal', principal, credentialId } as const;
  const context = { requestId, protocol: PROTOCOL_NAME, actor, projectId, sourceAddress };
  const claims = {
    methods: [...methods],
    ...(projectId !== undefined && { project_id: projectId }),
    ...(ofSystem && { system: true }),
  };
  const accessTtlMs = Math.min(TOKEN_MS, (proof.endsAt ?? Number.POSITIVE_INFINITY) - kms.clock.now());
  const input = { audience: CLOUD_AUDIENCE, claims, accessTtlMs: Math.max(accessTtlMs, 1_000) };
  const { access } = await execute(kms, issueTokens, context, input);
  using _text = access.text;
  const session: CloudSession = {
    actor,
    projectId,
    ofSystem,
    session: { projectId, ownRoles: application?.roles, vouchedRoles: [] },
    expiresAt: access.expiresAt,
    own: { ...access, claims },
  };
  return {
    status: 201,
    body: await tokenDocument(call, session, access.issuedAt),
    headers: tokenHeader(access),
  };
}

/** Throws what could not be proven, once it is recorded. */
async function proven(call: Call): Promise<Login> {
  const { kms, requestId, sourceAddress } = call;
  let identity: LoginIdentity | undefined;
  try {
    const asked = readLogin(call.readBody());
    ({ identity } = asked);
    const proof = await proveLogin(kms, identity);
    return { proof, scope: await scopeOf(kms, proof, asked.scope) };
  } catch (thrown) {
    const claimed = identity && claimOf(identity);
    const error = toKmsError(thrown);
    throw await refuseAuthentication(kms, {
      protocol: PROTOCOL_NAME,
      requestId,
      sourceAddress,
      error,
      claimed,
    });
  }
}

function tokenHeader({ text }: IssuedToken): Readonly<Record<string, string>> {
  return { 'x-subject-token': decodeUtf8(revealSecretBytes(text)) };
}

async function showToken(call: ProvenCall): Promise<Answer> {
  const subject = await requireSubject(call);
  const { kms, caller } = call;
  const { principal } = subject.actor;
  if (principal.id === caller.actor.principal.id) {
    await call.perform(answerRequest, caller.projectId, { asked: 'GET /v3/auth/tokens' });
  } else {
    await call.perform(readPrincipal, principal.projectId, { principal: principal.id });
  }
  const issuedAt = subject.own?.issuedAt ?? kms.clock.now();
  return {
    status: 200,
    body: await tokenDocument(call, subject, issuedAt),
    headers: { 'x-subject-token': call.subjectToken ?? '' },
  };
}

async function revoke(call: ProvenCall): Promise<Answer> {
  const { actor, own } = await requireSubject(call);
  if (own === undefined) {
    throw new KmsError('unsupported', 'An API key is revoked where it was made: keyhold credentials revoke.');
  }
  await call.perform(revokeToken, actor.principal.projectId, {
    proof: { principal: actor.principal, token: own },
  });
  return { status: 204 };
}

/** Throws `notFound` for a token that proves nobody. Services may ask about tokens that have ended while a request was under way. */
async function requireSubject(call: ProvenCall): Promise<CloudSession> {
  const { kms, caller, query, subjectToken } = call;
  if (subjectToken === undefined) {
    throw new KmsError('invalidInput', 'X-Subject-Token must hold the token that is asked about', {
      field: 'X-Subject-Token',
    });
  }
  const expiredToo = query.has('allow_expired') && (await cloudRoleNames(kms, caller)).includes('service');
  const subject = await proveCloudToken(kms, subjectToken, { expiredToo });
  if (subject !== undefined) return subject;
  throw new KmsError('notFound', 'This is not a recognized token.');
}
