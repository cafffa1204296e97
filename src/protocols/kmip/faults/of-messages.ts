// Faults of messages and their fields, of who sends them, and of the house.

import type { FaultRows } from './row.ts';

export const OF_MESSAGES = {
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
  pkcs11InvalidFunction: {
    code: 'unsupported',
    reasons: { '1.0': 'InvalidField', '2.0': 'PKCS_11InvalidFunction' },
    message: 'There is no such function in the interface.',
  },
  pkcs11InvalidInterface: {
    code: 'unsupported',
    reasons: { '1.0': 'InvalidField', '2.0': 'PKCS_11InvalidInterface' },
    message: 'There is no other interface than that of PKCS #11.',
  },
  canceledByRequester: {
    code: 'undone',
    reasons: { '1.0': 'OperationCanceledByRequester' },
    message: 'It was taken back before it had begun.',
  },
  itemBeforeFailed: {
    code: 'undone',
    reasons: { '1.0': 'GeneralFailure' },
    message: 'An item before this one has failed, behind which nothing was to be done.',
  },
  duplicateProcess: {
    code: 'conflict',
    reasons: { '1.0': 'IllegalOperation', '2.1': 'DuplicateProcessRequest' },
    message: 'The request is under way, or done.',
  },
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
  protectionStorageUnavailable: {
    code: 'unsupported',
    reasons: { '1.0': 'FeatureNotSupported', '2.0': 'ProtectionStorageUnavailable' },
    message: 'Objects are kept in software here.',
  },
  privateProtectionStorageUnavailable: {
    code: 'unsupported',
    reasons: { '1.0': 'FeatureNotSupported', '2.0': 'PrivateProtectionStorageUnavailable' },
    message: 'Objects are kept in software here.',
  },
  publicProtectionStorageUnavailable: {
    code: 'unsupported',
    reasons: { '1.0': 'FeatureNotSupported', '2.0': 'PublicProtectionStorageUnavailable' },
    message: 'Objects are kept in software here.',
  },
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
} as const satisfies FaultRows;
