// From our error codes to HTTP: one table, total by type. The body always has the shape of `errorReply`, and never the reason why
// somebody was denied: that is for the audit log and for `explain`.

import type { ErrorCode, KmsError } from '../../domain/errors.ts';

export const ERROR_STATUS: Readonly<Record<ErrorCode, number>> = {
  unauthenticated: 401,
  credentialExpired: 401,
  clockSkew: 401,
  signatureMismatch: 401,
  throttled: 429,
  denied: 403,

  invalidInput: 400,
  unsupported: 400,
  tooLarge: 413,
  invalidCursor: 400,
  limitExceeded: 409,

  notFound: 404,
  alreadyExists: 409,
  conflict: 409,
  reservedName: 409,
  expired: 409,
  tooEarly: 409,

  keyPreActive: 409,
  keySuspended: 409,
  keyPendingDestruction: 409,
  keyNotPendingDestruction: 409,
  keyDeactivated: 409,
  keyCompromised: 409,
  keyDestroyed: 409,
  keyArchived: 409,
  usageLimitExceeded: 409,
  serviceKey: 409,
  approvalRequired: 409,
  inUse: 409,

  incompatibleUsage: 400,
  incompatibleAlgorithm: 400,
  wrongKey: 400,
  notExportable: 409,

  invalidCiphertext: 400,
  invalidSignature: 400,
  invalidKeyMaterial: 400,

  dryRun: 409,
  undone: 409,
  sealed: 503,
  auditUnavailable: 503,
  storeUnavailable: 503,
  identityUnavailable: 503,
  overloaded: 503,
  deadlineExceeded: 504,
  internal: 500,
};

export interface ErrorReply {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: Readonly<Record<string, string | number>>;
    readonly requestId: string;
  };
}

/** Which members of the details of a refusal would tell what must not be told. */
const UNTOLD: Partial<Record<ErrorCode, readonly string[]>> = {
  denied: ['reason', 'permission'],
  notFound: ['reason'],
};

export function errorReply(error: KmsError, requestId: string): ErrorReply {
  const untold = UNTOLD[error.code] ?? [];
  const told = Object.entries(error.details).filter(([name]) => !untold.includes(name));
  return {
    error: { code: error.code, message: error.message, details: Object.fromEntries(told), requestId },
  };
}
