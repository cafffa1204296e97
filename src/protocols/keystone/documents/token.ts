// The body of a token: whose it is, what it holds for, until when, and where the services are. The token itself stands in a header.

import { base64Url, decodeHex } from '../../../base/bytes.ts';
import { cloudId } from '../../../core/cloud-ids.ts';
import { type CloudClaims, type CloudSession, cloudRoleNames } from '../../../core/cloud-session.ts';
import { DEFAULT_DOMAIN, homeOf } from '../names.ts';
import type { Call } from '../route.ts';
import { catalog } from './catalog.ts';
import { instantText } from './instants.ts';

export async function tokenDocument(
  { kms, url, query }: Call,
  session: CloudSession,
  issuedAt: number,
): Promise<object> {
  const { actor, projectId, ofSystem, expiresAt, own } = session;
  const { principal, credentialId } = actor;
  const names = projectId === undefined && !ofSystem ? [] : await cloudRoleNames(kms, session);
  const project = projectId === undefined ? undefined : await kms.store.projects.find(projectId);
  const claims = own?.claims as unknown as CloudClaims | undefined;
  const application =
    session.session.ownRoles === undefined ? undefined : await applicationOf(kms, credentialId);
  const scoped = project !== undefined || ofSystem;
  return {
    token: {
      methods: claims?.methods ?? ['token'],
      user: {
        id: cloudId(principal.id),
        name: principal.name,
        domain: await homeOf(kms.store, principal),
        password_expires_at: null,
      },
      audit_ids: [auditId(own?.id ?? credentialId)],
      issued_at: instantText(issuedAt),
      expires_at: instantText(expiresAt),
      ...(project && {
        project: { id: cloudId(project.id), name: project.name, domain: DEFAULT_DOMAIN },
        is_domain: false,
      }),
      ...(ofSystem && project === undefined && { system: { all: true } }),
      ...(scoped && { roles: names.map(name => ({ id: name, name })) }),
      ...(scoped && !query.has('nocatalog') && { catalog: catalog(url) }),
      ...(application && { application_credential: application }),
    },
  };
}

async function applicationOf({ store }: Call['kms'], credentialId: string): Promise<object | undefined> {
  const credential = await store.credentials.find(credentialId);
  if (credential?.application === undefined) return undefined;
  return { id: credential.lookup, name: credential.application.name, restricted: true };
}

/** 22 characters, as clients know them. */
function auditId(id: string): string {
  return base64Url(decodeHex(cloudId(id)) ?? new Uint8Array(16));
}
