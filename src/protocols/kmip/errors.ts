// From our error codes to KMIP's: one table, total by type. An operation that knows better what a code means for it says so where it performs.

import { type ErrorCode, type KmsError, toKmsError } from '../../domain/errors.ts';
import { TtlvRefusal, type TtlvRefusalKind } from '../../wire/ttlv/index.ts';
import { type FaultName, KmipRefusal, refusal } from './faults.ts';

/** A row with `explained` answers in our own words, which hold no secret. */
interface Row {
  readonly fault: FaultName;
  readonly explained?: true;
}

const UNKNOWN: Row = { fault: 'authenticationNotSuccessful' };
const WRONG_STATE: Row = { fault: 'wrongState' };
const UNAVAILABLE: Row = { fault: 'generalFailure' };

const ERROR_ROWS: Readonly<Record<ErrorCode, Row>> = {
  unauthenticated: { ...UNKNOWN, explained: true },
  credentialExpired: UNKNOWN,
  clockSkew: UNKNOWN,
  signatureMismatch: UNKNOWN,
  throttled: { ...UNKNOWN, explained: true },
  denied: { fault: 'permissionDenied' },

  invalidInput: { fault: 'invalidField', explained: true },
  unsupported: { fault: 'featureNotSupported', explained: true },
  tooLarge: { fault: 'invalidField', explained: true },
  invalidCursor: { fault: 'invalidField' },
  limitExceeded: { fault: 'serverLimitExceeded', explained: true },

  notFound: { fault: 'objectNotFound' },
  alreadyExists: { fault: 'nameTaken' },
  conflict: WRONG_STATE,
  reservedName: { fault: 'invalidField', explained: true },
  expired: WRONG_STATE,
  tooEarly: WRONG_STATE,

  keyPreActive: WRONG_STATE,
  keySuspended: WRONG_STATE,
  keyPendingDestruction: WRONG_STATE,
  keyNotPendingDestruction: WRONG_STATE,
  keyDeactivated: WRONG_STATE,
  keyCompromised: WRONG_STATE,
  keyDestroyed: { fault: 'objectDestroyed' },
  keyArchived: { fault: 'objectArchived' },
  usageLimitExceeded: { fault: 'usageLimitExceeded' },
  serviceKey: { fault: 'permissionDenied', explained: true },
  approvalRequired: { fault: 'permissionDenied', explained: true },
  inUse: { fault: 'permissionDenied', explained: true },

  incompatibleUsage: { fault: 'incompatibleUsageMask' },
  incompatibleAlgorithm: { fault: 'unsupportedCryptographicParameters' },
  wrongKey: { fault: 'cryptographicFailure' },
  notExportable: { fault: 'notExtractable' },

  invalidCiphertext: { fault: 'cryptographicFailure' },
  invalidSignature: { fault: 'cryptographicFailure' },
  invalidKeyMaterial: { fault: 'invalidField', explained: true },

  dryRun: { fault: 'featureNotSupported', explained: true },
  undone: { fault: 'generalFailure' },
  sealed: { ...UNAVAILABLE, explained: true },
  auditUnavailable: UNAVAILABLE,
  storeUnavailable: UNAVAILABLE,
  identityUnavailable: UNAVAILABLE,
  overloaded: { ...UNAVAILABLE, explained: true },
  deadlineExceeded: UNAVAILABLE,
  internal: UNAVAILABLE,
};

/** What is told of whatever was thrown. */
export function refusalOf(thrown: unknown): KmipRefusal {
  if (thrown instanceof KmipRefusal) return thrown;
  if (thrown instanceof TtlvRefusal) return refusalOfReading(thrown);
  const error = toKmsError(thrown);
  const { fault, explained } = ERROR_ROWS[error.code];
  return refusal(fault, explained ? error.message : undefined);
}

/** The same for the audit log, which keeps our own code. */
export function errorOf(thrown: unknown): KmsError {
  return thrown instanceof TtlvRefusal ? refusalOfReading(thrown) : toKmsError(thrown);
}

/** By what a message, or an item in it, cannot be read. */
const FAULTS_OF_READING = {
  tooLarge: 'invalidMessage',
  tooDeep: 'invalidMessage',
  tooManyItems: 'invalidMessage',
  malformed: 'invalidMessage',
  missing: 'missingData',
  repeated: 'invalidMessage',
  wrongType: 'invalidMessage',
  unknownField: 'invalidField',
  unknownValue: 'invalidField',
  outOfRange: 'invalidField',
  inexpressible: 'generalFailure',
} as const satisfies Readonly<Record<TtlvRefusalKind, FaultName>>;

function refusalOfReading({ kind, message }: TtlvRefusal): KmipRefusal {
  return refusal(FAULTS_OF_READING[kind], message);
}
