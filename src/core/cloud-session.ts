// Tokens of clouds of OpenStack's family: from the text in a header to the caller and the project that it holds for. One function for every
// protocol that takes them, whether the tokens are ours or those of an identity service elsewhere. Nothing else that a request says of its
// sender is looked at.

import { KmsError, toKmsError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { refuseAuthentication } from './authentication.ts';
import { narrowed } from './authorize.ts';
import { ourId } from './cloud-ids.ts';
import { namesOfHeld, rolesOfVouched, withImplied } from './cloud-roles.ts';
import type { Actor, ProjectSession, RequestContext } from './context.ts';
import { execute } from './execute.ts';
import type { Kms } from './kms.ts';
import { mirrorCloudIdentity } from './operations/identity/mirror-cloud.ts';
import type { TokenProof } from './ports/identity.ts';
import type { VouchedToken } from './ports/token-authority.ts';

/** Whom our own tokens of this kind are for. */
export const CLOUD_AUDIENCE = 'cloud';

/** What our own tokens of this kind say. */
export interface CloudClaims {
  readonly project_id?: string | undefined;
  /** The token is for the whole installation. */
  readonly system?: boolean | undefined;
  readonly methods: readonly string[];
}

/** A proven caller, and what the token holds for. */
export interface CloudSession {
  readonly actor: Actor & { readonly type: 'principal' };
  /** Undefined: no project, and unless `ofSystem` nothing at all but the change to a project. */
  readonly projectId: string | undefined;
  readonly ofSystem: boolean;
  readonly session: ProjectSession;
  readonly expiresAt: number;
  /** Of a token of ours. */
  readonly own?: TokenProof['token'] | undefined;
}

export interface PresentedToken {
  readonly protocol: string;
  readonly requestId: string;
  readonly sourceAddress?: string | undefined;
  /** `X-Auth-Token`. */
  readonly token: string | undefined;
  /** `X-Service-Token`: of a service that passes on the request of a user, whose token may have ended meanwhile. */
  readonly serviceToken?: string | undefined;
}

/**
 * The context of a request that is sent with a token for a project. Throws the refusal once it is recorded: `unauthenticated`, or why the
 * token could not be checked.
 */
export async function openCloudRequest(kms: Kms, presented: PresentedToken): Promise<RequestContext> {
  const { protocol, requestId, sourceAddress } = presented;
  try {
    const { actor, projectId, session } = await requireSession(kms, presented);
    if (projectId === undefined) throw unauthenticated('The token is for no project.');
    return { requestId, protocol, sourceAddress, actor, projectId, session };
  } catch (thrown) {
    const error = toKmsError(thrown);
    throw await refuseAuthentication(kms, { protocol, requestId, sourceAddress, error, unguessable: true });
  }
}

async function requireSession(kms: Kms, { token, serviceToken }: PresentedToken): Promise<CloudSession> {
  if (token === undefined || token === '') throw unauthenticated('Send a token: X-Auth-Token.');
  const expiredToo = serviceToken !== undefined && (await isOfService(kms, serviceToken));
  const found = await proveCloudToken(kms, token, { expiredToo });
  if (found === undefined) throw unauthenticated('The token is not valid.');
  return found;
}

async function isOfService(kms: Kms, serviceToken: string): Promise<boolean> {
  const found = await proveCloudToken(kms, serviceToken);
  return found !== undefined && (await cloudRoleNames(kms, found)).includes('service');
}

/**
 * Who sends the token; undefined for whatever proves nobody. An API key counts as a token for the home project of its principal.
 * Throws `identityUnavailable`.
 */
export async function proveCloudToken(
  kms: Kms,
  text: string,
  { expiredToo = false }: { readonly expiredToo?: boolean } = {},
): Promise<CloudSession | undefined> {
  const at = kms.clock.now();
  if (text.length > LIMITS.cloudTokenCharactersMax) return undefined;
  if (text.startsWith('kh_')) return sessionOfApiKey(kms, text, at);
  if (kms.tokenAuthority !== undefined) {
    const vouched = await kms.tokenAuthority.validate(text, at, { expiredToo });
    return vouched && sessionOfVouched(kms, vouched);
  }
  const graceMs = expiredToo ? LIMITS.cloudTokenGraceMs : 0;
  const proof = await kms.identity.proveToken(text, {
    kind: 'access',
    audience: CLOUD_AUDIENCE,
    at,
    graceMs,
  });
  return proof && sessionOfOwn(kms, proof);
}

/** The names of what the caller may do in the project of the session, as tokens of clouds say them. */
export async function cloudRoleNames(
  kms: Pick<Kms, 'store'>,
  { actor, session }: Pick<CloudSession, 'actor' | 'session'>,
): Promise<readonly string[]> {
  const { projectId, vouchedRoles } = session;
  const own = narrowed(await kms.store.bindings.ofPrincipal(actor.principal.id), session);
  return withImplied(namesOfHeld([...own, ...vouchedRoles], projectId));
}

async function sessionOfApiKey(kms: Kms, text: string, at: number): Promise<CloudSession | undefined> {
  const proof = await kms.identity.proveApiKey(text, at);
  if (proof === undefined) return undefined;
  const { principal, credentialId } = proof;
  return {
    actor: { type: 'principal', principal, credentialId },
    projectId: principal.projectId,
    ofSystem: principal.projectId === undefined,
    session: { projectId: principal.projectId, vouchedRoles: [] },
    expiresAt: at + LIMITS.accessTokenLifetimeMsMax,
  };
}

async function sessionOfOwn(kms: Kms, proof: TokenProof): Promise<CloudSession | undefined> {
  const { principal, credentialId, application, token } = proof;
  const { project_id: projectId, system: ofSystem = false } = token.claims as unknown as CloudClaims;
  if (projectId !== undefined && !(await isEnabled(kms, projectId))) return undefined;
  if (application !== undefined && application.projectId !== projectId) return undefined;
  return {
    actor: { type: 'principal', principal, credentialId },
    projectId,
    ofSystem,
    session: {
      projectId,
      ownRoles: projectId === undefined && !ofSystem ? [] : application?.roles,
      vouchedRoles: [],
    },
    expiresAt: token.expiresAt,
    own: token,
  };
}

/** On first use the user and the project become a principal and a project of ours, with the ids that they have. */
async function sessionOfVouched(kms: Kms, vouched: VouchedToken): Promise<CloudSession | undefined> {
  const { user, project, auditId, roles, expiresAt } = vouched;
  const principalId = ourId(user.id);
  const projectId = project && ourId(project.id);
  const known = await kms.store.principals.find(principalId);
  const projectKnown = projectId === undefined || (await kms.store.projects.find(projectId)) !== undefined;
  if (known === undefined || !projectKnown) {
    await execute(kms, mirrorCloudIdentity, mirrorContext(kms), {
      user: { ...user, id: principalId },
      project: project && { ...project, id: ourId(project.id) },
    });
  }
  const principal = known ?? (await kms.store.principals.find(principalId));
  if (principal?.enabled !== true) return undefined;
  if (projectId !== undefined && !(await isEnabled(kms, projectId))) return undefined;
  return {
    actor: { type: 'principal', principal, credentialId: `cloud:${auditId}` },
    projectId,
    ofSystem: false,
    session: {
      projectId,
      vouchedRoles: projectId === undefined ? [] : roles.flatMap(name => rolesOfVouched(name, projectId)),
    },
    expiresAt,
  };
}

async function isEnabled(kms: Kms, projectId: string): Promise<boolean> {
  return (await kms.store.projects.find(projectId))?.enabled === true;
}

function mirrorContext(kms: Kms): RequestContext {
  return {
    requestId: kms.random.uuid(),
    protocol: 'cloud-identity',
    actor: { type: 'system', name: 'cloud-identity' },
  };
}

function unauthenticated(message: string): KmsError {
  return new KmsError('unauthenticated', message);
}
