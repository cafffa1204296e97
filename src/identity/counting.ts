// Whether a credential counts: one rule for every kind, asked anew for every request.

import type { Proof } from '../core/ports/identity.ts';
import type { CredentialHolder } from '../domain/principal.ts';

/** The credential is enabled and unexpired, and its principal and the principal's project are enabled. */
export function counts({ credential, principal, projectEnabled }: CredentialHolder, at: number): boolean {
  const unexpired = credential.expiresAt === undefined || at < credential.expiresAt;
  return credential.enabled && unexpired && principal.enabled && projectEnabled;
}

export function proofOf({ credential, principal }: CredentialHolder): Proof {
  return { principal, credentialId: credential.id };
}
