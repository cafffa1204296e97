// What the exit code of a command tells a script: one table, and where each error of the server falls in it.

import type { ErrorCode } from '../protocols/admin/types.ts';

export const EXIT_CODES = {
  done: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'failed for a reason that the message gives' },
  usage: { code: 2, meaning: 'the command line or a value in it is wrong' },
  notFound: { code: 3, meaning: 'no such object, or none that may be seen' },
  denied: { code: 4, meaning: 'not proven who asks, or not allowed' },
  conflict: { code: 5, meaning: 'it exists already, is in use, or its state does not allow it' },
  unavailable: { code: 6, meaning: 'the server cannot be reached or cannot work now' },
  unverified: { code: 7, meaning: 'what was to be verified is not as it should be' },
} as const;

export type Exit = keyof typeof EXIT_CODES;

export const EXIT_OF_ERROR: Readonly<Record<ErrorCode, Exit>> = {
  unauthenticated: 'denied',
  credentialExpired: 'denied',
  clockSkew: 'denied',
  signatureMismatch: 'denied',
  throttled: 'unavailable',
  denied: 'denied',
  invalidInput: 'usage',
  unsupported: 'usage',
  tooLarge: 'usage',
  invalidCursor: 'usage',
  limitExceeded: 'conflict',
  notFound: 'notFound',
  alreadyExists: 'conflict',
  conflict: 'conflict',
  reservedName: 'usage',
  expired: 'conflict',
  tooEarly: 'conflict',
  keyPreActive: 'conflict',
  keySuspended: 'conflict',
  keyPendingDestruction: 'conflict',
  keyNotPendingDestruction: 'conflict',
  keyDeactivated: 'conflict',
  keyCompromised: 'conflict',
  keyDestroyed: 'conflict',
  keyArchived: 'conflict',
  usageLimitExceeded: 'conflict',
  serviceKey: 'conflict',
  approvalRequired: 'conflict',
  inUse: 'conflict',
  incompatibleUsage: 'usage',
  incompatibleAlgorithm: 'usage',
  wrongKey: 'usage',
  notExportable: 'conflict',
  invalidCiphertext: 'unverified',
  invalidSignature: 'unverified',
  invalidKeyMaterial: 'usage',
  dryRun: 'failed',
  undone: 'failed',
  sealed: 'unavailable',
  auditUnavailable: 'unavailable',
  storeUnavailable: 'unavailable',
  identityUnavailable: 'unavailable',
  overloaded: 'unavailable',
  deadlineExceeded: 'unavailable',
  internal: 'failed',
};

/** For the end of `--help`. */
export function describeExitCodes(): string {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${code}  ${meaning}`);
  return ['Exit codes:', ...rows].join('\n');
}
