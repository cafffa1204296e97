// What a refused request is told: an AWS error name, its HTTP status, and a message or none where AWS gives none. AWS answers 400 to
// every fault of the client, whatever its models say. Nothing secret may enter a message.

import type { ErrorCode, KmsError } from '../../domain/errors.ts';

/** The names that this protocol answers with: those of the model that it has a use for, and the general ones outside of it. */
export const AWS_ERRORS = {
  AccessDeniedException: 400,
  AlreadyExistsException: 400,
  CustomKeyStoreNotFoundException: 400,
  DependencyTimeoutException: 503,
  DisabledException: 400,
  DryRunOperationException: 400,
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  IncorrectKeyException: 400,
  IncorrectKeyMaterialException: 400,
  InvalidAliasNameException: 400,
  InvalidArnException: 400,
  InvalidCiphertextException: 400,
  InvalidGrantTokenException: 400,
  InvalidKeyUsageException: 400,
  InvalidMarkerException: 400,
  InvalidSignatureException: 400,
  KMSInternalException: 500,
  KMSInvalidSignatureException: 400,
  KMSInvalidStateException: 400,
  LimitExceededException: 400,
  MissingAuthenticationTokenException: 400,
  NotAuthorizedException: 400,
  NotFoundException: 400,
  SerializationException: 400,
  TagException: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,
} as const satisfies Record<string, 400 | 500 | 503>;

export type AwsErrorType = keyof typeof AWS_ERRORS;

export interface AwsFault {
  readonly type: AwsErrorType;
  /** Left out where AWS leaves it out. */
  readonly message?: string | undefined;
}

/** A refusal in AWS's words. Its code says in ours what the audit log keeps of it. */
export class AwsRefusal extends Error {
  override readonly name = 'AwsRefusal';
  readonly code: ErrorCode;
  readonly fault: AwsFault;
  /** What the core refused: its entry in the audit log is written. Undefined for a refusal of this protocol's own. */
  readonly refused: KmsError | undefined;

  constructor(code: ErrorCode, fault: AwsFault, refused?: KmsError) {
    super(fault.message ?? fault.type);
    this.code = code;
    this.fault = fault;
    this.refused = refused;
  }
}

export function validationRefusal(message: string): AwsRefusal {
  return new AwsRefusal('invalidInput', { type: 'ValidationException', message });
}

export function unsupportedRefusal(message: string): AwsRefusal {
  return new AwsRefusal('unsupported', { type: 'UnsupportedOperationException', message });
}
