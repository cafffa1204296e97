// Faults of cryptographic operations, of wrapping, and of certificate requests.

import type { FaultRows } from './row.ts';

export const OF_CRYPTOGRAPHY = {
  incompatibleUsageMask: {
    code: 'incompatibleUsage',
    reasons: { '1.0': 'PermissionDenied', '2.1': 'IncompatibleCryptographicUsageMask' },
    message: 'The Cryptographic Usage Mask of the object does not allow it.',
  },
  notDerivedFrom: {
    code: 'incompatibleUsage',
    reasons: {
      '1.0': 'InvalidField',
      '2.0': 'PermissionDenied',
      '2.1': 'IncompatibleCryptographicUsageMask',
    },
    message: 'The Cryptographic Usage Mask of the object does not allow to derive from it.',
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
    reasons: { '1.0': 'IllegalOperation', '2.0': 'InvalidObjectType' },
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
  invalidCsr: {
    code: 'invalidInput',
    reasons: { '1.0': 'InvalidField', '2.0': 'InvalidCSR' },
    message: 'The certificate request is none.',
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
} as const satisfies FaultRows;
