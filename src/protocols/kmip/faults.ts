// What a refused item is told: a result reason, which may differ from version to version, and a message. Nothing secret may enter one.

import { type ErrorCode, KmsError } from '../../domain/errors.ts';
import { type ValueName, VERSIONS, type Version } from '../../wire/ttlv/index.ts';

export type Reason = ValueName<'ResultReason'>;

interface FaultRow {
  /** What the audit log keeps. */
  readonly code: ErrorCode;
  /** From the version on; the first is for all before the second. Where the specification and the published cases differ, the cases. */
  readonly reasons: Readonly<{ '1.0': Reason } & Partial<Record<Version, Reason>>>;
  readonly message: string;
}

export const FAULTS = {
  // The message
  invalidMessage: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidMessage' },
    message: 'The message breaks a rule of the protocol.',
  },
  unsupportedVersion: {
    code: 'unsupported',
    reasons: { '1.0': 'InvalidMessage', '2.1': 'UnsupportedProtocolVersion' },
    message: 'This version of the protocol is not served. Discover Versions tells which are.',
  },
  featureNotSupported: {
    code: 'unsupported',
    reasons: { '1.0': 'FeatureNotSupported' },
    message: 'This is not offered here.',
  },
  operationNotSupported: {
    code: 'unsupported',
    reasons: { '1.0': 'OperationNotSupported' },
    message: 'This operation is not offered here.',
  },
  responseTooLarge: {
    code: 'tooLarge',
    reasons: { '1.0': 'ResponseTooLarge' },
    message: 'The response is longer than Maximum Response Size.',
  },
  criticalExtension: {
    code: 'unsupported',
    reasons: { '1.0': 'FeatureNotSupported', '2.0': 'UnknownMessageExtension' },
    message: 'A message extension is critical and not known here.',
  },
  authenticationNotSuccessful: {
    code: 'unauthenticated',
    reasons: { '1.0': 'AuthenticationNotSuccessful' },
    message: 'The caller is not known here.',
  },
  attestationFailed: {
    code: 'unauthenticated',
    reasons: { '1.0': 'AuthenticationNotSuccessful', '1.2': 'AttestationFailed' },
    message: 'The attestation proves nothing here.',
  },
  invalidTicket: {
    code: 'credentialExpired',
    reasons: { '1.0': 'AuthenticationNotSuccessful', '2.0': 'InvalidTicket' },
    message: 'The ticket is not known here, or is over.',
  },
  ticketUsedUp: {
    code: 'credentialExpired',
    reasons: { '1.0': 'AuthenticationNotSuccessful', '2.0': 'UsageLimitExceeded' },
    message: 'The ticket was for fewer messages.',
  },
  notAuthorised: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied', '2.0': 'NotAuthorised' },
    message: 'The ticket gives no right to this.',
  },
  invalidCorrelation: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'InvalidAsynchronousCorrelationValue' },
    message: 'No request of the caller waits under this value.',
  },
  pkcs11CodecError: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'PKCS_11CodecError' },
    message: 'The parameters of the function cannot be read.',
  },
  pkcs11InvalidInterface: {
    code: 'unsupported',
    reasons: { '1.0': 'InvalidField', '2.0': 'PKCS_11InvalidInterface' },
    message: 'There is no other interface than that of PKCS #11.',
  },
  duplicateProcess: {
    code: 'conflict',
    reasons: { '1.0': 'IllegalOperation', '2.1': 'DuplicateProcessRequest' },
    message: 'The request is under way, or done.',
  },
  // The object
  objectNotFound: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'ObjectNotFound' },
    message: 'There is no such object.',
  },
  emptyPlaceholder: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound' },
    message: 'No Unique Identifier is given, and the ID Placeholder is empty.',
  },
  objectAlreadyExists: {
    code: 'alreadyExists',
    reasons: { '1.0': 'InvalidField', '1.4': 'ObjectAlreadyExists' },
    message: 'An object of this Unique Identifier is there.',
  },
  objectDestroyed: {
    code: 'keyDestroyed',
    reasons: { '1.0': 'ItemNotFound', '2.1': 'ObjectDestroyed' },
    message: 'The object is destroyed.',
  },
  objectObliterated: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound' },
    message: 'Nothing is left of the object.',
  },
  objectArchived: {
    code: 'keyArchived',
    reasons: { '1.0': 'ObjectArchived' },
    message: 'The object is archived.',
  },
  wrongState: {
    code: 'conflict',
    reasons: { '1.0': 'PermissionDenied', '2.1': 'WrongKeyLifecycleState' },
    message: 'The state of the object does not allow it.',
  },
  passwordNotActive: {
    code: 'conflict',
    reasons: { '1.0': 'PermissionDenied', '2.0': 'WrongKeyLifecycleState' },
    message: 'The password of the file is not active.',
  },
  permissionDenied: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied' },
    message: 'The caller may not do this.',
  },
  sensitive: {
    code: 'notExportable',
    reasons: { '1.0': 'PermissionDenied', '1.4': 'Sensitive' },
    message: 'The object is sensitive: it leaves wrapped only.',
  },
  notExtractable: {
    code: 'notExportable',
    reasons: { '1.0': 'PermissionDenied', '1.4': 'NotExtractable' },
    message: 'The object is not extractable.',
  },
  illegalOperation: {
    code: 'conflict',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'PermissionDenied' },
    message: 'The object does not allow it.',
  },
  illegalObjectType: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'InvalidField', '2.0': 'IllegalObjectType' },
    message: 'The operation is not for objects of this type.',
  },
  keyValueNotPresent: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'IllegalOperation', '1.2': 'KeyValueNotPresent' },
    message: 'The Key Value of the object is elsewhere.',
  },
  keyFormatTypeNotSupported: {
    code: 'unsupported',
    reasons: { '1.0': 'KeyFormatTypeNotSupported' },
    message: 'The object cannot be had in this Key Format Type.',
  },
  keyCompressionTypeNotSupported: {
    code: 'unsupported',
    reasons: { '1.0': 'KeyCompressionTypeNotSupported' },
    message: 'The object cannot be had in this Key Compression Type.',
  },
  // Fields
  missingData: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidMessage' },
    message: 'A required field is not there.',
  },
  invalidField: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField' },
    message: 'A field breaks a rule.',
  },
  invalidObjectType: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'InvalidObjectType' },
    message: 'The Object Type does not fit.',
  },
  // Attributes
  invalidAttribute: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'InvalidAttribute' },
    message: 'There is no such attribute here.',
  },
  invalidAttributeValue: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'InvalidAttributeValue' },
    message: 'The value of an attribute breaks a rule.',
  },
  singleValuedAtCreation: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'AttributeSingleValued' },
    message: 'An attribute has one value only.',
  },
  attributeSingleValued: {
    code: 'conflict',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'AttributeSingleValued' },
    message: 'The attribute has a value already, and no more than one.',
  },
  attributeReadOnly: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied', '2.0': 'AttributeReadOnly' },
    message: 'The attribute is not set by clients.',
  },
  readOnlyAttribute: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied', '2.0': 'ReadOnlyAttribute' },
    message: 'The attribute is not set by clients.',
  },
  multiValuedAttribute: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'MultiValuedAttribute' },
    message: 'The attribute may have several values: add, modify or delete them.',
  },
  attributeNotFound: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'AttributeNotFound' },
    message: 'The object does not have the attribute.',
  },
  attributeInstanceNotFound: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'AttributeInstanceNotFound' },
    message: 'The object does not have this instance of the attribute.',
  },
  invalidDataType: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'InvalidDataType' },
    message: 'The attribute is no number.',
  },
  numericRange: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'NumericRange' },
    message: 'The number leaves its range.',
  },
  nameTaken: {
    code: 'alreadyExists',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'NonUniqueNameAttribute' },
    message: 'Another object has this Name.',
  },
  nameTakenAtCreation: {
    code: 'alreadyExists',
    reasons: { '1.0': 'InvalidField', '2.0': 'NonUniqueNameAttribute' },
    message: 'Another object has this Name.',
  },
  constraintViolation: {
    code: 'denied',
    reasons: { '1.0': 'PermissionDenied', '2.1': 'ConstraintViolation' },
    message: 'The object is not within the constraints of the project.',
  },
  applicationNamespaceNotSupported: {
    code: 'unsupported',
    reasons: { '1.0': 'ApplicationNamespaceNotSupported' },
    message: 'Data of this Application Namespace must be given.',
  },
  // Cryptography
  incompatibleUsageMask: {
    code: 'incompatibleUsage',
    reasons: { '1.0': 'PermissionDenied', '2.1': 'IncompatibleCryptographicUsageMask' },
    message: 'The Cryptographic Usage Mask of the object does not allow it.',
  },
  usageLimitExceeded: {
    code: 'usageLimitExceeded',
    reasons: { '1.0': 'PermissionDenied', '2.1': 'UsageLimitExceeded' },
    message: 'The object has protected as much as it may.',
  },
  encodingOptionError: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '1.1': 'EncodingOptionError' },
    message: 'The Encoding Option does not fit.',
  },
  wrappingObjectNotFound: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'WrappingObjectNotFound' },
    message: 'There is no such wrapping key.',
  },
  wrappingObjectArchived: {
    code: 'keyArchived',
    reasons: { '1.0': 'ObjectArchived', '2.0': 'WrappingObjectArchived' },
    message: 'The wrapping key is archived.',
  },
  wrappingObjectDestroyed: {
    code: 'keyDestroyed',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'WrappingObjectDestroyed' },
    message: 'The wrapping key is destroyed.',
  },
  illegalWrappingObject: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'IllegalOperation', '2.0': 'IllegalObjectType' },
    message: 'Objects of this type wrap no keys.',
  },
  badCryptographicParameters: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'BadCryptographicParameters' },
    message: 'The wrapping key does not list these Cryptographic Parameters.',
  },
  notOpened: {
    code: 'incompatibleUsage',
    reasons: { '1.0': 'PermissionDenied', '2.1': 'IncompatibleCryptographicUsageMask' },
    message: 'The object came wrapped under a key that does not unwrap: it is had as it was registered.',
  },
  unsupportedCryptographicParameters: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'InvalidField', '2.0': 'UnsupportedCryptographicParameters' },
    message: 'These Cryptographic Parameters do not fit the object.',
  },
  missingIv: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidMessage' },
    message: 'missing-iv',
  },
  invalidCorrelationValue: {
    code: 'notFound',
    reasons: { '1.0': 'ItemNotFound', '2.0': 'InvalidCorrelationValue' },
    message: 'The Correlation Value is of no message in parts, or of one that is over.',
  },
  cryptographicFailure: {
    code: 'invalidCiphertext',
    reasons: { '1.0': 'CryptographicFailure' },
    message: 'The cryptographic operation has failed.',
  },
  notQuantumSafe: {
    code: 'incompatibleAlgorithm',
    reasons: { '1.0': 'GeneralFailure' },
    message: 'Keys of this algorithm and length are not safe from quantum computers.',
  },
  // The house
  serverLimitExceeded: {
    code: 'limitExceeded',
    reasons: { '1.0': 'GeneralFailure', '2.0': 'ServerLimitExceeded' },
    message: 'A limit of the server would be passed.',
  },
  wrongDataLength: {
    code: 'invalidInput',
    reasons: { '1.0': 'GeneralFailure' },
    message: 'The data, IV or tag has a length that the mechanism does not take.',
  },
  generalFailure: {
    code: 'internal',
    reasons: { '1.0': 'GeneralFailure' },
    message: 'The request cannot be answered now. Try again later.',
  },
} as const satisfies Readonly<Record<string, FaultRow>>;

export type FaultName = keyof typeof FAULTS;

/** A refusal in the words of KMIP. */
export class KmipRefusal extends KmsError {
  readonly fault: FaultName;

  constructor(fault: FaultName, message?: string) {
    super(FAULTS[fault].code, message ?? FAULTS[fault].message);
    this.fault = fault;
  }
}

/** The message in place of the usual one: of ours alone, without values of the request. */
export function refusal(fault: FaultName, message?: string): KmipRefusal {
  return new KmipRefusal(fault, message);
}

export function reasonIn(version: Version, fault: FaultName): Reason {
  const reasons: FaultRow['reasons'] = FAULTS[fault].reasons;
  const since = VERSIONS.findLast(first => first <= version && reasons[first] !== undefined);
  return reasons[since ?? '1.0'] ?? reasons['1.0'];
}
