// Published cases that this server answers differently, each with its reason; and what cases assume of a server or a client, which the
// profiles allow them to ("may depend on a specific configuration of a KMIP client and server", section 4).

import type { Role } from '../../../src/domain/permission.ts';
import { ARRAY_ROLES } from './support.ts';

export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'TC-OTP-5-13': 'encrypts twice by one pad, which is elsewhere: a pad that is used again hides nothing',
};

const ATTESTATION = 'a server that takes attestations';

/** Query tells what a server is. These tell of one that is something else; others of the same name tell the opposite. */
export const OTHER_SERVERS: Readonly<Record<string, string>> = {
  'TC-Q-CAP-2-13': ATTESTATION,
  'TC-Q-CAP-2-14': ATTESTATION,
  'TC-Q-CAP-3-14': ATTESTATION,
  'TC-Q-CREG-1-13': 'a server that makes the private keys of its clients whenever one asks',
  'TC-Q-PROF-2-13':
    'a server that is complete, and no later than 1.2; that of TC-Q-PROF-3 has three profiles',
  'TC-Q-PROF-3-13': 'a server of three profiles, at addresses of its own',
  'TC-Q-S2C-1-13': 'the client of the other cases, which is asked by its server',
  'TC-Q-VAL-1-13': 'a server with a validation by NIST; that of TC-Q-VAL-2 has none',
};

/** What the client of a case may do. */
export function rolesIn(name: string): readonly Role[] {
  const [, roles] = CLIENTS.find(([pattern]) => pattern.test(name)) ?? [];
  return roles ?? ARRAY_ROLES;
}

const CLIENTS: readonly (readonly [RegExp, readonly Role[]])[] = [
  // A policy denies what the same client is given in TC-OTP-1.
  [/^TC-OTP-4-/, ['manager', 'user']],
  // The last of four answers to RNG Seed: this client may not.
  [/^CS-RNG-O-4-/, ['viewer']],
];
