// From our error codes to Barbican's statuses: one table, total by type. Descriptions are our own messages, which hold no secret.

import { type ErrorCode, KmsError, toKmsError } from '../../domain/errors.ts';
import { BarbicanRefusal, type RefusalStatus } from './refusal.ts';

interface Row {
  readonly status: RefusalStatus;
  /** Undefined: the message of the error. */
  readonly description?: string;
}

const FORBIDDEN: Row = {
  status: 403,
  description: 'The roles of the token do not allow this.',
};
const FOREIGN = new KmsError('denied', 'The object is of another project.');
const NOT_FOUND: Row = { status: 404, description: 'There is no such object.' };
const UNAUTHORIZED: Row = { status: 401 };
const UNAVAILABLE: Row = { status: 503, description: 'The service cannot answer now. Try again later.' };
const BAD_REQUEST: Row = { status: 400 };
const EXPIRED_ALREADY: Row = {
  status: 400,
  description: "Provided object does not match schema 'Secret': 'expiration' is before current time.",
};
const CONFLICT: Row = { status: 409 };

const ERROR_ROWS: Readonly<Record<ErrorCode, Row | ((error: KmsError) => Row)>> = {
  unauthenticated: UNAUTHORIZED,
  credentialExpired: UNAUTHORIZED,
  clockSkew: UNAUTHORIZED,
  signatureMismatch: UNAUTHORIZED,
  throttled: { status: 429, description: 'Too many requests. Try again later.' },
  identityUnavailable: UNAVAILABLE,
  denied: FORBIDDEN,

  invalidInput: ({ details }) => (details.field === 'expiresAt' ? EXPIRED_ALREADY : BAD_REQUEST),
  unsupported: BAD_REQUEST,
  tooLarge: ({ details }) => (details.field === 'payload' ? { status: 413 } : BAD_REQUEST),
  invalidCursor: BAD_REQUEST,
  limitExceeded: { status: 403 },

  notFound: ({ details }) => (details.noun === undefined ? NOT_FOUND : { status: 404 }),
  alreadyExists: CONFLICT,
  conflict: CONFLICT,
  reservedName: BAD_REQUEST,
  expired: NOT_FOUND,
  tooEarly: CONFLICT,

  keyPreActive: CONFLICT,
  keySuspended: FORBIDDEN,
  keyPendingDestruction: NOT_FOUND,
  keyNotPendingDestruction: CONFLICT,
  keyDeactivated: CONFLICT,
  keyCompromised: CONFLICT,
  keyDestroyed: NOT_FOUND,
  keyArchived: CONFLICT,
  usageLimitExceeded: CONFLICT,
  serviceKey: FORBIDDEN,
  approvalRequired: CONFLICT,
  inUse: CONFLICT,

  incompatibleUsage: BAD_REQUEST,
  incompatibleAlgorithm: BAD_REQUEST,
  wrongKey: BAD_REQUEST,
  notExportable: FORBIDDEN,

  invalidCiphertext: BAD_REQUEST,
  invalidSignature: BAD_REQUEST,
  invalidKeyMaterial: BAD_REQUEST,

  dryRun: BAD_REQUEST,
  undone: CONFLICT,
  // Its message says why, and what an operator does next.
  sealed: { status: 503 },
  auditUnavailable: UNAVAILABLE,
  storeUnavailable: UNAVAILABLE,
  overloaded: UNAVAILABLE,
  deadlineExceeded: UNAVAILABLE,
  internal: {
    status: 500,
    description: 'An internal error occurred. The log of the server has the details.',
  },
};

/** What is told of whatever was thrown. `forbidden`: objects of other projects are told from those that never were, as by Barbican. */
export function faultOf(
  thrown: unknown,
  foreign: 'hidden' | 'forbidden' = 'hidden',
): { readonly status: RefusalStatus; readonly description: string } {
  if (thrown instanceof BarbicanRefusal) return { status: thrown.status, description: thrown.message };
  const error = toKmsError(thrown);
  if (foreign === 'forbidden' && error.details.foreign !== undefined) return faultOf(FOREIGN);
  const found = ERROR_ROWS[error.code];
  const { status, description = error.message } = typeof found === 'function' ? found(error) : found;
  return { status, description };
}
