// From our error codes to IBM's: one table, total by type. A route that knows better what a code means for it says so where it performs.

import { type ErrorCode, type KmsError, toKmsError } from '../../domain/errors.ts';
import { FAULTS, type Fault, type FaultCode, KeyProtectRefusal } from './fault.ts';

type Row = FaultCode | ((error: KmsError) => Fault);

const bare =
  (status: number, message: string): Row =>
  () => ({ kind: 'bare', status, message });

const UNAUTHORIZED = bare(401, 'The token is not valid, or does not belong to this service.');
const UNAVAILABLE = bare(503, 'The service cannot answer now. Try again later.');

/** In our own words: texts of ours hold no secret. */
const explained =
  (code: FaultCode): Row =>
  error => ({ kind: 'reasoned', code, message: error.message });

const field: Row = ({ details, message }) => ({
  kind: 'reasoned',
  code: 'INVALID_FIELD_ERR',
  message,
  target: details.field === undefined ? undefined : { type: 'field', name: String(details.field) },
});

const ERROR_ROWS: Readonly<Record<ErrorCode, Row>> = {
  unauthenticated: UNAUTHORIZED,
  credentialExpired: bare(401, 'The token has expired.'),
  clockSkew: UNAUTHORIZED,
  signatureMismatch: UNAUTHORIZED,
  throttled: bare(429, 'You have sent too many requests. Try again later.'),
  denied: 'UNAUTHORIZED_ERR',

  invalidInput: field,
  unsupported: explained('FEATURE_RESTRICTED_ERR'),
  tooLarge: field,
  invalidCursor: field,
  limitExceeded: bare(409, 'One more of these would pass a limit.'),

  notFound: 'KEY_NOT_FOUND_ERR',
  alreadyExists: bare(409, 'There is one of this name already.'),
  conflict: explained('KEY_ACTION_INVALID_STATE_ERR'),
  reservedName: field,
  expired: 'IMPORT_TOKEN_EXPIRED_ERR',
  tooEarly: 'REQ_TOO_EARLY_ERR',

  keyPreActive: 'KEY_ACTION_INVALID_STATE_ERR',
  keySuspended: 'KEY_ACTION_INVALID_STATE_ERR',
  keyPendingDestruction: 'KEY_DELETED_ERR',
  keyNotPendingDestruction: 'KEY_ACTION_INVALID_STATE_ERR',
  keyDeactivated: 'KEY_ACTION_INVALID_STATE_ERR',
  keyCompromised: 'KEY_ACTION_INVALID_STATE_ERR',
  keyDestroyed: 'KEY_NOT_FOUND_ERR',
  keyArchived: 'KEY_ACTION_INVALID_STATE_ERR',
  usageLimitExceeded: 'KEY_ACTION_INVALID_STATE_ERR',
  serviceKey: 'SERVICE_ONLY_ERR',
  approvalRequired: 'AUTHORIZATIONS_NOT_MET',
  inUse: ({ details }) => ({
    kind: 'reasoned',
    code: details.preventing === undefined ? 'PROTECTED_RESOURCE_ERR' : 'PREV_KEY_DEL_ERR',
  }),

  incompatibleUsage: 'KEY_ROOT_REQ_ERR',
  incompatibleAlgorithm: 'KEY_ROOT_REQ_ERR',
  wrongKey: 'UNPROCESSABLE_CIPHERTEXT_ERR',
  notExportable: 'KEY_ROOT_REQ_ERR',

  invalidCiphertext: 'UNPROCESSABLE_CIPHERTEXT_ERR',
  invalidSignature: 'UNPROCESSABLE_CIPHERTEXT_ERR',
  invalidKeyMaterial: ({ details, message }) => {
    if (details.part === 'nonce') return { kind: 'reasoned', code: 'INCORRECT_NONCE_ERR' };
    if (details.part === 'iv') return { kind: 'reasoned', code: 'INCORRECT_NONCE_IV_ERR' };
    return {
      kind: 'reasoned',
      code: 'INVALID_FIELD_ERR',
      message,
      target: { type: 'field', name: 'payload' },
    };
  },

  dryRun: explained('FEATURE_RESTRICTED_ERR'),
  undone: explained('KEY_ACTION_INVALID_STATE_ERR'),
  // Its message says what is missing: the root key of the server, or in a token the object of this key.
  sealed: ({ message }) => ({ kind: 'bare', status: 503, message }),
  auditUnavailable: UNAVAILABLE,
  storeUnavailable: UNAVAILABLE,
  identityUnavailable: UNAVAILABLE,
  overloaded: UNAVAILABLE,
  deadlineExceeded: UNAVAILABLE,
  internal: bare(500, 'An internal error occurred.'),
};

/** What is told of whatever was thrown. */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof KeyProtectRefusal) return thrown.fault;
  const error = toKmsError(thrown);
  const row = ERROR_ROWS[error.code];
  return typeof row === 'function'
    ? row(error)
    : { kind: 'reasoned', code: row, message: FAULTS[row].message };
}
