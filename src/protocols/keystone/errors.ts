// From our error codes to those of Keystone: one table, total by type. A body says the status, its title and a message, and never why
// somebody was denied.

import { STATUS_CODES } from 'node:http';
import type { ErrorCode, KmsError } from '../../domain/errors.ts';

const STATUS: Readonly<Record<ErrorCode, number>> = {
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
  limitExceeded: 403,

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
  deadlineExceeded: 503,
  internal: 500,
};

/** The same sentence for every proof that fails: it tells nobody which part was wrong. */
const MESSAGES: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'The request you have made requires authentication.',
  denied: 'You are not authorized to perform the requested action.',
};

export function statusOf({ code }: KmsError): number {
  return STATUS[code];
}

export function errorBody(error: KmsError): object {
  const code = statusOf(error);
  return { error: { code, message: MESSAGES[error.code] ?? error.message, title: STATUS_CODES[code] ?? '' } };
}
